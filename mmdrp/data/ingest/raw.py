"""A folder of downloaded releases: files found by the name they were published under."""

import logging
import shutil
import tempfile
import weakref
from collections.abc import Iterable
from pathlib import Path

from mmdrp.data.ingest import packed
from mmdrp.errors import MmdrpError
from mmdrp.io.unread import listed, lookalikes, visible

log = logging.getLogger(__name__)


class Raw:
    """A raw folder, which remembers which of its files were found by what was asked for."""

    def __init__(self, root: "str | Path | Raw") -> None:
        self.root: Path = root.root if isinstance(root, Raw) else Path(root)
        if not self.root.is_dir():
            raise MmdrpError(f"raw={self.root}: there is no such folder")
        self.found: set[Path] = root.found if isinstance(root, Raw) else set()
        self._scratch: Path | None = None
        self._unpacked: dict[str, list[Path]] = {}

    def __str__(self) -> str:
        return str(self.root)

    def find(self, names: Iterable[str]) -> Path | None:
        """Return the first of ``names`` that lies here or one folder below, plain or ``.gz``.

        Raises MmdrpError where one name is there twice: which of them is meant cannot be guessed.
        """
        for name in names:
            found = self.glob(name)
            if len(found) > 1:
                raise MmdrpError(
                    f"{found[0]} and {found[1]}: the same release file twice; keep one of them"
                )
            if found:
                return found[0]
        return None

    def need(self, names: Iterable[str], what: str) -> Path:
        """Return a file that must be there; ``what`` says in the error what it is for."""
        names = list(names)
        found = self.find(names)
        if found is None:
            there = lookalikes([p.name for p in visible(self.root)], names)
            hint = f"; {there}" if there else f", needed for {what}"
            raise MmdrpError(f"{self.root}: has no {' or '.join(names)} (plain or .gz){hint}")
        return found

    def glob(self, pattern: str) -> list[Path]:
        """Return every file that fits ``pattern`` here or one folder below, sorted.

        Where there is none, spreadsheets of that name (for ``.csv``) and members of zip archives
        are, laid out as text in a folder that goes with this object.
        """
        paths = self._lying(pattern, ("", ".gz"))
        return paths or self._packed(pattern)

    def _lying(self, pattern: str, endings: tuple[str, ...]) -> list[Path]:
        patterns = [f"{below}{pattern}{end}" for below in ("", "*/") for end in endings]
        paths = sorted({p for each in patterns for p in self.root.glob(each) if p.is_file()})
        self.found.update(paths)
        return paths

    def _packed(self, pattern: str) -> list[Path]:
        if pattern in self._unpacked:
            return self._unpacked[pattern]
        if self._scratch is None:
            self._scratch = Path(tempfile.mkdtemp(prefix="mmdrp-raw-"))
            weakref.finalize(self, shutil.rmtree, self._scratch, True)
        into = self._scratch
        paths: list[Path] = []
        if pattern.endswith(".csv"):
            sheets = self._lying(pattern.removesuffix(".csv"), (".xlsx", ".xls"))
            paths = [packed.as_text(sheet, into) for sheet in sheets]
        if not paths and not pattern.startswith("*"):
            archives = [p for p in visible(self.root) if p.suffix.lower() == ".zip"]
            members = packed.unzipped(archives, pattern, into)
            self.found.update(members.values())
            paths = sorted(members)
        self._unpacked[pattern] = paths
        return paths

    def unread(self) -> list[Path]:
        """Return the files that lie here and were not asked for, hidden ones left out.

        Left out as well are the notes of a download, ``manifest.json``.
        """
        there = [path for path in visible(self.root) if path.name != "manifest.json"]
        return [path for path in there if path not in self.found]


def told_unread(folder: Raw) -> list[str]:
    """Say, in the log and as a note of a study, which files of the folder are not read."""
    names = [str(path.relative_to(folder.root)) for path in folder.unread()]
    if not names:
        return []
    log.warning("%s: not read: %s", folder, listed(names, shown=6))
    return [f"not read: {listed(names, shown=200)}"]


def plain(path: Path) -> str:
    """Return a file's name without ``.gz``."""
    return path.name.removesuffix(".gz")
