"""Where the tables of an attribution go while it runs: files that grow, or memory."""

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mmdrp.io.files import file_name
from mmdrp.io.pieces import link

LONG, RANKING, SHARES, GAPS = (
    "attributions.parquet", "rankings.parquet", "shares.parquet", "completeness.parquet",
)  # fmt: skip
TISSUES, LINES = "rankings_tissue.parquet", "rankings_line.parquet"


class Store(Protocol):
    """Tables by the name of their file, written frame by frame and read as a whole."""

    def __enter__(self) -> Self:
        """Begin."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        """End; after an error nothing stays."""
        ...

    def add(self, name: str, frame: pd.DataFrame) -> None:
        """Add rows to a table."""
        ...

    def end(self, name: str) -> None:
        """Say that a table is complete."""
        ...

    def adopt(self, name: str, file: Path) -> None:
        """Take a table that is complete, in a file."""
        ...

    def path(self, name: str) -> Path:
        """Return the file of a table, where it has one."""
        ...

    def has(self, name: str) -> bool:
        """Whether there is such a table."""
        ...

    def read(self, name: str, drug: str | None = None) -> pd.DataFrame:
        """Return a table, or its rows of one drug."""
        ...

    def write(self, folder: Path) -> None:
        """Put all tables into a folder."""
        ...


class FileStore:
    """Parquet files that grow, and take their names when they are whole."""

    def __init__(self, out: Path, attrs: Mapping[str, str]) -> None:
        self.out, self.attrs = out, attrs
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._names: set[str] = set()

    def __enter__(self) -> Self:
        self.out.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        for name in list(self._writers):
            writer = self._writers.pop(name)
            writer.close()
            if kind is None:
                os.replace(_half(self.out / name), self.out / name)
        if kind is not None:
            shutil.rmtree(self.out / LONG, ignore_errors=True)
            for name in self._names:
                for path in (self.out / name, _half(self.out / name)):
                    path.unlink(missing_ok=True)

    def add(self, name: str, frame: pd.DataFrame) -> None:
        """Add rows to a file; names are stored once per block, and read back as text."""
        path, table = _half(self.out / name), plain(frame, self.attrs)
        if name not in self._writers:
            path.parent.mkdir(exist_ok=True)
            self._names.add(name)
            self._writers[name] = pq.ParquetWriter(path, table.schema, compression="zstd")
        self._writers[name].write_table(table.cast(self._writers[name].schema))

    def end(self, name: str) -> None:
        """Close a file, so that not all of them are open at once."""
        if name in self._writers:
            self._writers.pop(name).close()
            os.replace(_half(self.out / name), self.out / name)

    def adopt(self, name: str, file: Path) -> None:
        """Take a file that is whole already."""
        path = self.out / name
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        self._names.add(name)
        link(file, path)

    def path(self, name: str) -> Path:
        """Return the file."""
        return self.out / name

    def has(self, name: str) -> bool:
        """Whether there is such a file or folder."""
        return any(n == name or n.startswith(f"{name}/") for n in self._names)

    def read(self, name: str, drug: str | None = None) -> pd.DataFrame:
        """Read a file, or its row group of one drug."""
        filters = None if drug is None else [("drug", "==", drug)]
        return pd.read_parquet(self.out / name, filters=filters)

    def write(self, folder: Path) -> None:
        """Copy the files into another folder; into their own there is nothing to do."""
        if folder.resolve() == self.out.resolve():
            return
        for name in sorted(self._names):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.out / name, folder / name)


class MemoryStore:
    """Tables in memory; that of all attributions only where it is kept (``long``)."""

    def __init__(self, attrs: Mapping[str, str], long: bool) -> None:
        self.attrs, self.long = attrs, long
        self._tables: dict[str, list[pa.Table]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        return None

    def add(self, name: str, frame: pd.DataFrame) -> None:
        """Add rows."""
        if name.startswith(LONG) and not self.long:
            return
        table, there = plain(frame, self.attrs), self._tables.setdefault(name, [])
        there.append(table.cast(there[0].schema) if there else table)

    def end(self, name: str) -> None:
        """Nothing is open."""

    def adopt(self, name: str, file: Path) -> None:
        """Read a file."""
        self.add(name, pd.read_parquet(file))

    def path(self, name: str) -> Path:
        """Refuse: what is in memory has no file."""
        raise FileNotFoundError(name)

    def has(self, name: str) -> bool:
        """Whether there is such a table, or one of several files."""
        return bool(self._parts(name))

    def read(self, name: str, drug: str | None = None) -> pd.DataFrame:
        """Return the table, or the rows of one drug."""
        parts = [t for tables in self._parts(name).values() for t in tables]
        if drug is not None:
            parts = [t.filter(pc.equal(t["drug"], drug)) for t in parts]
        frame: pd.DataFrame = pa.concat_tables(parts).to_pandas()
        frame.attrs.update(self.attrs)
        return frame

    def write(self, folder: Path) -> None:
        """Write every table, a row group for each frame that was added."""
        for name, tables in self._tables.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            with pq.ParquetWriter(folder / name, tables[0].schema, compression="zstd") as writer:
                for table in tables:
                    writer.write_table(table)

    def _parts(self, name: str) -> dict[str, list[pa.Table]]:
        inside = f"{name}/"
        return {n: t for n, t in self._tables.items() if n == name or n.startswith(inside)}


def _half(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def long_name(drug: str, drugs: Iterable[str] = ()) -> str:
    """Return the file of a drug's long table, one of a folder of these drugs.

    Readers of such a folder pass over names that begin with a dot or an underscore: none does.
    """
    return f"{LONG}/{file_name(drug, drugs)}.parquet"


def plain(frame: pd.DataFrame, attrs: Mapping[str, Any]) -> pa.Table:
    """Return a table whose categories are text, so that any reader can join files.

    ``attrs`` (unit and direction of the response) come back as ``DataFrame.attrs``.
    """
    table = pa.Table.from_pandas(frame, preserve_index=False)
    for i, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(i, field.name, table.column(i).cast(pa.string()))
    return table.replace_schema_metadata({"PANDAS_ATTRS": json.dumps(dict(attrs))})
