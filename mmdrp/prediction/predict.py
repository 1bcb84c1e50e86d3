"""A trained model on a folder of new samples, and of new drugs: predictions streamed to a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from matplotlib.figure import Figure

from mmdrp.data.drugs import resolve
from mmdrp.data.source import Table
from mmdrp.data.sources import Sources
from mmdrp.errors import OptionError
from mmdrp.io.folder import output_folder
from mmdrp.io.pieces import fingerprint
from mmdrp.io.shards import Shard, ShardRecord
from mmdrp.nn.interval import LEVEL
from mmdrp.options import Count, Range, Share, checked
from mmdrp.prediction.chunks import SampleChunks
from mmdrp.prediction.clusters import summed, write_cells
from mmdrp.prediction.density import predicted_density
from mmdrp.prediction.folder import (
    annotated,
    check_tissue,
    read_column,
    read_drugs,
    read_samples,
    stated_units,
)
from mmdrp.prediction.grid import ChunkedGrid, Grid
from mmdrp.prediction.ranked import ReadableTables
from mmdrp.prediction.shift import Method, shifted
from mmdrp.prediction.written import PREDICTIONS, Blocks, outside_samples
from mmdrp.training.checkpoint import restore
from mmdrp.training.info import CheckpointInfo
from mmdrp.training.model.inputs import drugs_described, matched
from mmdrp.training.model.predicting import (
    known_to_base,
    samples_of,
    say_outside,
    warn_extrapolated,
)
from mmdrp.training.model.samples import Handed, handed
from mmdrp.training.reference.embedded import further_table

NOT_DECIDING = ("shard", "overwrite")
"""options that parts of one work need not share"""
MAX_CSV = 1_000_000
"""rows that are written as CSV, too"""


@dataclass(frozen=True)
class FolderPredictions:
    """Where predictions lie, and what they are."""

    path: Path
    """``cell, drug, name, pred, percentile, z, extrapolated`` and, where there is a base, ``lower,
    upper, sd, outside``; its metadata say ``mmdrp.measure``, ``mmdrp.unit``,
    ``mmdrp.higher`` and ``mmdrp.units``, those of the modalities learned from"""
    samples: list[str]
    drugs: list[str]
    shift: pd.DataFrame
    """per modality and feature, how the samples differ from the lines of training"""
    info: CheckpointInfo

    @property
    def label(self) -> str:
        """Return measure and unit, such as ``ic50 (ln uM)``."""
        measure, unit = self.info.spec.data.measure, self.info.unit
        return f"{measure} ({unit})" if unit else measure

    def density(self) -> Figure | None:
        """Draw predictions over what was measured in the lines of training (DeepDR, Figure 2a).

        None where there is nothing to draw: fewer than two predictions.
        """
        return predicted_density(
            self.path, self.info.measured, self.label, len(self.samples), len(self.drugs)
        )

    def record(
        self, grid: Grid, shard: Shard, options: Mapping[str, Any], csv: bool
    ) -> ShardRecord:  # fmt: skip
        """Return what this is a part of, and what putting the parts together needs."""
        facts = {
            "samples": len(self.samples), "drugs": len(self.drugs), "csv": csv,
            "measured": list(self.info.measured), "label": self.label, "unit": self.info.unit,
            "higher": self.info.higher,
        }  # fmt: skip
        return ShardRecord("predict", shard, grid.model, grid.inputs, options, facts)


@checked
def predict_folder(
    run: str | Path,
    data: str | Path | Mapping[str, Any],
    out: str | Path,
    *,
    tissue: str | None = None,
    group: str | None = None,
    drugs: Sequence[str] | None = None,
    embedding: str | Path | None = None,
    min_features: Annotated[float, Range(least=0, most=1)] = 0.5,
    known_lines: bool = True,
    block: Count = 256,
    complete: bool | None = None,
    units: Mapping[str, str] | None = None,
    max_outside: Annotated[float, Range(least=0, most=1)] = 0.5,
    binarise: Sequence[str] = (),
    level: Share | None = LEVEL,
    align: Method = "none",
    align_within: str | None = None,
    csv: bool | None = None,
    top: Annotated[int, Range(least=0)] = 10,
    partitioned: bool = False,
    chunk: Count | None = None,
    shard: str | None = None,
    overwrite: bool = False,
) -> FolderPredictions:
    """Predict samples, block after block, into ``out/predictions.parquet``.

    ``run`` is a run folder or checkpoint. ``data`` is a folder with expression.csv, mutation.tsv,
    ... and, for pairs, drugs.csv (a manifest there states units), or modality -> file or frame.
    ``tissue`` is that of all samples, where no cells table says it of each. ``group`` sums the
    single cells of an ``.h5ad`` file of expression by a column of ``.obs``, and writes
    ``predicted.h5ad``. ``align`` moves
    features as ``align_samples`` does, and takes another unit, too; ``align_within`` is a column
    of the cells table. ``embedding`` is a table of new drugs, for a model that was trained with one
    (``drug=table``). The other options are those of ``ResponseModel.predict``.

    ``partitioned`` makes that a folder of one file per block, which any reader of Parquet takes as
    one table. ``shard="3/16"`` predicts the third of sixteen parts of the blocks; `merge_shards`
    puts all parts together, equal to one process byte for byte. Each part reads all samples.

    ``chunk`` samples are read at a time from Parquet or Feather files (None: the whole tables), so
    that memory does not grow with their number; what is refused is then judged chunk by chunk, and
    no shift is reported.

    Beside it stand ``predictions.csv`` (``csv``; None: up to a million rows) and ``top_drugs.csv``,
    the ``top`` drugs that each sample is unusually sensitive to.

    Where it was interrupted it goes on with the blocks that are not done; a finished ``out`` is
    replaced only with ``overwrite``.
    """
    asked = {k: v for k, v in locals().items() if k not in ("run", "data", "out", *NOT_DECIDING)}
    check_align(align, align_within)
    part = None if shard is None else Shard.parse(shard)
    if part is not None and group is not None:
        raise OptionError("group: single cells are summed in one process; leave out shard")
    restored, out = restore(run), Path(out)
    info = restored.info
    folder = Path(data) if isinstance(data, str | Path) and Path(data).suffix != ".h5mu" else None
    cells = None
    if group is not None:
        cells, data = summed(data, group)
        units = {"expression": "counts", **(units or {})}
    # What is cheap to look at comes before a table that may be large.
    said = stated_units(folder, info, units)
    check_tissue(info, tissue)
    further_table(embedding, info.spec.data.drug)
    if drugs is not None and not info.pairs:
        resolve(list(drugs), info.drugs, info.names)
    groups = None if align_within is None else read_column(folder, align_within, "align_within")
    kinds = None if groups is None else {str(k): str(v) for k, v in groups.items()}
    chunks = None if chunk is None else SampleChunks.open(folder, info, align, group)
    found = _found(data, folder, info) if chunks is None else Handed({})
    given = found.said(said, max_outside, binarise, align)

    def described(tables: Mapping[str, Table]) -> Sources:
        annotation = annotated(folder, info, tables, tissue)
        return matched(restored, tables, min_features, annotation, given)

    sources: Sources = {} if chunks else described(found.tables)
    sources, shift = shifted(restored, sources, align, kinds)
    ids, names = info.drugs, info.names
    if info.pairs:
        smiles, table = read_drugs(folder, info)
        sources |= drugs_described(restored, smiles, table, embedding)
        ids = list(smiles)
        if "name" in table:
            names = {str(d): str(n) for d, n in table["name"].dropna().items()}
    wanted = ids if drugs is None else resolve(list(drugs), ids, names)
    samples = samples_of(restored, chunks.keys if chunks else sources, complete)
    known = known_to_base(restored, samples, known_lines)
    grid = Grid(restored, sources, samples, wanted, names, known, block, level)
    if chunks is not None and chunk is not None:
        grid = ChunkedGrid(
            **vars(grid), chunk=max(1, chunk // block) * block, files=chunks.paths,
            load=lambda cells: described(chunks.tables(cells)),
        )  # fmt: skip
    numbers = range(grid.count) if part is None else part.of(grid.count, f"blocks (block={block})")
    readable = len(samples) * len(wanted) <= MAX_CSV if csv is None else csv
    question = fingerprint([grid.model, grid.inputs, block, level, partitioned])
    with output_folder(out, "predict", overwrite=overwrite) as folder:
        tables = ReadableTables(folder, info.unit, info.higher, readable, top)
        work = Blocks(numbers, grid.predicted, question, partitioned)
        beyond = work.write(folder, None if part else tables)
        if cells is not None and group is not None:
            write_cells(cells, group, folder / PREDICTIONS)
        done = FolderPredictions(out / PREDICTIONS, samples, wanted, shift, info)
        if part is not None:
            done.record(grid, part, asked, readable).write(folder)
    warn_extrapolated(info, beyond, grid.rows(numbers))
    say_outside(outside_samples(out / PREDICTIONS))
    return done


def _found(data: Any, folder: Path | None, info: CheckpointInfo) -> Handed:
    return handed(data, info) if folder is None else read_samples(folder, info)


def check_align(align: str, align_within: str | None) -> None:
    """Refuse cohorts where nothing is moved."""
    if align_within is not None and align == "none":
        raise OptionError(f"align_within={align_within}: needs align=zscore or align=quantile")
