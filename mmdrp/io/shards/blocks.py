"""A table that is one Parquet file, or a folder of them, read block after block."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from mmdrp.io.sums import check_unchanged


def parquet_files(path: Path) -> list[Path]:
    """Return a Parquet file, or the files of a folder of them in the order of their names."""
    return sorted(path.glob("*.parquet")) if path.is_dir() else [path]


def rows_of(path: Path) -> int:
    """Return how many rows there are; no row is read."""
    return sum(int(pq.read_metadata(file).num_rows) for file in parquet_files(path))


def row_groups(path: Path, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """Yield row group after row group, so that one of them is in memory."""
    for file in parquet_files(path):
        with pq.ParquetFile(file) as opened:
            for number in range(opened.num_row_groups):
                yield opened.read_row_group(
                    number, columns=None if columns is None else list(columns)
                )


def schema_of(path: Path) -> pa.Schema:
    """Return columns and metadata."""
    return pq.read_schema(parquet_files(path)[0])


def check_files(path: Path) -> None:
    """Refuse what has changed since it was written."""
    for file in parquet_files(path):
        check_unchanged(file)
