"""Hydra's and OmegaConf's exceptions, each turned into one line that names what exists."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import (
    HydraException,
    InstantiationException,
    MissingConfigException,
    OverrideParseException,
)
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

from mmdrp.cli.help.near import near
from mmdrp.errors import MmdrpError


@contextmanager
def explained(command: str, conf: Path, words: Sequence[str] = ()) -> Iterator[None]:
    """Raise ``MmdrpError`` in place of a complaint about options, which are ``words``."""
    try:
        yield
    except MissingConfigException as error:
        raise MmdrpError(_missing(error, conf)) from error
    except MissingMandatoryValue as error:
        raise MmdrpError(f"mmdrp {command} needs {error.full_key}=...") from error
    except OverrideParseException as error:
        raise MmdrpError(
            f"cannot read {str(error.override)[:40]!r}; quote a value that holds spaces, brackets "
            'or commas, such as drugs=["Nutlin-3a (-)"] inside single quotes of the shell'
        ) from error
    except InstantiationException as error:
        raise _inner(error) from error
    except (HydraException, OmegaConfBaseException) as error:
        raise MmdrpError(_composition(error, command, conf, words)) from error


def _inner(error: InstantiationException) -> Exception:
    """Return the complaint of a part that Hydra was building, if it was one."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, MmdrpError):
            return cause
        cause = cause.__cause__
    last = [line for line in str(error).splitlines() if line.strip()]
    where = next((line.split(":", 1)[1].strip() for line in last if "full_key" in line), "")
    reason = str(error.__cause__ or last[0]).splitlines()[0]
    return MmdrpError(f"{where}: {reason}" if where else reason)


def _missing(error: Exception, conf: Path) -> str:
    text = str(error)
    found = re.search(r"Could not (?:find|load) '([^']+)'", text)
    if not found:
        return text.splitlines()[0]
    group, _, choice = found[1].rpartition("/")
    options = [path.stem for path in (conf / group).glob("*.yaml")]
    return f"{group}={choice[:40]}: there is no such {group}; {near(choice, options)}"


def _composition(error: Exception, command: str, conf: Path, words: Sequence[str]) -> str:
    text = str(error)
    cause = error.__cause__
    if isinstance(cause, MissingConfigException):
        return _missing(cause, conf)
    found = re.search(r"Could not override '([^']+)'", text) or re.search(
        r"Key '([^']+)' is not in struct", text
    )
    if found:
        key = found[1].split("@")[0]
        return f"unknown option {key[:60]!r}; {_siblings(key, command, conf, words)}"
    found = re.search(r"full_key: (\S+)", text)
    where = f"{found[1]}: " if found else ""
    return where + (text.splitlines() or [type(error).__name__])[0]


def _siblings(key: str, command: str, conf: Path, words: Sequence[str]) -> str:
    GlobalHydra.instance().clear()
    groups = [w for w in words if (conf / w.partition("=")[0].partition("@")[0]).is_dir()]
    with initialize_config_dir(version_base="1.3", config_dir=str(conf)):
        try:
            cfg = compose(command, groups)
        except HydraException:  # a group that this command does not have
            cfg = compose(command)
    parent, _, leaf = key.rpartition(".")
    inside = OmegaConf.select(cfg, parent) if parent else cfg
    if not isinstance(inside, DictConfig):
        parent, leaf, inside = "", key, cfg
    names = [str(name) for name in inside]
    shown = f"`mmdrp {command.replace('_', ' ')} --help` lists those there are"
    return near(leaf, names, f"{parent} has" if parent else "there are", shown)
