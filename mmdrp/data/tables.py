"""CSV, Parquet and Feather files, read with errors that name file, column and row."""

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq

from mmdrp.data.source import Table
from mmdrp.errors import MmdrpError
from mmdrp.io.frames import UNNAMED, is_row_number

SUFFIXES = (".feather", ".parquet", ".csv", ".csv.gz")
NULLS = ["", "NA", "NaN", "nan", "N/A", "null"]


def find(root: Path, stem: str) -> Path | None:
    """Return the file that holds the table ``stem`` (binary before CSV), or None.

    What has the name and is no file, such as a folder, is returned, too: reading it says so.
    """
    places = (root / f"{stem}{suffix}" for suffix in SUFFIXES)
    return next((p for p in places if p.exists() or p.is_symlink()), None)


def read_arrow(path: Path, text: Iterable[str] = ()) -> pa.Table:
    """Read a table whole, by its suffix; the columns named in ``text`` come back as strings."""
    if path.is_dir():
        raise MmdrpError(f"{path}: is a folder, not a table")
    try:
        return _read_arrow(path, text)
    except FileNotFoundError:
        raise MmdrpError(f"{path}: there is no such file") from None
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0].removeprefix("CSV parse error: ")
        # Arrow names the file by its whole path; we name it ourselves.
        reason = reason.split(f"{path}': ")[-1][:100]
        raise MmdrpError(f"{path.name}: not a readable table: {reason}") from error


def _read_arrow(path: Path, text: Iterable[str]) -> pa.Table:
    if path.suffix in (".parquet", ".feather"):
        binary = pq if path.suffix == ".parquet" else pyarrow.feather
        table = _without_index(binary.read_table(path))
        names = [n for n in text if n in table.column_names]
        for name in names:
            column = table.column(name).cast(pa.string())
            table = table.set_column(table.column_names.index(name), name, column)
        return table
    table = pyarrow.csv.read_csv(
        path,
        read_options=pyarrow.csv.ReadOptions(block_size=64 << 20),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(text, pa.string()),
            null_values=NULLS,
            strings_can_be_null=True,
        ),
    )
    _ = table.column_names  # decoded here: a name that is no text is refused
    return table


def _without_index(table: pa.Table) -> pa.Table:
    """Leave out what pandas writes of an index without a name."""
    unnamed = [n for n in table.column_names if re.fullmatch(r"__index_level_\d+__", n)]
    return table.drop_columns(unnamed) if unnamed else table


def read_frame(path: Path, key: str | None, columns: Iterable[str] = ()) -> pd.DataFrame:
    """Read a small table; ``key`` is a column of distinct, non-empty names; all are required."""
    required = [*([key] if key else []), *columns]
    table = read_arrow(path, text=required)
    _check_columns(path, table.column_names, required)
    # Which columns pandas once had in an index does not matter here: all are columns.
    frame: pd.DataFrame = table.to_pandas(ignore_metadata=True)
    if key:
        check_key(path, frame[key].tolist(), key)
    return frame


def read_columns(path: Path, key: str, names: Iterable[str] = ()) -> pd.DataFrame:
    """Read a few numeric columns, those of ``names`` that are there, indexed by column ``key``.

    Of a binary table nothing else is read.
    """
    there = columns(path)
    check_header(path, there, [key])
    wanted = [name for name in names if name in set(there) and name != key]
    if path.suffix in (".parquet", ".feather"):
        binary = pq if path.suffix == ".parquet" else pyarrow.feather
        table = binary.read_table(path, columns=[key, *wanted])
    else:
        table = read_arrow(path, [key]).select([key, *wanted])
    ids = table.column(key).cast(pa.string()).to_pylist()
    check_key(path, ids, key)
    return pd.DataFrame(
        {name: numbers(path, name, table.column(name)) for name in wanted},
        index=pd.Index(ids, name=key),
    )


def columns(path: Path) -> list[str]:
    """Return the headings of a table; of a text only its first line is read."""
    try:
        if path.suffix == ".parquet":
            return list(pq.read_schema(path).names)
        if path.suffix == ".feather":
            with pa.memory_map(str(path)) as stream:
                return list(pa.ipc.open_file(stream).schema.names)
    except (pa.ArrowException, OSError) as error:
        raise MmdrpError(f"{path.name}: not a readable table: {error}") from error
    try:
        with pa.input_stream(str(path)) as stream, pyarrow.csv.open_csv(stream) as reader:
            return list(reader.schema.names)
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        return list(read_arrow(path).column_names)  # which says what is wrong


