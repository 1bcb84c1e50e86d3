"""``mmdrp train``: one study, one response, one fold, one checkpoint."""

import logging
import os
import time
import warnings
from importlib import import_module
from pathlib import Path

import pandas as pd
import torch
import torch.distributed as dist
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from pytorch_lightning import Trainer, seed_everything
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint
from pytorch_lightning.loggers import Logger

from mmdrp import build
from mmdrp.callbacks import EpochBar, ModalityDropoutWarmup, SplitGuard, TablesOnDevice
from mmdrp.cli import runs, tracking
from mmdrp.cli.choice import Choice, gain_of
from mmdrp.cli.present import describe
from mmdrp.cli.refit import kept_alone, refitted
from mmdrp.cli.studies import open_study
from mmdrp.cli.table import show
from mmdrp.data.datamodule import ResponseData
from mmdrp.module import ResponseModule
from mmdrp.stats.baselines import drug_mean_of
from mmdrp.stats.performance import effects, scores

log = logging.getLogger(__name__)


def run(cfg: DictConfig, out: Path) -> None:
    """Train, keep the best weights, predict validation and test, score, and say where it lies."""
    started = time.monotonic()
    if cfg.get("designs"):  # an experiment of many trainings, such as deepdr_table1
        import_module("mmdrp.cli.designs").run(cfg, out)  # which itself imports this file
        return
    build.check(cfg)
    quiet()
    first = os.environ.get("LOCAL_RANK", "0") == "0"  # of several processes one speaks and writes
    seed_everything(cfg.seed, workers=True, verbose=False)
    study = open_study(cfg.study)
    data = build.data_of(cfg, study)
    module = build.module_of(cfg, data, study)
    if first:
        OmegaConf.save(cfg, out / runs.CONFIG, resolve=True)
        data.fold.write(out / runs.FOLD)
        describe(data)
    else:
        logging.getLogger().setLevel(logging.WARNING)
    logger = tracking.logger_of(cfg, out) if first else None
    trainer, best, choice = fit(cfg, out, data, module, logger)
    if logger is None:
        return
    table, fitted = predictions(module, data, cfg.fold), data
    refit = bool(cfg.refit and kept_alone(module))
    if refit:
        module, fitted = refitted(cfg, out, data, study)
        whole = predictions(module, fitted, cfg.fold)
        table = pd.concat([table[table["part"] != "test"], whole[whole["part"] == "test"]])
    table.to_parquet(out / runs.PREDICTIONS, index=False)
    found = score(fitted, table[table["part"] == "test"])
    runs.write_json(out / runs.METRICS, found)
    runs.write_json(
        out / runs.RUN,
        {
            "seed": cfg.seed,
            "epochs": trainer.current_epoch,
            "best_validation_loss": best,
            "network": choice,
            "refit": refit,
            "seconds": round(time.monotonic() - started, 1),
            "versions": runs.versions(),
        },
    )
    _markers(module, fitted, out)
    show(found, f"Test scores, fold {cfg.fold} ({cfg.split._target_.split('.')[-1]})")
    tracking.finish(cfg, out, logger, found)
    print(f"Run folder: {out}")


def predictions(module: ResponseModule, data: ResponseData, fold: int) -> pd.DataFrame:
    """Return measured examples of validation and test with their predictions."""
    frames = []
    module.eval()
    for part in ("validation", "test"):
        with torch.inference_mode():
            done = [(b.example, module.net(b)) for b in data.predict_loader(part)]
        where = torch.cat([example for example, _ in done]).numpy()
        pred = torch.cat([p for _, p in done]).numpy()
        frame = data.dataset.examples.take(where).frame(pred).dropna(subset="y")
        frames.append(frame.assign(fold=fold, part=part))
    table = pd.concat(frames, ignore_index=True)
    return table[["fold", "part", "cell", "drug", "y", "pred"]]


def score(data: ResponseData, test: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Score the model beside drug mean and mean effects on identical rows."""
    train = data.measured.take(data.rows["train"]).frame().dropna(subset="y")
    normal = effects(train, test)
    beside = {"drug_mean": drug_mean_of(train, test), "mean_effects": normal}
    return {
        "model": scores(test, normal),
        **{name: scores(test.assign(pred=pred), normal) for name, pred in beside.items()},
    }


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


def fit(
    cfg: DictConfig, out: Path, data: ResponseData, module: ResponseModule, logger: Logger | None
) -> tuple[Trainer, float, Choice | None]:
    """Train until patience ends; ``module`` keeps the best weights, ``out`` its checkpoint.

    Returns the trainer, the best validation loss, and whether the network was kept.
    """
    best = ModelCheckpoint(
        out,
        filename="model",
        monitor="val/loss",
        save_weights_only=True,
        enable_version_counter=False,
    )
    callbacks = [
        best,
        EarlyStopping("val/loss", patience=cfg.patience),
        SplitGuard(data),
        TablesOnDevice(data),
        ModalityDropoutWarmup(cfg.modality_dropout_warmup),
        EpochBar(),
    ]
    trainer = Trainer(
        **instantiate(cfg.trainer, _convert_="all"),
        logger=logger or False,
        callbacks=callbacks,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
        default_root_dir=out,
    )
    if not cfg.net:
        trainer.fit_loop.max_epochs = 0
    module.train()
    trainer.fit(module, data)
    if dist.is_initialized():  # what follows is for one process, and a sweep starts others
        dist.destroy_process_group()
    if best.best_model_path:
        weights = torch.load(best.best_model_path, weights_only=True)["state_dict"]
        module.load_state_dict(weights)
        log.info("Stopped after %d epochs", trainer.current_epoch)
    choice = _choose(cfg, module, data)
    if choice is None or choice["kept"]:
        assert best.best_model_score is not None
        return trainer, float(best.best_model_score), choice
    trainer.save_checkpoint(out / runs.MODEL, weights_only=True)
    return trainer, choice["base_alone"], choice


def _choose(cfg: DictConfig, module: ResponseModule, data: ResponseData) -> Choice | None:
    """Silence a network that does not earn its place; None where there is no base."""
    if module.net.guess is None:
        return None
    if not cfg.net:
        module.net.silence()
    gain = gain_of(module, data)
    choice = gain.choice(bool(cfg.net and gain.holds(cfg.margin)))
    if choice["kept"]:
        log.info(
            "The network is kept: validation loss %.4f, the base alone %.4f (standard error of "
            "the difference %.4f)", gain.learned, gain.alone, gain.error,
        )  # fmt: skip
        return choice
    what = "the network is off"
    if cfg.net:
        what = (
            f"with the network {gain.learned:.4f}, which is not lower by margin={cfg.margin:g} "
            f"standard errors ({gain.error:.4f})"
        )
    log.info("The base alone is kept: validation loss %.4f, %s", gain.alone, what)
    module.net.silence()
    return choice


def _markers(module: ResponseModule, data: ResponseData, out: Path) -> None:
    """Write the single features that the base selected, as ``markers.csv``."""
    guess = module.net.guess
    if guess is None or not guess.base.selected():
        return
    tasks = data.roster["drug"] if guess.pair is not None else data.dataset.examples.tasks
    rows = [
        (tasks[task], source, data.dataset.sources[source].features[feature], effect, t)
        for task, source, feature, effect, t in guess.base.selected()
    ]
    table = pd.DataFrame(rows, columns=["drug", "source", "feature", "effect", "t"])
    table.to_csv(out / "markers.csv", index=False, float_format="%.5g")
