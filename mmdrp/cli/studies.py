"""The configured study: opened, or made at its first use."""

import logging
from pathlib import Path

from hydra.utils import instantiate
from omegaconf import DictConfig

from mmdrp.data.manifest import NAME
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError

log = logging.getLogger(__name__)


def open_study(cfg: DictConfig) -> Study:
    """Open the configured study, building it first, and saying so, where it is not there yet."""
    path = Path(cfg.path)
    if not (path / NAME).is_file():
        if cfg.get("build"):
            log.info("Study %s is not in %s yet", cfg.name, path)
            instantiate(cfg.build, root=path)
        elif cfg.get("raw"):
            raise MmdrpError(
                f"{path}: study {cfg.name} is not there; make it from its release files with "
                f"`mmdrp data build study={cfg.name} raw=DIR`"
            )
    study = Study.read(path)
    for key, built in study.manifest.options.items():
        if cfg.get("build") and key in cfg.build and cfg.build[key] != built:
            raise MmdrpError(
                f"study.build.{key}={cfg.build[key]}: the study in {path} was built with {built}; "
                "give another study.path, or add force=true to `mmdrp data fetch`"
            )
    return study
