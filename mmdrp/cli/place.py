"""Where a command writes: ``out=``, the folder of a sweep, or a new one; and how it goes on."""

import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from mmdrp.errors import MmdrpError
from mmdrp.io.marker import read_marker

SWEEP = "hydra.sweep.dir"
MANY = ("-m", "--multirun")


class AlreadyDone(Exception):  # noqa: N818  # no error: there is nothing left to do
    """Leaves a command that was asked to go on where all is finished."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder}: is finished already")
        self.folder = folder


@dataclass(frozen=True)
class Place:
    """A command's options, and the folder that it writes to."""

    out: Path
    words: list[str]
    """as given, without those that name the folder"""
    sweep: bool

    @property
    def options(self) -> list[str]:
        """Return the words without those that ask for a sweep."""
        return [word for word in self.words if word not in MANY]

    def hydra(self, folder: Path) -> list[str]:
        """Return the words for Hydra, whose files go to ``folder``."""
        where = _quoted(str(folder))
        if self.sweep:
            return [*self.words, f"{SWEEP}={where}", "out=${hydra:runtime.output_dir}"]
        return [*self.words, f"out={_quoted(str(self.out))}", f"hydra.run.dir={where}"]


def placed(command: str, words: list[str], cfg: DictConfig) -> Place:
    """Take ``out=`` or ``hydra.sweep.dir=`` from the words, or name a new folder by the time.

    An experiment's own ``out`` holds where the words name none.
    """
    sweep = any(word in MANY for word in words)
    named = [word for word in words if word.split("=")[0] in ("out", SWEEP)]
    kept = [word for word in words if word not in named]
    if named:
        given = named[-1].partition("=")[2].strip("'\"").replace("\\'", "'")
    else:
        usual = str(OmegaConf.to_container(cfg, resolve=False)["out"])  # type: ignore[call-overload,index]
        now = time.strftime("%Y-%m-%d_%H-%M-%S")
        new = str(Path("runs") / command / (f"sweep_{now}" if sweep else now))
        given = _free(new) if sweep or "${" in usual else usual
    if not given or given == "null" or given[0] in "[{":
        raise MmdrpError(f"out={given[:60]}: name one folder")
    return Place(Path(given), kept, sweep)


def _free(folder: str) -> str:
    """Return a name by the time that nobody has: two commands may begin in one second."""
    if not Path(folder).exists():
        return folder
    return next(name for n in count(2) if not Path(name := f"{folder}_{n}").exists())


def resumed(command: str, words: list[str]) -> list[str]:
    """Return the words of the interrupted command in ``resume=FOLDER``, or those given.

    A folder's words are somebody else's: options of Hydra itself, which can call code, and paths of
    configurations are refused. Raises AlreadyDone where the folder is finished.
    """
    given = [word for word in words if word.startswith("resume=")]
    if not given:
        return words
    if len(words) > 1:
        other = next(word for word in words if word not in given)
        raise MmdrpError(f"{other}: resume= takes no other option; it goes on with its own")
    folder = Path(given[0].removeprefix("resume=").strip("'\""))
    marker = read_marker(folder)
    if marker is None:
        why = "holds nothing to go on from" if folder.is_dir() else "there is no such folder"
        raise MmdrpError(f"resume={folder}: {why}")
    if marker.command != command:
        if not marker.command:  # killed before it said what it was about to do
            raise MmdrpError(f"resume={folder}: does not say what wrote it; give the whole command "
                             "again, with the same out=")  # fmt: skip
        wrote = f"mmdrp {marker.command.replace('_', ' ')}"
        raise MmdrpError(f"resume={folder}: was written by {wrote}, not by mmdrp {command}")
    if marker.complete:
        raise AlreadyDone(folder)
    if marker.words is None:
        raise MmdrpError(f"resume={folder}: was written from Python; call it again, with out=")
    for word in marker.words:
        key = word.partition("=")[0].lstrip("+~")
        if word not in MANY and (key.startswith(("hydra", "-")) or "=" not in word):
            raise MmdrpError(f"resume={folder}: {word[:60]!r} is not taken from a file; give the "
                             "whole command again, with the same out=")  # fmt: skip
    many = any(word in MANY for word in marker.words)
    return [*marker.words, f"{SWEEP if many else 'out'}={_quoted(str(folder))}"]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "\\'") + "'"
