"""``mmdrp train``: one study, one response, one fold, one checkpoint."""

import logging
import time
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from omegaconf import DictConfig, OmegaConf
from pytorch_lightning import Trainer, seed_everything
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint

from mmdrp import build
from mmdrp.callbacks import EpochBar, SplitGuard
from mmdrp.cli import runs, tracking
from mmdrp.cli.table import show
from mmdrp.data.datamodule import ResponseData
from mmdrp.module import ResponseModule
from mmdrp.stats.baselines import drug_mean_of
from mmdrp.stats.performance import effects, scores

log = logging.getLogger(__name__)


def run(cfg: DictConfig, out: Path) -> None:
    """Train, keep the best weights, predict validation and test, score, and say where it lies."""
    started = time.monotonic()
    build.check(cfg)
    quiet()
    seed_everything(cfg.seed, workers=True, verbose=False)
    study = build.open_study(cfg.study)
    data = build.data_of(cfg, study)
    module = build.module_of(cfg, data, study)
    OmegaConf.save(cfg, out / runs.CONFIG, resolve=True)
    data.fold.write(out / runs.FOLD)
    _say(data)
    logger = tracking.logger_of(cfg, out)
    trainer, best = _fit(cfg, out, data, module, logger)
    table = predictions(module, data, cfg.fold)
    table.to_parquet(out / runs.PREDICTIONS, index=False)
    found = score(data, table[table["part"] == "test"])
    runs.write_json(out / runs.METRICS, found)
    runs.write_json(
        out / runs.RUN,
        {
            "seed": cfg.seed,
            "epochs": trainer.current_epoch,
            "best_validation_loss": float(best.best_model_score or float("nan")),
            "seconds": round(time.monotonic() - started, 1),
            "versions": runs.versions(),
        },
    )
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
    train = data.dataset.examples.take(data.rows["train"]).frame().dropna(subset="y")
    normal = effects(train, test)
    beside = {"drug_mean": drug_mean_of(train, test), "mean_effects": normal}
    return {
        "model": scores(test, normal),
        **{name: scores(test.assign(pred=pred), normal) for name, pred in beside.items()},
    }


def quiet() -> None:
    """Silence what Lightning says of choices made on purpose."""
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    for message in (
        ".*does not have many workers.*",  # tables are in memory; workers would copy them
        ".*exists and is not empty.*",  # the log of this very run lies there
        ".*`isinstance.treespec, LeafSpec.` is deprecated.*",  # Lightning's own use of torch
    ):
        warnings.filterwarnings("ignore", message)


def _fit(
    cfg: DictConfig, out: Path, data: ResponseData, module: ResponseModule, logger: Any
) -> tuple[Trainer, ModelCheckpoint]:
    best = ModelCheckpoint(
        out,
        filename="model",
        monitor="val/loss",
        save_weights_only=True,
        enable_version_counter=False,
    )
    guard = SplitGuard(data)
    stop = EarlyStopping("val/loss", patience=cfg.patience)
    trainer = Trainer(
        **cfg.trainer,
        logger=logger,
        callbacks=[best, stop, guard, EpochBar()],
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
        default_root_dir=out,
    )
    trainer.fit(module, data)
    weights = torch.load(best.best_model_path, weights_only=True)["state_dict"]
    module.load_state_dict(weights)
    log.info(
        "Stopped after %d epochs; best validation loss %.4f",
        trainer.current_epoch, float(best.best_model_score or float("nan")),
    )  # fmt: skip
    return trainer, best


def _say(data: ResponseData) -> None:
    examples = data.dataset.examples
    for name, rows in data.rows.items():
        lines = len(set(examples.ids["cell"][rows]))
        log.info("%s: %d examples, %d lines", name, len(rows), lines)
    for name, source in data.dataset.sources.items():
        entities = data.dataset.entities(source.axis)
        have = int((source.locate(entities) >= 0).sum())
        log.info("%s: present for %d of %d %ss", name, have, len(entities), source.axis)
