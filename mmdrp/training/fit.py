"""A study and a spec made into a trained model: fit, choose, refit, predict what is held out."""

import logging
import shutil
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from pytorch_lightning import Callback, seed_everything
from pytorch_lightning.loggers import Logger

from mmdrp.batch import Batch, is_context
from mmdrp.data.batches.datamodule import ResponseData
from mmdrp.data.batches.present import describe
from mmdrp.data.split import Fold
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, failures_in_one_line
from mmdrp.nn.answers import COLUMNS, PLACE, Answers, answers
from mmdrp.training.build import check_split, data_of, module_of
from mmdrp.training.lightning.callbacks import (
    ModalityDropoutWarmup,
    SplitGuard,
    TablesOnDevice,
)
from mmdrp.training.lightning.loop import run_epochs, trainer_of
from mmdrp.training.lightning.members import fit_members
from mmdrp.training.lightning.module import ResponseModule
from mmdrp.training.resume import state_of
from mmdrp.training.selection import ModelSelection, is_base_only, validation_gain
from mmdrp.training.spec import Spec, TrainerSpec, TrainSpec

log = logging.getLogger(__name__)
WITHOUT = "without_context"
"""column of predictions made as if no line's context were known"""
FURTHER = (WITHOUT, *COLUMNS, PLACE)
"""columns that predictions have where the model gives them"""


@dataclass(frozen=True)
class Trained:
    """A trained model, what it learned from, and how that went."""

    module: ResponseModule
    data: ResponseData
    """what the final weights were fitted on: validation is among it where ``refit`` says so"""
    fold: Fold
    """what was held out while the model was chosen"""
    predictions: pd.DataFrame
    """``fold, part, cell, drug, y, pred`` of validation and test"""
    history: pd.DataFrame
    """``epoch, train, validation``: losses"""
    best_validation_loss: float | None
    selection: ModelSelection | None
    """whether the network was kept; None where there is no base or nothing to choose by"""
    refit: bool
    seconds: float


@failures_in_one_line()
def train(
    spec: Spec,
    study: Study,
    fold: Fold | None = None,
    logger: Logger | None = None,
    data: ResponseData | None = None,
    resume: Path | None = None,
) -> Trained:
    """Fit the base, let the network learn what it leaves, keep the better, refit a base alone.

    ``fold`` replaces the one that the spec draws; without validation ids nothing is chosen and the
    base alone is fitted. ``data`` are those of ``data_of``, where they are there already.
    ``resume``, a folder, is where the state of every epoch is kept; a training of the same options
    and data that was interrupted goes on from there.
    """
    started = time.monotonic()
    check_trainer(spec.train.trainer)
    seed_everything(spec.train.seed, workers=True, verbose=False)
    data = data or data_of(spec, study, fold)
    describe(data)
    module = module_of(spec, data, study)
    history, loss, selection = pd.DataFrame(columns=["epoch", "train", "validation"]), None, None
    chooses = bool(len(data.rows["validation"]))
    if spec.train.net and chooses:
        state = state_of(resume, spec, data)
        history, loss = fit_members(spec, data, module, fit, logger, state)
    if chooses:
        selection = _choose(spec.train, module, data)
    if selection is not None and not selection["kept"]:
        loss = selection["base_alone"]
    table, learned, refit = predictions(module, data, spec.split.number), data, False
    if spec.train.refit and chooses and is_base_only(module.net):
        learned = data_of(spec, study, data.fold.with_validation())
        module, refit = module_of(spec, learned, study), True
        log.info(
            "The base is fitted again on training and validation, %d examples instead of %d; "
            "validation scores are those of before",
            len(learned.rows["train"]), len(data.rows["train"]),
        )  # fmt: skip
        again = predictions(module, learned, spec.split.number)
        table = pd.concat([table[table["part"] != "test"], again[again["part"] == "test"]])
    elif spec.train.refit and chooses and module.net.offset is not None:
        log.info("refit: the network is kept, so nothing is fitted again")
    check_finite(table, resume)
    module.eval()
    seconds = round(time.monotonic() - started, 1)
    return Trained(module, learned, data.fold, table, history, loss, selection, refit, seconds)


def fit(
    train: TrainSpec,
    data: ResponseData,
    module: ResponseModule,
    logger: Logger | None = None,
    callbacks: tuple[Callback, ...] = (),
    state: tuple[Path, str] | None = None,
) -> tuple[pd.DataFrame, float | None]:
    """Train until patience ends; ``module`` keeps the best weights.

    ``state``, a folder and a fingerprint, lets an interrupted training go on (`run_epochs`). Gives
    the losses ``epoch, train, validation`` and the best validation loss.
    """
    watching = (
        SplitGuard(data), TablesOnDevice(data),
        ModalityDropoutWarmup(train.modality_dropout_warmup), *callbacks,
    )  # fmt: skip
    losses, score = run_epochs(
        train.trainer, train.patience, module, data,
        callbacks=watching, logger=logger, state=state,
    )  # fmt: skip
    data.dataset.place(torch.device("cpu"))
    return losses, score


