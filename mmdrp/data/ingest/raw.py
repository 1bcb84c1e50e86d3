"""A folder of downloaded releases: files found by the name they were published under."""

from collections.abc import Iterable
from pathlib import Path

from mmdrp.errors import MmdrpError


def find(raw: Path, names: Iterable[str]) -> Path | None:
    """Return the first of ``names`` that lies in ``raw`` or one folder below, plain or ``.gz``.

    Raises MmdrpError where one name is there twice: which of them is meant cannot be guessed.
    """
    for name in names:
        found = glob(raw, name)
        if len(found) > 1:
            raise MmdrpError(
                f"{found[0]} and {found[1]}: the same release file twice; keep one of them"
            )
        if found:
            return found[0]
    return None


def need(raw: Path, names: Iterable[str], what: str) -> Path:
    """Return a file that must be there; ``what`` says in the error what it is for."""
    names = list(names)
    found = find(raw, names)
    if found is None:
        raise MmdrpError(f"{raw}: has no {' or '.join(names)} (plain or .gz), needed for {what}")
    return found


def glob(raw: Path, pattern: str) -> list[Path]:
    """Return every file that fits ``pattern`` in ``raw`` or one folder below, sorted."""
    if not raw.is_dir():
        raise MmdrpError(f"raw={raw}: there is no such folder")
    patterns = [f"{below}{pattern}{gz}" for below in ("", "*/") for gz in ("", ".gz")]
    return sorted({p for each in patterns for p in raw.glob(each) if p.is_file()})


def plain(path: Path) -> str:
    """Return a file's name without ``.gz``."""
    return path.name.removesuffix(".gz")
