"""What ``mmdrp evaluate`` does beside scoring runs: judged by patients and other studies."""

from importlib import import_module
from types import ModuleType

from omegaconf import DictConfig

from mmdrp.errors import MmdrpError


def kind_of(cfg: DictConfig) -> ModuleType | None:
    """Return what checks and runs another kind of evaluation than that of runs; None: of runs."""
    if cfg.get("clinical") is not None:
        return import_module("mmdrp.cli.judged.patients")
    if cfg.get("across") is not None:
        return import_module("mmdrp.cli.judged.studies")
    if cfg.run is None and cfg.dreval is None:
        raise MmdrpError(
            "mmdrp evaluate needs run=... (or dreval=FOLDER, clinical=TABLE, or across=[A,B])"
        )
    return None
