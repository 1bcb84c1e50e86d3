"""Where a run is logged: CSV in its folder, or Weights & Biases (offline if not logged in)."""

import contextlib
import logging
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from omegaconf import DictConfig, OmegaConf
from pytorch_lightning.loggers import Logger

from mmdrp.errors import MmdrpError
from mmdrp.io.files import whole
from mmdrp.io.text import write_csv
from mmdrp.training import runs
from mmdrp.training.lightning.log import EpochLog

log = logging.getLogger(__name__)


def logger_of(cfg: DictConfig, out: Path) -> Logger | None:
    """Return the configured logger; None for a further process of a distributed run.

    Of several processes one speaks and writes: the others' log is silenced.
    """
    if os.environ.get("LOCAL_RANK", "0") != "0":
        logging.getLogger().setLevel(logging.WARNING)
        return None
    check_logger(cfg)
    return EpochLog(out) if cfg.logger.kind == "csv" else _wandb(cfg, out)


def check_logger(cfg: DictConfig) -> None:
    """Raise MmdrpError where there is no such logger."""
    if cfg.logger.kind not in ("csv", "wandb"):
        raise MmdrpError(f"logger.kind={str(cfg.logger.kind)[:40]}: choose csv or wandb")


def finish(cfg: DictConfig, out: Path, logger: Logger, scores: dict[str, dict[str, float]]) -> None:
    """Log the score table, the biomarker table and the checkpoint where the logger takes them."""
    biomarkers = None
    wanted = cfg.biomarkers if cfg.biomarkers is not None else 10 * (cfg.logger.kind == "wandb")
    if wanted:
        biomarkers = top_biomarkers(runs.Run(out), wanted)
        with whole(out / "biomarkers.csv") as half:
            write_csv(biomarkers, half, index=False)
    if cfg.logger.kind != "wandb":
        return
    import wandb

    experiment: Any = logger.experiment  # type: ignore[attr-defined]
    table = pd.DataFrame(scores).T.rename_axis("model").reset_index()
    experiment.log({"scores": wandb.Table(dataframe=table)})
    for model, values in scores.items():
        experiment.summary.update({f"score/{model}/{key}": v for key, v in values.items()})
    if biomarkers is not None:
        experiment.log({"biomarkers": wandb.Table(dataframe=biomarkers)})
    artifact = wandb.Artifact(f"model-{experiment.id}", type="model")
    artifact.add_file(str(out / runs.MODEL))
    experiment.log_artifact(artifact)
    experiment.finish()


def top_biomarkers(run: runs.Run, drugs: int, top: int = 20) -> pd.DataFrame:
    """Return the leading features of the ``drugs`` best predicted drugs of a run."""
    from mmdrp.attribution import attribute
    from mmdrp.training.checkpoint import restore

    test = run.predictions.query("part == 'test'")
    r = test.groupby("drug")[["y", "pred"]].apply(lambda f: f["y"].corr(f["pred"]))
    trained = restore(run.folder).info.drugs
    ranked = [drug for drug in r.nlargest(len(r)).index if drug in set(trained)]
    best = (ranked or trained)[:drugs]  # a split by drug tests none of the drugs of training
    return attribute(run.folder, drugs=best, keep_attributions=False).top(top)


@contextlib.contextmanager
def trial_logger(
    cfg: DictConfig, out: Path, number: int, options: Mapping[str, Any]
) -> Iterator[Logger | None]:
    """Yield the logger of a trial of ``mmdrp tune``: a run of W&B each, in one group."""
    check_logger(cfg)
    if cfg.logger.kind != "wandb":
        yield None
        return
    folder = out / "trials" / str(number)
    folder.mkdir(parents=True, exist_ok=True)
    logger = _wandb(cfg, folder, {"trial": {"number": number, **options}}, cfg.name)
    try:
        yield logger
    finally:
        logger.experiment.finish()  # type: ignore[attr-defined]


def _wandb(
    cfg: DictConfig, out: Path, more: Mapping[str, Any] | None = None, group: str | None = None
) -> Logger:
    try:
        import wandb
        from pytorch_lightning.loggers import WandbLogger
    except ImportError:
        raise MmdrpError("logger=wandb needs W&B: pip install 'mmdrp[wandb]'") from None
    offline = _offline()
    if offline:
        why = "nobody is logged in" if not _logged_in() else "WANDB_MODE says so"
        log.info("W&B: %s, so the run is kept offline in %s (wandb sync)", why, out)
    config: Any = OmegaConf.to_container(cfg, resolve=True)
    return WandbLogger(
        project=cfg.logger.project,
        save_dir=out,
        offline=offline,
        group=cfg.logger.group or group,
        tags=list(cfg.logger.tags),
        config={**config, **(more or {})},
        settings=wandb.Settings(init_timeout=60, silent=True, console="off"),
    )


def _offline() -> bool:
    """Whether to keep the run here: the user's WANDB_MODE decides, else whether a key is there."""
    mode = os.environ.get("WANDB_MODE", "")
    return mode in ("offline", "dryrun") or (
        mode not in ("online", "disabled") and not _logged_in()
    )


def _logged_in() -> bool:
    """Whether a key is at hand; asking wandb itself may prompt."""
    if os.environ.get("WANDB_API_KEY"):
        return True
    import netrc

    try:
        hosts = netrc.netrc(os.environ.get("NETRC")).hosts
    except (OSError, netrc.NetrcParseError):
        return False
    return any("wandb" in host for host in hosts)
