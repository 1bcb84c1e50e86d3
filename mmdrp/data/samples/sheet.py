"""A table with names and numbers, read from any file that people keep one in."""

import bz2
import csv
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from mmdrp.data import tables
from mmdrp.data.samples.spreadsheet import read_spreadsheet
from mmdrp.errors import MmdrpError

COMPRESSED: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
TEXT = (".csv", ".tsv", ".tab", ".txt", ".gct", ".sf", ".results", ".counts", ".out")
EXCEL = (".xlsx", ".xls", ".xlsb", ".ods")
SEPARATORS = {"\t": "tabs", ",": "commas", ";": "semicolons", " ": "spaces"}
ZIP = b"PK\x03\x04"
NULLS = [*tables.NULLS, "#N/A", "NULL", "-", "."]


@dataclass(frozen=True)
class Sheet:
    """Columns of names and columns of numbers, rows in the order of the file."""

    name: str
    """of the file or frame, for messages"""
    texts: dict[str, list[str]]
    """heading -> names, "" where empty; the first column always is one, whatever it holds"""
    columns: list[str]
    """headings of the numbers; one may stand there twice"""
    values: npt.NDArray[np.float32]
    """(rows, columns), NaN where empty"""


def read_sheet(path: str | Path) -> Sheet:
    """Read csv, tsv, txt (also .gz, .bz2, .xz), GCT, xlsx, parquet or feather; MmdrpError else.

    A heading too few (R's ``write.table``) names the first column "". Lines that begin with ``#``
    before the heading are passed over.
    """
    path = Path(path)
    if path.is_dir():
        raise MmdrpError(f"{path}: is a folder; give a file, or data=FOLDER")
    if not path.is_file():
        raise MmdrpError(f"{path}: there is no such file")
    inner = path.suffixes[-2:][0] if path.suffix in COMPRESSED and path.suffixes[:-1] else ""
    suffix = (inner or path.suffix).lower()
    if suffix in EXCEL:
        return sheet_of(read_spreadsheet(path), path.name)
    if suffix in (".parquet", ".feather"):
        return sheet_of(tables.read_arrow(path).to_pandas(), path.name)
    if suffix in TEXT or path.suffix in COMPRESSED:
        return _text(path)
    raise MmdrpError(
        f"{path.name}: ends in {suffix or 'nothing'}; csv, tsv, txt (.gz), gct, xlsx, parquet, "
        "feather, h5ad and h5mu are read"
    )


def sheet_of(frame: pd.DataFrame, name: str) -> Sheet:
    """Return a frame as a sheet: its index first, unless that only counts the rows."""
    counted = isinstance(frame.index, pd.RangeIndex)
    whole = frame if not counted else frame.set_index(frame.columns[0]) if frame.shape[1] else frame
    if isinstance(whole.index, pd.MultiIndex):
        raise MmdrpError(f"{name}: has an index of {whole.index.nlevels} levels; give one")
    headings = [str(column) for column in whole.columns]
    first = "" if whole.index.name is None else str(whole.index.name)
    texts = {first: [_name(value) for value in whole.index]}
    numeric = [pd.api.types.is_numeric_dtype(t) for t in whole.dtypes]
    part = whole.loc[:, numeric]
    for j, (heading, is_number) in enumerate(zip(headings, numeric, strict=True)):
        if not is_number:
            _keep(texts, heading, [_name(v) for v in whole.iloc[:, j]])
    kept = [h for h, is_number in zip(headings, numeric, strict=True) if is_number]
    values = part.to_numpy(dtype=np.float32, na_value=np.nan)
    return Sheet(name, texts, kept, values)


def _name(value: Any) -> str:
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _keep(texts: dict[str, list[str]], heading: str, names: list[str]) -> None:
    """Add a column of names; of two with one heading the later gets a number."""
    free = heading
    for n in range(2, len(texts) + 3):
        if free not in texts:
            break
        free = f"{heading}.{n}"
    texts[free] = names


