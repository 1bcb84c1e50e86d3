"""Predictions written block after block of samples, so that an interrupted run goes on."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mmdrp.io.files import whole
from mmdrp.io.folder import RESUME
from mmdrp.io.pieces import Pieces
from mmdrp.io.sums import is_sealed, seal
from mmdrp.prediction.ranked import ReadableTables
from mmdrp.progress import bar

PREDICTIONS = "predictions.parquet"


def write_blocks(
    folder: Path, count: int, predicted: Callable[[int], pa.Table], question: str,
    readable: ReadableTables,
) -> int:  # fmt: skip
    """Write ``predictions.parquet``, a row group per block; blocks that are there stay.

    ``question`` is a fingerprint of all that decides a block: those of another one go. Every block
    is handed to ``readable``, too. Return how many rows are extrapolated.
    """
    pieces = Pieces(folder / RESUME / "predict", question)
    for number in bar(range(count), "blocks of samples"):
        if is_sealed(pieces.folder / f"{number}.parquet"):
            continue
        with whole(pieces.folder / f"{number}.parquet") as half:
            table = predicted(number)
            pq.write_table(table, half, compression="lz4", use_dictionary=_repeated(table.schema))
        seal(pieces.folder / f"{number}.parquet")
    beyond = 0
    with whole(folder / PREDICTIONS) as half:
        writer: pq.ParquetWriter | None = None
        for number in range(count):
            table = pq.read_table(pieces.folder / f"{number}.parquet")
            writer = writer or pq.ParquetWriter(
                half, table.schema, compression="zstd", use_dictionary=_repeated(table.schema)
            )
            writer.write_table(table)
            readable.add(table.to_pandas())
            beyond += pc.sum(table["extrapolated"]).as_py() or 0
        if writer is not None:
            writer.close()
    readable.close()
    shutil.rmtree(pieces.folder)
    return beyond


def _repeated(schema: pa.Schema) -> list[str]:
    """Return the columns whose values repeat: ids and names; numbers hardly do."""
    return [field.name for field in schema if not pa.types.is_floating(field.type)]


def outside_samples(path: Path) -> list[str]:
    """Return the samples of a file of predictions that are marked as unlike training."""
    if "outside" not in pq.read_schema(path).names:
        return []
    table = pq.read_table(path, columns=["cell", "outside"])
    return list(map(str, pc.unique(table.filter(table["outside"])["cell"]).to_pylist()))
