"""Rows of a large binary table by their ids, so that never more than those are in memory."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from mmdrp.data.source import Table
from mmdrp.data.tables import cell, check_header, check_key, check_named, columns, numbers
from mmdrp.errors import MmdrpError

BINARY = (".parquet", ".feather")
Part = Callable[[Sequence[str] | None], pa.Table]
"""reads some columns, or all, of a part of a file"""


class RowReader:
    """A modality in a Parquet or Feather file: names in column ``key``, features in the others.

    Memory is that of the rows asked for, and of one row group (Parquet) or batch (Feather).
    """

    def __init__(self, path: Path, key: str = "cell") -> None:
        if path.suffix not in BINARY:
            raise MmdrpError(
                f"{path.name}: text is read whole; write it as Parquet, or leave out chunk="
            )
        self.path, self.key = path, key
        try:
            self._parts = _parquet(path) if path.suffix == ".parquet" else _feather(path)
            self.features = [name for name in _names(path, key) if name != key]
            own = [part([key]).column(key).cast(pa.string()).to_pylist() for part in self._parts]
        except (pa.ArrowException, OSError) as error:
            raise MmdrpError(f"{path.name}: not a readable table") from error
        self.ids = [name for ids in own for name in ids]
        check_key(path, list(self.ids), key)
        self._own = [np.array(ids, dtype=object) for ids in own]

    def read(self, ids: Sequence[str]) -> Table:
        """Return the rows of these ids that are there, in the order of the file."""
        wanted = set(ids)
        names: list[str] = []
        values: list[npt.NDArray[np.float32]] = []
        for part, own in zip(self._parts, self._own, strict=True):
            rows = np.flatnonzero([name in wanted for name in own])
            if len(rows):
                table = part(None).take(pa.array(rows))
                names += own[rows].tolist()
                values.append(self._values(table, names[-len(rows) :]))
        empty = np.zeros((0, len(self.features)), dtype=np.float32)
        return Table("cell", names, self.features, np.concatenate(values) if values else empty)

    def _values(self, table: pa.Table, ids: Sequence[str]) -> npt.NDArray[np.float32]:
        out = np.empty((len(table), len(self.features)), dtype=np.float32)
        there = dict(zip(table.column_names, table.columns, strict=True))
        for j, name in enumerate(self.features):
            out[:, j] = numbers(self.path, name, there[name])
        if np.isinf(out).any():
            i, j = map(int, np.argwhere(np.isinf(out))[0])
            raise MmdrpError(f"{cell(self.path, self.features[j], i, ids[i])}: infinite")
        return out


def _names(path: Path, key: str) -> list[str]:
    names = columns(path)
    check_header(path, names, [key])
    check_named(path, names)
    return names


def _parquet(path: Path) -> list[Part]:
    opened = pq.ParquetFile(path)
    return [partial(_row_group, opened, i) for i in range(opened.num_row_groups)]


def _row_group(opened: pq.ParquetFile, number: int, names: Sequence[str] | None) -> pa.Table:
    return opened.read_row_group(number, columns=None if names is None else list(names))


def _feather(path: Path) -> list[Part]:
    with pa.memory_map(str(path)) as stream:
        count = pa.ipc.open_file(stream).num_record_batches
    return [partial(_batch, path, i) for i in range(count)]


def _batch(path: Path, number: int, names: Sequence[str] | None) -> pa.Table:
    """Read a batch from a mapped file: of an uncompressed one only what is used is loaded."""
    stream = pa.memory_map(str(path))
    schema = pa.ipc.open_file(stream).schema
    fields = None if names is None else [schema.get_field_index(name) for name in names]
    options = pa.ipc.IpcReadOptions(included_fields=fields or [])
    batch = pa.ipc.open_file(stream, options=options).get_batch(number)
    return pa.Table.from_batches([batch])
