"""The table of public releases, which R's ``fetch`` reads, too: one file a row."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from mmdrp.errors import MmdrpError

NAME = "releases.csv"
COLUMNS = ("release", "file", "url", "bytes", "sha256", "md5", "extract", "licence")
ONLY_R = "pharmacogx:"
_RELEASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_FILE = re.compile(r"[^./\\\x00-\x1f][^/\\\x00-\x1f]*")


@dataclass(frozen=True)
class ReleaseFile:
    """A published file: where it lies, and what is known of it."""

    release: str
    file: str
    url: str
    """"" where it can only be downloaded by hand"""
    bytes: int | None = None
    sha256: str = ""
    md5: str = ""
    members: tuple[str, ...] = ()
    """of a zip archive, those that are needed"""
    licence: str = ""
    page: str = ""
    """for readers: where the file can be downloaded by hand"""

    @property
    def is_pinned(self) -> bool:
        """Whether its publisher's hash is known."""
        return bool(self.sha256 or self.md5)


def default_table() -> Path:
    """Where the table lies: inside an installed package, beside R's part in a checkout."""
    inside = Path(__file__).with_name(NAME)
    return inside if inside.is_file() else Path(__file__).parents[4] / "R" / "inst" / NAME


def read_releases(path: str | Path | None = None) -> list[ReleaseFile]:
    """Return the files of a table of releases, by default the one that comes with mmdrp.

    Raises MmdrpError, naming row and column, where it lacks a column, or a name would lead out of
    the folder it is meant for.
    """
    path = Path(path or default_table())
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except FileNotFoundError:
        raise MmdrpError(f"table={path}: there is no such file") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise MmdrpError(f"table={path}: not a table of releases in CSV") from error
    if lacking := [name for name in COLUMNS if not rows or name not in rows[0]]:
        raise MmdrpError(f"table={path}: has no rows, or no column {lacking[0]!r}")
    files = [_row(path, number, row) for number, row in enumerate(rows, 2)]
    seen: set[tuple[str, str]] = set()
    for number, each in enumerate(files, 2):
        if (each.release, each.file) in seen:
            raise MmdrpError(f"{path.name}: row {number}: {each.release}/{each.file} a second time")
        seen.add((each.release, each.file))
    return files


def _row(path: Path, number: int, row: dict[str, str | None]) -> ReleaseFile:
    value = {name: (row.get(name) or "").strip() for name in (*COLUMNS, "page")}
    for name, pattern in (("release", _RELEASE), ("file", _FILE)):
        if not pattern.fullmatch(value[name]):
            raise MmdrpError(f"{path.name}: row {number}: {name}={value[name]!r}: not a plain name")
    if not is_address(value["url"]) and not value["url"].startswith(ONLY_R):
        raise MmdrpError(
            f"{path.name}: row {number}: url={value['url']!r}: give an http(s) address"
        )
    if value["bytes"] and not value["bytes"].isdecimal():
        raise MmdrpError(f"{path.name}: row {number}: bytes={value['bytes']!r}: not a whole number")
    return ReleaseFile(
        value["release"], value["file"], value["url"],
        int(value["bytes"]) if value["bytes"] else None,
        value["sha256"].lower(), value["md5"].lower(),
        tuple(filter(None, value["extract"].split(";"))), value["licence"], value["page"],
    )  # fmt: skip


def is_address(text: str) -> bool:
    """Return whether a text is an address of the web."""
    return re.fullmatch(r"https?://[^\s]+", text) is not None


def is_file_name(text: str) -> bool:
    """Return whether a text is a file's name alone, no path and nothing hidden."""
    return _FILE.fullmatch(text) is not None
