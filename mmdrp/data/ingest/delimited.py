"""Delimited text of any size, read by Arrow; what it stumbles over is named by row and column."""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from mmdrp.data import tables
from mmdrp.errors import MmdrpError

NULLS = [*tables.NULLS, " NA", "#N/A", "NULL"]
NUMBER = re.compile(
    r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*|\s*[+-]?(inf|infinity|nan)\s*", re.I
)
BOM = b"\xef\xbb\xbf"
NAMES = {"\t": "tabs", ",": "commas", ";": "semicolons"}


@dataclass(frozen=True)
class Delimited:
    """A text table whose header has been read and found sound."""

    path: Path
    sep: str
    header: list[str]
    skip: int
    """lines up to and with the header"""
    quoted: bool = False
    """whether names stand in quotes even where no commas separate them, as R writes them"""

    @classmethod
    def open(
        cls, path: Path, sep: str | None, required: Iterable[str] = (), skip: int = 0
    ) -> "Delimited":
        """Read the header: the first line after ``skip`` lines and comments (``#``).

        ``sep`` None means tabs where the header has one, commas otherwise. Raises MmdrpError for
        files that are empty, broken off, UTF-16, otherwise separated, or lack a column.
        """
        with _reading(path), _bytes(path) as stream:
            _refuse_utf16(path)
            for _ in range(skip):
                stream.readline()
            found, skip = stream.readline(), skip + 1
            while found.removeprefix(BOM).startswith(b"#"):
                found, skip = stream.readline(), skip + 1
            line = found.removeprefix(BOM).decode()
        if not line.strip():
            raise MmdrpError(f"{path.name}: is empty; download it again")
        sep = sep or ("\t" if "\t" in line else ",")
        with _reading(path):
            header = [name.strip() for name in _split(line, sep)]
        other = next((s for s in NAMES if s != sep and s in line), None)
        if other and len(header) == 1:
            raise MmdrpError(
                f"{path.name}: columns are separated by {NAMES[other]}, expected {NAMES[sep]}"
            )
        tables.check_header(path, header, required)
        tables.check_named(path, header[1:])
        return cls(path, sep, header, skip)

    def text(self, columns: Sequence[str]) -> pd.DataFrame:
        """Return these columns as strings, stripped; "" where a cell is empty or NA."""
        table = self.arrow({name: pa.string() for name in columns})
        words = {name: _words(table.column(name).combine_chunks()) for name in columns}
        return pd.DataFrame(words, dtype=object)

    def numbers(
        self, text: Sequence[str], booleans: bool = False
    ) -> tuple[pd.DataFrame, npt.NDArray[np.float32]]:
        """Return the ``text`` columns and all others as one matrix (rows, columns), NaN for NA.

        ``booleans`` says that they are True and False, which become 1 and 0.
        """
        numeric = [name for name in self.header if name not in set(text)]
        kind = pa.bool_() if booleans else pa.float32()
        types = {name: pa.string() if name in text else kind for name in self.header}
        table = self.arrow(types)
        columns = dict(zip(table.column_names, table.columns, strict=True))
        values = np.empty((len(numeric), table.num_rows), dtype=np.float32)
        for row, name in zip(values, numeric, strict=True):
            column = columns.pop(name)
            row[:] = column.cast(pa.float32()).to_numpy() if booleans else column.to_numpy()
        if np.isinf(values).any():
            j, i = map(int, np.argwhere(np.isinf(values))[0])
            raise MmdrpError(f"{tables.cell(self.path, numeric[j], i)}: infinite")
        names = {n: [(v or "").strip() for v in columns[n].to_pylist()] for n in text}
        return pd.DataFrame(names, dtype=object), values.T

    def blocks(
        self, text: Sequence[str], numeric: Sequence[str]
    ) -> Iterator[tuple[pd.DataFrame, npt.NDArray[np.float32]]]:
        """Stream the file: some hundred rows at a time of the ``text`` and ``numeric`` columns.

        For tables whose whole would not fit: only what the caller keeps stays in memory.
        """
        types = {n: pa.string() for n in text} | {n: pa.float32() for n in numeric}
        with _reading(self.path):
            try:
                for batch in pyarrow.csv.open_csv(self.path, **self._options(types)):
                    values = np.empty((len(numeric), batch.num_rows), dtype=np.float32)
                    for row, column in zip(values, batch.columns[len(text) :], strict=True):
                        row[:] = column.to_numpy(zero_copy_only=False)
                    names = {n: _words(c) for n, c in zip(text, batch.columns, strict=False)}
                    yield pd.DataFrame(names, dtype=object), values.T
            except pa.ArrowInvalid as error:
                self._blame(numeric, error)

    def column(self, frame: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
        """Turn a text column of this file into finite numbers; "" becomes NaN."""
        texts = frame[name].tolist()
        for i, value in enumerate(texts):
            if value and (not NUMBER.fullmatch(value) or not np.isfinite(float(value))):
                raise MmdrpError(
                    f"{tables.cell(self.path, name, i)}: {value!r} is not a finite number"
                )
        return np.array([float(v) if v else np.nan for v in texts], dtype=np.float64)

    def arrow(self, types: dict[str, pa.DataType]) -> pa.Table:
        """Return the columns named in ``types``, read as those."""
        with _reading(self.path):
            try:
                table = pyarrow.csv.read_csv(self.path, **self._options(types))
            except pa.ArrowInvalid as error:
                self._blame([n for n, t in types.items() if t == pa.float32()], error)
        if not table.num_rows:
            raise MmdrpError(f"{self.path.name}: holds no rows, only a header; download it again")
        return table

    def _options(self, types: dict[str, pa.DataType]) -> dict[str, Any]:
        # Tab-separated free text has stray quotes.
        quote = '"' if self.sep == "," or self.quoted else False
        return {
            "read_options": pyarrow.csv.ReadOptions(
                column_names=self.header, skip_rows=self.skip, block_size=32 << 20
            ),
            "parse_options": pyarrow.csv.ParseOptions(delimiter=self.sep, quote_char=quote),
            "convert_options": pyarrow.csv.ConvertOptions(
                column_types=types,
                include_columns=list(types),
                null_values=NULLS,
                strings_can_be_null=True,
            ),
        }

    def _blame(self, numeric: Sequence[str], error: Exception) -> NoReturn:
        """Read again, slowly, to say where the first flaw is."""
        places = [(self.header.index(name), name) for name in numeric]
        with _text(self.path) as stream:
            for _ in range(self.skip):
                stream.readline()
            rows = _rows(stream, self.sep, self.quoted)
            for i, row in enumerate(line for line in rows if line):
                if len(row) != len(self.header):
                    raise MmdrpError(
                        f"{self.path.name}: row {i + 1} has {len(row)} cells, the header "
                        f"{len(self.header)}"
                    )
                for j, name in places:
                    if row[j] not in NULLS and not NUMBER.fullmatch(row[j]):
                        where = tables.cell(self.path, name, i, row[0])
                        raise MmdrpError(f"{where}: {row[j]!r} is not a number")
        raise MmdrpError(f"{self.path.name}: not a readable table: {_line(error)}")


def first_rows(path: Path, count: int) -> list[str]:
    """Return the first lines of a text file, plain or .gz, "" where it has fewer."""
    with _reading(path), _bytes(path) as stream:
        _refuse_utf16(path)
        return [stream.readline().removeprefix(BOM).decode() for _ in range(count)]


def _words(column: pa.Array) -> npt.NDArray[np.object_]:
    """Return stripped strings, "" for none; of equal ones one object, for names repeat."""
    found = column.fill_null("").dictionary_encode()
    distinct = [text.strip() for text in found.dictionary.to_pylist()]
    codes: npt.NDArray[np.int32] = found.indices.to_numpy(zero_copy_only=False)
    return np.array(distinct, dtype=object)[codes]


def _bytes(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.GzipFile(path) if path.suffix == ".gz" else path.open("rb"))


@contextmanager
def _text(path: Path) -> Iterator[io.TextIOBase]:
    with _bytes(path) as raw, io.TextIOWrapper(raw, "utf-8-sig", "replace", newline="") as stream:
        yield stream


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise MmdrpError(f"{path}: there is no such file") from None
    except UnicodeDecodeError as error:
        raise MmdrpError(
            f"{path.name}: is not UTF-8 text ({_line(error)}); save it as UTF-8"
        ) from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise MmdrpError(
            f"{path.name}: broken or cut off gzip ({_line(error)}); download it again"
        ) from None
    except (pa.ArrowException, OSError, csv.Error) as error:
        hint = "; download it again" if path.suffix == ".gz" else ""
        raise MmdrpError(f"{path.name}: not a readable table: {_line(error)}{hint}") from None


def _refuse_utf16(path: Path) -> None:
    with _bytes(path) as stream:
        start = stream.read(4096)
    if start[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in start:
        raise MmdrpError(f"{path.name}: is UTF-16 or binary, not UTF-8 text; save it as UTF-8")


def _split(line: str, sep: str) -> list[str]:
    return next(_rows(io.StringIO(line.rstrip("\r\n") + "\n"), sep))


def _rows(stream: Iterable[str], sep: str, quoted: bool = False) -> Iterator[list[str]]:
    if sep == "," or quoted:
        yield from csv.reader(stream, delimiter=sep)
    else:
        yield from csv.reader(stream, delimiter=sep, quoting=csv.QUOTE_NONE)


def _line(error: Exception) -> str:
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return text.removeprefix("CSV parse error: ")[:200]
