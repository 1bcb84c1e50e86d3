"""``manifest.json``: what each table of a study is, where it comes from, and its checksum."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from mmdrp.data.study import plain, units
from mmdrp.data.study.measures import contradiction
from mmdrp.errors import MmdrpError
from mmdrp.io.files import whole
from mmdrp.version import __version__

NAME = "manifest.json"
FIXED = ("cells", "drugs", "response")
"""tables that are no modality"""
FORMAT = 1
MAX_BYTES = 16 << 20
"""a larger file is no manifest"""


@dataclass(frozen=True)
class Entry:
    """One table: its file, shape, unit, origin and licence."""

    file: str
    rows: int
    columns: list[str] | int
    """names of a small table's columns; the count of a modality's features"""
    sha256: str
    unit: str = ""
    """of a modality: one of ``units.UNITS``"""
    source: str = ""
    release: str = ""
    licence: str = ""
    missing: bool = False
    """whether single values of a modality may be absent"""
    measures: dict[str, dict[str, str]] = field(default_factory=dict)
    """response only: ``unit`` of each measure, and ``higher``: resistant or sensitive"""
    detail: str = ""
    """what the unit does not say: which variants count, how values were normalised"""

    def of_modality(self) -> "Entry":
        """Return the entry with a unit of the list, what else it said moved to ``detail``."""
        unit, said = units.read(self.unit)
        return self if unit == self.unit else replace(self, unit=unit, detail=self.detail or said)


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

    def __post_init__(self) -> None:
        tables = {n: e if n in FIXED else e.of_modality() for n, e in self.tables.items()}
        object.__setattr__(self, "tables", tables)

    def write(self, root: Path) -> None:
        """Write it into a study folder, whole or not at all."""
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False, allow_nan=False)
        with whole(root / NAME) as half:
            half.write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, root: Path) -> "Manifest":
        """Read a study folder's manifest, refusing one that is absent, broken or newer.

        A file is somebody else's word: every value is checked for its type before it is used, and
        table files must be plain names inside the folder. Raises MmdrpError that names the key.
        """
        path = root / NAME
        if not root.is_dir():
            raise MmdrpError(f"{root}: there is no such study folder")
        if not path.is_file():
            raise MmdrpError(f"{root}: has no {NAME}; write one with `mmdrp data manifest {root}`")
        try:
            if path.stat().st_size > MAX_BYTES:
                raise ValueError(f"larger than {MAX_BYTES >> 20} MiB")
            return cls.parse(plain.load(path.read_text(encoding="utf-8")))
        except (ValueError, OSError, RecursionError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise MmdrpError(f"{path}: not a manifest: {reason}") from error
        except MmdrpError as error:
            raise MmdrpError(f"{path}: {error}") from None

    @classmethod
    def parse(cls, raw: object) -> "Manifest":
        """Return the manifest that plain JSON containers hold; ValueError names the first flaw."""
        given = plain.mapping(raw, "the file")
        if type(given.get("format")) is int and given["format"] != FORMAT:
            raise MmdrpError(f"format {plain.shown(given['format'])}, this mmdrp reads {FORMAT}")
        plain.keys(given, "", ("name", "tables", "format"), ("notes", "options", "created_by"))
        plain.whole_number(given["format"], "format")
        tables = {
            plain.name(name, "tables"): _entry(str(name), entry)
            for name, entry in plain.mapping(given["tables"], "tables").items()
        }
        return cls(
            name=plain.text(given["name"], "name"),
            tables=tables,
            notes=plain.texts(given.get("notes", []), "notes"),
            options=dict(plain.options(given.get("options", {}), "options")),
            created_by=plain.text(given.get("created_by", ""), "created_by"),
        )


def _entry(table: str, raw: object) -> Entry:
    where = f"tables.{table}"
    given = plain.mapping(raw, where)
    texts = ("unit", "source", "release", "licence", "detail")
    plain.keys(
        given, f"{where}.", ("file", "rows", "columns", "sha256"), (*texts, "missing", "measures")
    )
    columns = given["columns"]
    at = f"{where}.columns"
    return Entry(
        plain.table_file(given["file"], f"{where}.file"),
        plain.whole_number(given["rows"], f"{where}.rows"),
        plain.texts(columns, at) if isinstance(columns, list) else plain.whole_number(columns, at),
        plain.sha256(given["sha256"], f"{where}.sha256"),
        **{key: plain.text(given.get(key, ""), f"{where}.{key}") for key in texts},
        missing=plain.boolean(given.get("missing", False), f"{where}.missing"),
        measures=_measures(plain.mapping(given.get("measures", {}), f"{where}.measures"), where),
    )


def _measures(given: Mapping[str, object], table: str) -> dict[str, dict[str, str]]:
    """Return unit and ``higher`` of each measure; the older ``direction`` becomes ``higher``."""
    out: dict[str, dict[str, str]] = {}
    for measure, raw in given.items():
        where = f"{table}.measures.{plain.name(measure, f'{table}.measures')}"
        stated = plain.mapping(raw, where)
        plain.keys(stated, f"{where}.", (), ("unit", "higher", "direction"))
        said = {key: plain.text(value, f"{where}.{key}") for key, value in stated.items()}
        out[measure] = {"unit": said["unit"]} if "unit" in said else {}
        if said.get("higher") or said.get("direction"):
            higher = plain.direction(said, where)
            out[measure]["higher"] = str(higher)
            if why := contradiction(measure, said.get("unit", ""), higher):
                raise ValueError(f"{where}: {why}")
    return out
