"""Options of ``mmdrp associate`` and ``mmdrp extremes`` that say what is compared."""

from omegaconf import DictConfig

from mmdrp.cli.keywords import check_files, check_keywords
from mmdrp.errors import MmdrpError
from mmdrp.tumours import Cohort


def check_cohort(cfg: DictConfig, command: str) -> None:
    """Raise MmdrpError at the first option that cannot be meant."""
    check_keywords(cfg, Cohort.read, skip=("predictions", "data"))
    if cfg.measure is not None and cfg.predictions is not None:
        raise MmdrpError("give predictions=... or measure=..., not both")
    for key in ("data",) if cfg.measure is not None else ("predictions", "data"):
        if cfg[key] is None:
            raise MmdrpError(f"mmdrp {command} needs {key}=...")
    check_files(cfg, "predictions", "data")
    if command == "extremes" and not cfg.drugs:
        raise MmdrpError("mmdrp extremes needs drug=NAME (or drugs=[A,B])")