def _text(path: Path) -> Sheet:
    try:
        with _opened(path) as stream:
            if stream.read(4) == ZIP:
                raise MmdrpError(f"{path.name}: is a spreadsheet or a zip; name it .xlsx")
            stream.seek(0)
            heading, skip = _heading(path, stream)
            first = stream.readline().decode("utf-8-sig")
        sep = _separator(path, heading)
        names = [n.strip() for n in _split(heading, sep)]
        fields = len(_split(first, sep)) if first.strip() else len(names)
        if fields == len(names) + 1:
            names = ["", *names]
        if not first.strip():
            raise MmdrpError(f"{path.name}: holds a heading and no rows")
        if fields != len(names):
            raise MmdrpError(
                f"{path.name}: the heading has {len(names)} columns and the first row {fields}"
            )
        return _sheet(path, names, sep, skip)
    except UnicodeDecodeError:
        raise MmdrpError(f"{path.name}: is no UTF-8 text; save it as UTF-8") from None
    except (gzip.BadGzipFile, EOFError, zlib.error, lzma.LZMAError) as error:
        raise MmdrpError(f"{path.name}: broken or cut off archive ({str(error)[:60]})") from None
    except (pa.ArrowException, OSError, csv.Error) as error:
        reason = str(error).splitlines()[0].removeprefix("CSV parse error: ")[:100]
        raise MmdrpError(f"{path.name}: not a readable table: {reason}") from error


def _opened(path: Path) -> BinaryIO:
    return cast(BinaryIO, COMPRESSED.get(path.suffix, open)(path, "rb"))


def _heading(path: Path, stream: BinaryIO) -> tuple[str, int]:
    """Return the line of headings, and how many lines there are up to and with it."""
    line, skip = stream.readline().decode("utf-8-sig"), 1
    if line.startswith("#1."):  # GCT: version, size, headings
        stream.readline()
        return stream.readline().decode(), 3
    # featureCounts begins with its command, whatever that holds.
    while line.startswith("# Program:") or (
        line.startswith("#") and "\t" not in line and "," not in line
    ):
        line, skip = stream.readline().decode(), skip + 1
    if not line.strip():
        raise MmdrpError(f"{path.name}: is empty")
    return line.removeprefix("#"), skip


def _separator(path: Path, heading: str) -> str:
    for sep in SEPARATORS:
        # Asked first: 20,000 genes as one field are more than csv reads.
        if sep in heading and len(_split(heading, sep)) > 1:
            return sep
    raise MmdrpError(f"{path.name}: has one column; separate columns by tabs or commas")


def _split(line: str, sep: str) -> list[str]:
    text = line.rstrip("\r\n")
    return next(csv.reader(io.StringIO(text), delimiter=sep, skipinitialspace=sep == " "), [])


def _sheet(path: Path, names: list[str], sep: str, skip: int) -> Sheet:
    keys = [f"c{j}" for j in range(len(names))]
    table = pyarrow.csv.read_csv(
        _opened(path) if path.suffix == ".xz" else pa.input_stream(str(path)),
        pyarrow.csv.ReadOptions(column_names=keys, skip_rows=skip, block_size=64 << 20),
        pyarrow.csv.ParseOptions(delimiter=sep),
        pyarrow.csv.ConvertOptions(
            column_types={keys[0]: pa.string()}, null_values=NULLS, strings_can_be_null=True
        ),
    )
    if not table.num_rows:
        raise MmdrpError(f"{path.name}: holds a heading and no rows")
    texts: dict[str, list[str]] = {}
    kept: list[str] = []
    values = np.empty((len(names), table.num_rows), dtype=np.float32)
    for name, column in zip(names, table.columns, strict=True):
        kind = column.type
        if pa.types.is_string(kind) or pa.types.is_temporal(kind):
            named = [(v or "").strip() for v in column.cast(pa.string()).to_pylist()]
            _keep(texts, name, named)
        else:
            values[len(kept)] = tables.numbers(path, name, column)
            kept.append(name)
    return Sheet(path.name, texts, kept, values[: len(kept)].T)
