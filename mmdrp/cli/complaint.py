"""Hydra's and OmegaConf's exceptions, each turned into one line that names what exists."""

import difflib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

from mmdrp.errors import MmdrpError


@contextmanager
def explained(command: str, conf: Path) -> Iterator[None]:
    """Raise ``MmdrpError`` in place of a complaint about options."""
    try:
        yield
    except MissingConfigException as error:
        raise MmdrpError(_missing(error)) from error
    except MissingMandatoryValue as error:
        raise MmdrpError(f"mmdrp {command} needs {error.full_key}=...") from error
    except OverrideParseException as error:
        raise MmdrpError(
            f"cannot read {error.override!r}; quote a value that holds spaces, brackets or commas, "
            "such as drugs=[\"Nutlin-3a (-)\"] inside single quotes of the shell"
        ) from error
    except (HydraException, OmegaConfBaseException) as error:
        raise MmdrpError(_composition(error, command, conf)) from error


def _missing(error: MissingConfigException) -> str:
    name = str(error.missing_cfg_file or "")
    group, _, choice = name.rpartition("/")
    if error.options:
        near = _near(choice, error.options)
        return f"{group}={choice}: there is no such {group}; choose among: {near}"
    return str(error).splitlines()[0]


def _composition(error: Exception, command: str, conf: Path) -> str:
    text = str(error)
    cause = error.__cause__
    if isinstance(cause, MissingConfigException):
        return _missing(cause)
    found = re.search(r"Could not override '([^']+)'", text) or re.search(
        r"Key '([^']+)' is not in struct", text
    )
    if found:
        key = found[1].split("@")[0]
        return f"unknown option {key!r}; {_siblings(key, command, conf)}"
    found = re.search(r"full_key: (\S+)", text)
    where = f"{found[1]}: " if found else ""
    return where + (text.splitlines() or [type(error).__name__])[0]


def _siblings(key: str, command: str, conf: Path) -> str:
    GlobalHydra.instance().clear()
    with initialize_config_dir(version_base="1.3", config_dir=str(conf)):
        cfg = compose(command)
    parent, _, leaf = key.rpartition(".")
    inside = OmegaConf.select(cfg, parent) if parent else cfg
    if not isinstance(inside, DictConfig):
        parent, leaf, inside = "", key, cfg
    names = [str(name) for name in inside]
    place = parent or f"mmdrp {command}"
    return f"{place} has: {_near(leaf, names)}"


def _near(name: str, names: list[str]) -> str:
    close = difflib.get_close_matches(name, names, 1)
    listed = ", ".join(sorted(names))
    return f"{listed} (did you mean {close[0]!r}?)" if close else listed
