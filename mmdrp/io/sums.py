"""Checksums: a finished folder keeps those of its files, and what has changed since is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from mmdrp.errors import MmdrpError
from mmdrp.io.marker import MARKER, read_marker

if TYPE_CHECKING:  # a command that refuses an option reads no table
    import pandas as pd

CONFIG = "config.yaml"
LEVELS = 3
"""folders above a file that may be the finished one"""
SEAL = ".sha256"


def sha256(path: Path) -> str:
    """Return a file's checksum, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sums_of(folder: Path) -> dict[str, str]:
    """Return path -> checksum of the files of a folder, those of folders with a marker left out.

    Hidden files and logs are left out, too.
    """
    return {path.relative_to(folder).as_posix(): _sum(path) for path in _files(folder)}


def check_unchanged(path: Path) -> None:
    """Refuse a file that is not as it was when the folder that it lies in was finished.

    Files of folders without a marker, or that are not listed there, are taken as they are. Of
    ``config.yaml`` everything counts but ``study``, which says where it lies: studies may move.
    """
    for folder in list(path.absolute().parents)[:LEVELS]:
        marker = read_marker(folder)
        if marker is not None:
            stated = marker.files.get(path.absolute().relative_to(folder).as_posix())
            if stated is not None and stated != _sum(path):
                raise MmdrpError(
                    f"{path}: has changed since it was written; restore it, or use a copy"
                )
            return


def read_parquet(path: Path, columns: Sequence[str] = ()) -> pd.DataFrame:
    """Return a table that mmdrp wrote; MmdrpError where it is none, changed, or lacks a column."""
    import pandas as pd

    check_unchanged(path)
    try:
        frame: pd.DataFrame = pd.read_parquet(path)
    except FileNotFoundError:
        raise MmdrpError(f"{path}: there is no such file") from None
    except Exception as error:  # a damaged file raises nearly anything
        raise MmdrpError(f"{path}: not a table that can be read: damaged?") from error
    if lacking := [name for name in columns if name not in frame]:
        raise MmdrpError(f"{path}: has no column {lacking[0]!r}")
    return frame


def check_folder(folder: str | Path) -> int:
    """Refuse a folder of which a file has changed; return how many are as they were written.

    Raises MmdrpError where the folder has no checksums. Files that are gone do not count.
    """
    folder = Path(folder)
    marker = read_marker(folder)
    if marker is None or not marker.files:
        raise MmdrpError(f"{folder}: has no checksums; a command writes them when it is finished")
    there = [folder / name for name in marker.files if (folder / name).is_file()]
    for path in there:
        check_unchanged(path)
    return len(there)


def seal(path: Path) -> None:
    """Put a file's checksum beside it."""
    path.with_name(f"{path.name}{SEAL}").write_text(sha256(path), encoding="utf-8")


def is_sealed(path: Path) -> bool:
    """Return whether a file is as it was when it was sealed."""
    try:
        said = path.with_name(f"{path.name}{SEAL}").read_bytes()
        return said == sha256(path).encode()
    except OSError:
        return False


def is_broken(path: Path) -> bool:
    """Return whether a file was sealed and has changed since."""
    return path.with_name(f"{path.name}{SEAL}").exists() and not is_sealed(path)


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.suffix == ".log" or path.is_symlink():
            continue
        if path.is_dir() and not (path / MARKER).exists():
            yield from _files(path)
        elif path.is_file():
            yield path


def _sum(path: Path) -> str:
    """Return a file's checksum, "" of a configuration that cannot be read."""
    if path.name != CONFIG:
        return sha256(path)
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
        text = json.dumps({**config, "study": None}, sort_keys=True, default=str)
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, RecursionError):
        return ""
    return hashlib.sha256(text.encode()).hexdigest()
