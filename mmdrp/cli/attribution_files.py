"""The tables of ``mmdrp attribute``, streamed to disk drug by drug."""

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mmdrp.attribution.ranking import DrugAttribution

LONG, RANKING, SHARES, GAPS = (
    "attributions.parquet", "rankings.parquet", "shares.parquet", "completeness.parquet",
)  # fmt: skip
TISSUES, LINES = "rankings_tissue.parquet", "rankings_line.parquet"


class Files:
    """Parquet files that grow; if the work is cut off, none of them stays."""

    def __init__(self, out: Path, long: bool = True) -> None:
        self.out, self.long = out, long
        self._writers: dict[Path, pq.ParquetWriter] = {}

    def __enter__(self) -> Self:
        if self.long:
            (self.out / LONG).mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        for writer in self._writers.values():
            writer.close()
        if kind is not None:
            shutil.rmtree(self.out / LONG, ignore_errors=True)
            for path in self._writers:
                with contextlib.suppress(FileNotFoundError):
                    path.unlink()

    def sink(self, drug: str) -> Callable[[pd.DataFrame], None]:
        """Return what takes a drug's long table, block by block, into a file of its own."""
        return lambda frame: self.add(f"{LONG}/{quote(drug, safe=' ()+-,.')}.parquet", frame)

    def close(self, drug: str) -> None:
        """End a drug's file, so that no more than one is open."""
        path = self.out / f"{LONG}/{quote(drug, safe=' ()+-,.')}.parquet"
        if path in self._writers:
            self._writers.pop(path).close()

    def add(self, name: str, frame: pd.DataFrame) -> None:
        """Add rows to a file; names are stored once per block, and read back as text."""
        path = self.out / name
        table = _plain(pa.Table.from_pandas(frame, preserve_index=False))
        if path not in self._writers:
            self._writers[path] = pq.ParquetWriter(path, table.schema, compression="zstd")
        self._writers[path].write_table(table.cast(self._writers[path].schema))


def _plain(table: pa.Table) -> pa.Table:
    """Return categories as text, for files that any reader can join."""
    for i, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(i, field.name, table.column(i).cast(pa.string()))
    return table.replace_schema_metadata(None)


def gaps(done: DrugAttribution) -> pd.DataFrame:
    """Return how far the shares of each line miss the change in its prediction."""
    return pd.DataFrame(
        {
            "cell": np.asarray(done.job.cells, dtype=object),
            "drug": done.job.drug,
            "change": done.change.numpy(),
            "gap": done.gap.numpy(),
        }
    )


def worst(done: DrugAttribution) -> dict[str, object]:
    """Return the largest gap of a drug, also as a share of the range of its predictions."""
    change, gap = done.change, done.gap.abs()
    spread = float(change.max() - change.min()) or 1.0
    largest = float(gap.max()) if bool(gap.isfinite().all()) else np.nan
    return {
        "drug": done.job.drug,
        "lines": len(done.job.cells),
        "largest_gap": largest,
        "gap_of_range": largest / spread,
    }
