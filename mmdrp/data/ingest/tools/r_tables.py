"""Tables as R writes them: names in quotes, any separator, a heading one shorter than the rows."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mmdrp.data.ingest.delimited import NUMBER, Delimited, first_rows
from mmdrp.data.ingest.raw import Raw
from mmdrp.data.tables import cell, check_header, check_key, check_named
from mmdrp.errors import MmdrpError
from mmdrp.io.unread import visible

CORNER = ""
"""what the column of row names is called"""
SEPARATORS = ("\t", ",", ";", " ")
TEXT = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")


@dataclass(frozen=True)
class Matrix:
    """A table of numbers with names for its rows and columns, (rows, columns) float32."""

    rows: list[str]
    columns: list[str]
    values: npt.NDArray[np.float32]


def open_r(path: Path) -> Delimited:
    """Read the heading of what ``write.csv`` or ``write.table`` wrote; row names are ``CORNER``.

    Raises MmdrpError for files that are empty, name a column twice, or have no such heading.
    """
    sep, header, width = _heading(path)
    if width == len(header) + 1:  # write.table names no column of row names
        header = [CORNER, *header]
    if not width:
        raise MmdrpError(f"{path.name}: holds no rows, only a header; write it again")
    if width != len(header):
        raise MmdrpError(
            f"{path.name}: row 1 has {width} cells, the header {len(header)}; write it with "
            "write.csv"
        )
    check_header(path, header, [])
    check_named(path, header[1:])
    return Delimited(path, sep, header, 1, quoted=True)


def headings(path: Path) -> list[str]:
    """Return the headings of a table, none where it cannot be read as text."""
    try:
        return _heading(path)[1]
    except MmdrpError:
        return []


def with_headings(folder: Raw, wanted: Callable[[set[str]], bool]) -> list[Path]:
    """Return the text files, here or one folder below, whose headings are as wanted, sorted."""
    there = [p for p in visible(folder.root) if p.name.lower().endswith(TEXT) and p.is_file()]
    found = [path for path in there if wanted(set(headings(path)))]
    folder.found.update(found)
    return found


def only(paths: list[Path], what: str) -> Path | None:
    """Return the one file there is, None for none; two of a kind are refused."""
    if len(paths) > 1:
        raise MmdrpError(f"{paths[0]} and {paths[1]}: both hold {what}; keep one of them")
    return paths[0] if paths else None


def matrix(path: Path) -> Matrix:
    """Read a table of numbers with row names first; a text, or a name twice, is refused."""
    table = open_r(path)
    first, *columns = table.header
    if not columns:
        raise MmdrpError(f"{path.name}: has row names and no columns")
    frame, values = table.numbers([first])
    rows = frame[first].tolist()
    check_names(path, rows, first)
    return Matrix(rows, columns, values)


def check_names(path: Path, names: list[str], column: str) -> None:
    """Refuse row names that are empty, stand there twice, count the rows, or are measurements.

    What ``write.csv(row.names = FALSE)`` loses cannot be told from the rest of the table.
    """
    check_key(path, [*names], column or "row names")
    counted = names == [str(i + 1) for i in range(len(names))] and len(names) > 2
    measured = all(NUMBER.fullmatch(name) for name in names) and any("." in n for n in names)
    if counted or measured:
        what = "only count the rows" if counted else "are numbers"
        raise MmdrpError(
            f"{path.name}: its row names {what} (such as {names[0][:20]}); write it from R with "
            "the names of its rows"
        )


def numbers(table: Delimited, texts: list[str], name: str) -> npt.NDArray[np.float64]:
    """Turn texts of a column into numbers; R's ``Inf`` stays infinite, "" becomes NaN."""
    out = np.full(len(texts), np.nan)
    for i, text in enumerate(texts):
        try:
            out[i] = float(text or "nan")
        except ValueError:
            raise MmdrpError(f"{cell(table.path, name, i)}: {text[:40]!r} is no number") from None
    return out


def _heading(path: Path) -> tuple[str, list[str], int]:
    """Return the separator, the names of the first line, and how many cells the second has."""
    first, second = first_rows(path, 2)
    if not first.strip():
        raise MmdrpError(f"{path.name}: is empty; download it again")
    tried = [s for line in (first, second) for s in SEPARATORS if len(_cells(line, s)) > 1]
    sep = tried[0] if tried else ","
    names = [name.strip() for name in _cells(first, sep)]
    return sep, names, len(_cells(second, sep)) if second.strip() else 0


def _cells(line: str, sep: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(line), delimiter=sep), [])
    except csv.Error:
        return []
