"""Predictions written block after block of samples, so that an interrupted run goes on."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mmdrp.io.files import whole
from mmdrp.io.folder import RESUME
from mmdrp.io.pieces import Pieces, link
from mmdrp.io.shards.blocks import parquet_files, row_groups, schema_of
from mmdrp.io.sums import is_sealed, seal
from mmdrp.prediction.ranked import ReadableTables
from mmdrp.progress import bar

PREDICTIONS = "predictions.parquet"


@dataclass(frozen=True)
class Blocks:
    """The blocks of samples that a process predicts."""

    numbers: range
    predicted: Callable[[int], pa.Table]
    question: str
    """fingerprint of all that decides a block"""
    partitioned: bool = False
    """each block becomes a file of a folder; else a row group of one file"""

    def write(self, folder: Path, readable: ReadableTables | None) -> int:
        """Write ``predictions.parquet``; blocks that are there already stay.

        Every block is handed to ``readable``, too. Return how many rows are extrapolated.
        """
        pieces = Pieces(folder / RESUME / "predict", self.question)
        files = [pieces.folder / file_of(number) for number in self.numbers]
        for number, path in zip(bar(self.numbers, "blocks of samples"), files, strict=True):
            if is_sealed(path):
                continue
            with whole(path) as half:
                table = self.predicted(number)
                write_block(table, half, "zstd" if self.partitioned else "lz4")
            seal(path)
        seen = ((pq.read_table(path), path) for path in files)
        beyond = gather(folder, seen, readable, self.partitioned)
        shutil.rmtree(pieces.folder)
        return beyond


def gather(
    folder: Path, blocks: Iterable[tuple[pa.Table, Path]], readable: ReadableTables | None,
    partitioned: bool,
) -> int:  # fmt: skip
    """Put blocks, each with the file that it lies in, together as ``predictions.parquet``.

    Return how many rows are extrapolated.
    """
    beyond = 0
    if partitioned:
        (folder / PREDICTIONS).mkdir()
        for table, path in blocks:
            link(path, folder / PREDICTIONS / path.name)
            beyond += _noted(table, readable)
    else:
        with whole(folder / PREDICTIONS) as half:
            writer: pq.ParquetWriter | None = None
            for table, _ in blocks:
                writer = writer or pq.ParquetWriter(
                    half, table.schema, compression="zstd", use_dictionary=_repeated(table.schema)
                )
                # One row group whatever its size: a sample's drugs stay together.
                writer.write_table(table, row_group_size=max(1, len(table)))
                beyond += _noted(table, readable)
            if writer is not None:
                writer.close()
    if readable is not None:
        readable.close()
    return beyond


def file_of(number: int) -> str:
    """Return the name of a block's file; in the order of names they are in that of numbers."""
    return f"block-{number:06d}.parquet"


def write_block(table: pa.Table, path: Path, compression: str) -> None:
    """Write one block as a file with one row group."""
    names = _repeated(table.schema)
    pq.write_table(
        table,
        path,
        compression=compression,
        use_dictionary=names,
        row_group_size=max(1, len(table)),
    )


def blocks_in(path: Path) -> Iterator[tuple[pa.Table, Path]]:
    """Yield the blocks of a ``predictions.parquet``, a file or a folder."""
    for file in parquet_files(path):
        for table in row_groups(file):
            yield table, file


def outside_samples(path: Path) -> list[str]:
    """Return the samples of a file of predictions that are marked as unlike training."""
    if "outside" not in schema_of(path).names:
        return []
    found: dict[str, None] = {}
    for table in row_groups(path, ["cell", "outside"]):
        cells = pc.unique(table.filter(table["outside"])["cell"])
        found |= dict.fromkeys(map(str, cells.to_pylist()))
    return list(found)


def _noted(table: pa.Table, readable: ReadableTables | None) -> int:
    if readable is not None:
        readable.add(table.to_pandas())
    return pc.sum(table["extrapolated"]).as_py() or 0


def _repeated(schema: pa.Schema) -> list[str]:
    """Return the columns whose values repeat: ids and names; numbers hardly do."""
    return [field.name for field in schema if not pa.types.is_floating(field.type)]
