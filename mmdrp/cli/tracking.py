"""Where a run is logged: CSV in its folder, or Weights & Biases (offline if not logged in)."""

import logging
import os
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from pytorch_lightning.loggers import CSVLogger, Logger

from mmdrp.cli import runs
from mmdrp.errors import MmdrpError

log = logging.getLogger(__name__)


def logger_of(cfg: DictConfig, out: Path) -> Logger:
    """Return the configured logger."""
    if cfg.logger.kind == "csv":
        return CSVLogger(out, name="", version="")
    if cfg.logger.kind == "wandb":
        return _wandb(cfg, out)
    raise MmdrpError(f"logger.kind={cfg.logger.kind}: choose csv or wandb")


def finish(cfg: DictConfig, out: Path, logger: Logger, scores: dict[str, dict[str, float]]) -> None:
    """Log the score table, the biomarker table and the checkpoint where the logger takes them."""
    biomarkers = None
    wanted = cfg.biomarkers if cfg.biomarkers is not None else 10 * (cfg.logger.kind == "wandb")
    if wanted:
        from mmdrp.cli.attribute import top_biomarkers

        biomarkers = top_biomarkers(runs.Run(out), wanted)
        biomarkers.to_csv(out / "biomarkers.csv", index=False)
    if cfg.logger.kind != "wandb":
        return
    import pandas as pd
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


def _wandb(cfg: DictConfig, out: Path) -> Logger:
    try:
        import wandb
        from pytorch_lightning.loggers import WandbLogger
    except ImportError:
        raise MmdrpError("logger=wandb needs W&B: pip install 'mmdrp[wandb]'") from None
    offline = _offline()
    if offline:
        why = "nobody is logged in" if not _logged_in() else "WANDB_MODE says so"
        log.info("W&B: %s, so the run is kept offline in %s (wandb sync)", why, out)
    config = OmegaConf.to_container(cfg, resolve=True)
    return WandbLogger(
        project=cfg.logger.project,
        save_dir=out,
        offline=offline,
        group=cfg.logger.group,
        tags=list(cfg.logger.tags),
        config=config,
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