def read_matrix(path: Path, key: str, axis: str, missing: bool) -> Table:
    """Read a modality: names in column ``key``, every other column a numeric feature.

    A cell may be empty only where ``missing`` says so; infinities never pass.
    """
    table = read_arrow(path, text=[key])
    _check_columns(path, table.column_names, [key])
    ids = table.column(key).to_pylist()
    check_key(path, ids, key)
    if not ids:
        raise MmdrpError(f"{path.name}: holds no rows, only a header")
    features = [name for name in table.column_names if name != key]
    if not features:
        raise MmdrpError(f"{path.name}: has no feature columns beside {key!r}")
    values = np.empty((len(features), len(ids)), dtype=np.float32)
    # `table.columns` once: looking 27,000 columns up by name takes longer than reading them.
    columns = (c for n, c in zip(table.column_names, table.columns, strict=True) if n != key)
    for row, name, column in zip(values, features, columns, strict=True):
        row[:] = numbers(path, name, column)
        if is_row_number(name, row):
            raise MmdrpError(f"{path.name}: column {name!r} only counts the rows; drop it")
    if np.isinf(values).any():
        j, i = map(int, np.argwhere(np.isinf(values))[0])
        raise MmdrpError(f"{cell(path, features[j], i, ids[i])}: infinite")
    if not missing and np.isnan(values).any():
        j, i = map(int, np.argwhere(np.isnan(values))[0])
        raise MmdrpError(
            f"{cell(path, features[j], i, ids[i])}: missing value; fill it, drop the line, or "
            "declare that it may have gaps: mmdrp data manifest FOLDER missing=[...]"
        )
    return Table(axis, ids, features, values.T)


def cell(path: Path, column: str, row: int, name: object = None) -> str:
    """Say where a value stands: file, column, and row counted from 1 below the header."""
    who = "" if name is None else f" ({name})"
    return f"{path.name}: column {column!r}, row {row + 1}{who}"


def _check_columns(path: Path, names: list[str], required: list[str]) -> None:
    if required and required[0] not in names and names and UNNAMED.fullmatch(names[0]):
        raise MmdrpError(
            f"{path.name}: has no column {required[0]!r}, and its first one has no name; if that "
            f"holds the ids, name it {required[0]!r}"
        )
    check_header(path, names, required)
    check_named(path, names)


def check_header(path: Path, names: list[str], required: Iterable[str]) -> None:
    """Refuse a table that lacks a required column or names one twice."""
    for name in required:
        if name not in names:
            shown = ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
            raise MmdrpError(f"{path.name}: has no column {name!r} (its columns: {shown})")
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise MmdrpError(f"{path.name}: column {name!r} stands there twice")
        seen.add(name)


def check_named(path: Path, names: Iterable[str]) -> None:
    """Refuse a column that has no name: what pandas and R write of an index, a stray comma."""
    for name in names:
        if UNNAMED.fullmatch(name):
            raise MmdrpError(
                f"{path.name}: a column {name!r} has no name, such as an index that was saved with "
                "the table; drop it, or name it"
            )


def check_key(path: Path, ids: list[str | None], key: str) -> None:
    """Refuse an empty or repeated name in the key column."""
    first: dict[str, int] = {}
    for i, name in enumerate(ids):
        if pd.isna(name) or not str(name).strip():
            raise MmdrpError(f"{cell(path, key, i)}: empty name")
        if name in first:
            raise MmdrpError(
                f"{cell(path, key, i, name)}: duplicate of row {first[name] + 1}; "
                "each name may stand once"
            )
        first[name] = i


def numbers(path: Path, name: str, column: pa.ChunkedArray) -> npt.NDArray[np.float32]:
    """Return a column as numbers, NaN where it is empty; its first text is refused by name."""
    kind = column.type
    if pa.types.is_null(kind):
        return np.full(len(column), np.nan, dtype=np.float32)
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        out: npt.NDArray[np.float32] = pc.cast(column, pa.float32(), safe=False).to_numpy()
        return out
    for i, value in enumerate(column.to_pylist()):
        try:
            float(value if value is not None else "nan")
        except (TypeError, ValueError):
            raise MmdrpError(f"{cell(path, name, i)}: {value!r} is not a number") from None
    raise MmdrpError(f"{path.name}: column {name!r} holds {kind}, not numbers")


def write_parquet(path: Path, frame: pd.DataFrame) -> None:
    """Write a small table."""
    frame.to_parquet(path, index=False, compression="zstd")


def write_matrix(path: Path, key: str, table: Table) -> None:
    """Write a modality: ``key`` first, then one column per feature (int8 where all are whole).

    Feather (Arrow's own format), for `pandas.read_feather`: 27,000 columns are read in a second,
    which takes Parquet five. Noise does not compress, so only whole numbers are.
    """
    values = table.values
    whole = bool(np.isfinite(values).all() and (values == np.rint(values)).all())
    small = whole and values.size > 0 and bool(np.abs(values).max() < 128)
    kept = np.ascontiguousarray((values.astype(np.int8) if small else values).T)
    arrow = pa.Table.from_arrays(
        [pa.array(list(table.ids), pa.string()), *map(pa.array, kept)],
        names=[key, *table.features],
    )
    pyarrow.feather.write_feather(
        arrow, path, compression="zstd" if small else "uncompressed", chunksize=max(len(kept.T), 1)
    )
