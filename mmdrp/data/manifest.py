"""``manifest.json``: what each table of a study is, where it comes from, and its checksum."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mmdrp import __version__
from mmdrp.errors import MmdrpError

NAME = "manifest.json"
FORMAT = 1


@dataclass(frozen=True)
class Entry:
    """One table: its file, shape, unit, origin and licence."""

    file: str
    rows: int
    columns: list[str] | int
    """names of a small table's columns; the count of a modality's features"""
    sha256: str
    unit: str = ""
    source: str = ""
    release: str = ""
    licence: str = ""
    missing: bool = False
    """whether single values of a modality may be absent"""
    measures: dict[str, dict[str, str]] = field(default_factory=dict)
    """response only: unit and direction of each measure"""


@dataclass(frozen=True)
class Manifest:
    """A study's name, its tables, and notes on what was told apart, dropped or counted."""

    name: str
    tables: dict[str, Entry]
    notes: list[str] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    """how it was built, so that a study built otherwise is not taken for what is asked"""
    created_by: str = f"mmdrp {__version__}"
    format: int = FORMAT

    def write(self, root: Path) -> None:
        """Write it into a study folder."""
        (root / NAME).write_text(json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, root: Path) -> "Manifest":
        """Read a study folder's manifest, refusing one that is absent, broken or newer."""
        path = root / NAME
        if not root.is_dir():
            raise MmdrpError(f"{root}: there is no such study folder")
        if not path.is_file():
            raise MmdrpError(f"{root}: has no {NAME}; write one with `mmdrp data manifest {root}`")
        try:
            raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if raw.get("format") != FORMAT:
                raise MmdrpError(f"{path}: format {raw.get('format')!r}, this mmdrp reads {FORMAT}")
            tables = {name: Entry(**entry) for name, entry in raw.pop("tables").items()}
            return cls(tables=tables, **raw)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise MmdrpError(f"{path}: not a manifest: {error}") from error


def sha256(path: Path) -> str:
    """Return a file's checksum, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