def predictions(module: ResponseModule, data: ResponseData, fold: int) -> pd.DataFrame:
    """Return measured examples of validation and test with their predictions.

    Where the base knows its errors, ``lower, upper, sd, outside`` are those of intervals that hold
    90 %. Where the model reads how lines were grown, a column ``without_context`` has its
    predictions as if that were not known.
    """
    frames = [pd.DataFrame(columns=["fold", "part", "cell", "drug", "y", "pred"])]
    told = [name for name in data.dataset.sources if is_context(name)]
    for part in ("validation", "test"):
        if not len(data.rows[part]):
            continue
        rows, found = answered(module, data, part)
        examples = data.dataset.examples.take(rows)
        frame = examples.frame(found.pred).assign(fold=fold, part=part)[frames[0].columns]
        frame = frame.assign(**{n: examples.frame(v)["pred"] for n, v in found.interval.items()})
        if told:
            _, blind = predict_part(module, data, part, hidden=told)
            frame[WITHOUT] = examples.frame(blind)["pred"]
        frames.append(frame.dropna(subset="y"))
    return pd.concat(frames[1:] or frames, ignore_index=True)


def predict_part(
    module: ResponseModule, data: ResponseData, part: str, hidden: Sequence[str] = ()
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Predict one part of a fold: rows of ``data``'s examples (n,), line by line, values (n, t).

    Sources that are ``hidden`` count as absent.
    """
    module.eval()
    with torch.inference_mode():
        batches = (_hiding(batch, hidden) for batch in data.predict_loader(part))
        done = [(b.example, module.net(b)) for b in batches]
    return torch.cat([rows for rows, _ in done]).numpy(), torch.cat([p for _, p in done]).numpy()


def answered(
    module: ResponseModule, data: ResponseData, part: str
) -> tuple[npt.NDArray[np.int64], Answers]:
    """Predict one part of a fold with intervals: rows (n,) and answers (n, t)."""
    module.eval()
    done = [(b.example, answers(module.net, b, measured=True)) for b in data.predict_loader(part)]
    rows = torch.cat([example for example, _ in done]).numpy()
    return rows, Answers.joined([found for _, found in done])


def _hiding(batch: Batch, names: Sequence[str]) -> Batch:
    nobody = {name: torch.zeros_like(batch.present[name]) for name in names}
    return batch._replace(present={**batch.present, **nobody})


def check_finite(table: pd.DataFrame, resume: Path | None = None) -> None:
    """Refuse predictions that are not finite numbers: there is nothing to go on from, either."""
    wrong = ~np.isfinite(table["pred"].to_numpy(dtype=float))
    if wrong.any():
        if resume is not None:
            shutil.rmtree(resume, ignore_errors=True)
        raise MmdrpError(
            f"training failed: {wrong.sum():,} of {len(table):,} predictions are not finite; "
            "choose a smaller optimizer.lr, or look at the largest responses and features"
        )


def check_run(spec: Spec) -> None:
    """Refuse a split that does not suit, and a trainer that cannot be had."""
    check_split(spec)
    check_trainer(spec.train.trainer)


def check_trainer(spec: TrainerSpec) -> None:
    """Refuse devices and precisions that are not there, before any data are read."""
    quiet()
    trainer_of(spec, None)


def quiet() -> None:
    """Silence what Lightning says of choices made on purpose."""
    for library in ("pytorch_lightning", "lightning_fabric", "lightning.fabric"):
        logging.getLogger(library).setLevel(logging.WARNING)
    for message in (
        ".*does not have many workers.*",  # tables are in memory; workers would copy them
        ".*exists and is not empty.*",  # the log of this very run lies there
        ".*`isinstance.treespec, LeafSpec.` is deprecated.*",  # Lightning's own use of torch
    ):
        warnings.filterwarnings("ignore", message)


def _choose(train: TrainSpec, module: ResponseModule, data: ResponseData) -> ModelSelection | None:
    """Leave out a network that does not earn its place; None where there is no base."""
    if module.net.offset is None:
        return None
    if not train.net:
        module.net.zero_init_head()
    gain = validation_gain(module, data)
    choice = gain.choice(bool(train.net and gain.holds(train.margin)))
    if choice["kept"]:
        log.info(
            "The network is kept: validation loss %.4f, the base alone %.4f (standard error of "
            "the difference %.4f)", gain.learned, gain.alone, gain.error,
        )  # fmt: skip
        return choice
    what = "the network is off"
    if train.net:
        what = (
            f"with the network {gain.learned:.4f}, which is not lower by margin={train.margin:g} "
            f"standard errors ({gain.error:.4f})"
        )
    log.info("The base alone is kept: validation loss %.4f, %s", gain.alone, what)
    module.net.zero_init_head()
    return choice
