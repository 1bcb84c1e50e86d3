"""Hydra started for one command, and what it complains of turned into one line."""

import logging
import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

import mmdrp
from mmdrp.cli.complaint import explained
from mmdrp.cli.preflight import preflight
from mmdrp.cli.sweep import expand


def config_dir() -> Path:
    """Where the configuration lies: inside an installed package, beside it in a checkout."""
    package = Path(mmdrp.__file__).parent
    inside = package / "conf"
    return inside if inside.is_dir() else package.parent / "conf"


def launch(command: str, words: list[str]) -> None:
    """Compose the command's configuration under Hydra and run it, once or as a sweep."""
    words = expand(words, config_dir())
    with explained(command, config_dir()):
        preflight(command, words, config_dir())
        _run(command, words)


def _run(command: str, words: list[str]) -> None:
    errors: list[Exception] = []
    before = sys.argv

    def job(cfg: DictConfig) -> None:
        # Hydra prints a line of its own for an exception that leaves a job: so none does.
        try:
            body: Callable[[DictConfig, Path], None] = import_module(f"mmdrp.cli.{command}").run
            # What Lightning starts again for each further process: this job, not the whole sweep.
            sys.argv = [before[0], command, *HydraConfig.get().overrides.task]
            body(cfg, Path(HydraConfig.get().runtime.output_dir))
        except Exception as error:
            errors.append(error)

    os.environ["HYDRA_FULL_ERROR"] = "1"  # exceptions come to us instead of being printed
    sys.argv = [f"mmdrp {command}", *words, f"hydra.job.name={command}"]
    try:
        start = hydra.main(version_base="1.3", config_path=str(config_dir()), config_name=command)
        start(job)()
    finally:
        sys.argv = before
        for handler in logging.getLogger().handlers[:]:
            if isinstance(handler, logging.FileHandler):
                logging.getLogger().removeHandler(handler)
                handler.close()
    if errors:
        raise errors[0]
