"""A configuration's values as the keywords of library functions."""

import inspect
import shlex
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from mmdrp.cli.config import plain_of
from mmdrp.errors import MmdrpError
from mmdrp.options import check, hints_of, is_option


def keywords(
    cfg: DictConfig, function: Callable[..., Any], skip: Collection[str] = ()
) -> dict[str, Any]:
    """Return the values of the options that a function takes, in plain containers."""
    names = inspect.signature(function).parameters
    options = plain_of(cfg, without={"out"} - ({*names} - {*skip}))
    return {name: options[name] for name in names if name in options and name not in skip}


def check_keywords(
    cfg: DictConfig, *functions: Callable[..., Any], skip: Collection[str] = ()
) -> None:
    """Raise OptionError at the first value that does not fit the annotation of its function."""
    for function in functions:
        hints = hints_of(function)
        for name, value in keywords(cfg, function, skip).items():
            if is_option(hints.get(name, Any)):  # a study is configured, and opened later
                check(value, hints[name], name)


def baselines_of(cfg: DictConfig) -> dict[str, Any]:
    """Return label -> baseline with its settings."""
    return dict(plain_of(cfg, without=("out",)).get("baseline") or {})


def check_files(cfg: DictConfig, *keys: str) -> None:
    """Raise MmdrpError at the first of these options that names a file that is not there."""
    for key in keys:
        if cfg[key] is not None and not Path(str(cfg[key])).exists():
            raise MmdrpError(f"{key}={cfg[key]}: there is no such file")


def recorded(cfg: DictConfig) -> dict[str, Any]:
    """Return ``command`` and ``options``, to be noted beside results."""
    hydra = HydraConfig.get()
    words = ["mmdrp", hydra.job.name, *map(shlex.quote, hydra.overrides.task)]
    return {"command": " ".join(words), "options": OmegaConf.to_container(cfg, resolve=False)}
