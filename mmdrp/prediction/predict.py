"""A trained model on a folder of new samples, and of new drugs: predictions streamed to a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from matplotlib.figure import Figure

from mmdrp.data.drugs import resolve
from mmdrp.data.source import Table
from mmdrp.errors import OptionError
from mmdrp.io.folder import output_folder
from mmdrp.io.pieces import fingerprint
from mmdrp.nn.interval import LEVEL
from mmdrp.options import Count, Range, Share, checked
from mmdrp.prediction.clusters import summed, write_cells
from mmdrp.prediction.density import densities
from mmdrp.prediction.folder import (
    annotated,
    check_tissue,
    read_column,
    read_drugs,
    read_samples,
    stated_units,
)
from mmdrp.prediction.ranked import ReadableTables
from mmdrp.prediction.shift import Method, shifted
from mmdrp.prediction.written import PREDICTIONS, outside_samples, write_blocks
from mmdrp.training.checkpoint import restore
from mmdrp.training.info import CheckpointInfo
from mmdrp.training.model.inputs import drugs_described, matched
from mmdrp.training.model.predicting import (
    known_to_base,
    predict_grid,
    samples_of,
    say_outside,
    standing,
    warn_extrapolated,
)
from mmdrp.training.model.samples import handed
from mmdrp.training.runs import described

MAX_CSV = 1_000_000
"""rows that are written as CSV, too"""
MAX_DRAWN = 1_000_000
"""predictions that a density is drawn from, evenly spread over the file"""


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
        pred = pq.read_table(self.path, columns=["pred"])["pred"].to_numpy()
        pred, measured = pred[np.isfinite(pred)], self.info.measured
        if not measured or len(pred) < 2:
            return None
        pred = pred[:: max(1, len(pred) // MAX_DRAWN)]
        # The checkpoint keeps quantiles: as many evenly spaced ones are a sample of the responses.
        sample = np.interp(np.linspace(0, 1, 20_000), np.linspace(0, 1, len(measured)), measured)
        n = f"predicted, {len(self.samples)} samples x {len(self.drugs)} drugs"
        named = {"measured in lines of training": sample, n: pred}
        return densities(named, self.label, f"Predicted {self.label}")


@checked
def predict_folder(
    run: str | Path,
    data: str | Path | Mapping[str, Any],
    out: str | Path,
    *,
    tissue: str | None = None,
    group: str | None = None,
    drugs: Sequence[str] | None = None,
    min_features: Annotated[float, Range(least=0, most=1)] = 0.5,
    known_lines: bool = True,
    block: Count = 256,
    complete: bool | None = None,
    units: Mapping[str, str] | None = None,
    max_outside: Annotated[float, Range(least=0, most=1)] = 0.5,
    binarise: Sequence[str] = (),
    level: Share = LEVEL,
    align: Method = "none",
    align_within: str | None = None,
    csv: bool | None = None,
    top: Annotated[int, Range(least=0)] = 10,
    overwrite: bool = False,
) -> FolderPredictions:
    """Predict samples, block after block, into ``out/predictions.parquet``.

    ``run`` is a run folder or checkpoint. ``data`` is a folder with expression.csv, mutation.tsv,
    ... and, for pairs, drugs.csv (a manifest there states units), or modality -> file or frame.
    ``tissue`` is that of all samples, where no cells table says it of each. ``group`` sums the
    single cells of an ``.h5ad`` file of expression by a column of ``.obs``, and writes
    ``predicted.h5ad``. ``align`` moves
    features as ``align_samples`` does, and takes another unit, too; ``align_within`` is a column
    of the cells table. The other options are those of ``ResponseModel.predict``.

    Beside it stand ``predictions.csv`` (``csv``; None: up to a million rows) and ``top_drugs.csv``,
    the ``top`` drugs that each sample is unusually sensitive to.

    Where it was interrupted it goes on with the blocks that are not done; a finished ``out`` is
    replaced only with ``overwrite``.
    """
    check_align(align, align_within)
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
    if drugs is not None and not info.pairs:
        resolve(list(drugs), info.drugs, info.names)
    groups = None if align_within is None else read_column(folder, align_within, "align_within")
    kinds = None if groups is None else {str(k): str(v) for k, v in groups.items()}
    found = handed(data, info) if folder is None else read_samples(folder, info)
    annotation = annotated(folder, info, found.tables, tissue)
    given = found.said(said, max_outside, binarise, align)
    sources = matched(restored, found.tables, min_features, annotation, given)
    sources, shift = shifted(restored, sources, align, kinds)
    ids, names = info.drugs, info.names
    if info.pairs:
        smiles, table = read_drugs(folder, info)
        sources |= drugs_described(restored, smiles, table)
        ids = list(smiles)
        if "name" in table:
            names = {str(d): str(n) for d, n in table["name"].dropna().items()}
    wanted = ids if drugs is None else resolve(list(drugs), ids, names)
    samples = samples_of(restored, sources, complete)
    known = known_to_base(restored, samples, known_lines)
    blocks = [samples[i : i + block] for i in range(0, len(samples), block)]

    def predicted(number: int) -> pa.Table:
        frame = predict_grid(restored, sources, blocks[number], wanted, known, level)
        called = [names.get(drug, "") for drug in wanted]
        frame.insert(2, "name", pd.Series(called * len(blocks[number]), dtype="category"))
        frame = standing(frame, info)
        arrow = pa.Table.from_pandas(frame, preserve_index=False)
        return arrow.replace_schema_metadata(described(info, arrow))

    tables_of = (t for s in sources.values() if isinstance(s, Table) for t in (s.ids, s.values))
    decided = (info.spec, info.smiles, samples, wanted, known, block, level)
    weights = restored.net.state_dict().values()
    question = fingerprint([*weights, *decided, *tables_of])
    with output_folder(out, "predict", overwrite=overwrite) as folder:
        readable = len(samples) * len(wanted) <= MAX_CSV if csv is None else csv
        tables = ReadableTables(folder, info, readable, top)
        beyond = write_blocks(folder, len(blocks), predicted, question, tables)
        if cells is not None and group is not None:
            write_cells(cells, group, folder / PREDICTIONS)
    warn_extrapolated(info, beyond, len(samples) * len(wanted))
    say_outside(outside_samples(out / PREDICTIONS))
    return FolderPredictions(out / PREDICTIONS, samples, wanted, shift, info)


def check_align(align: str, align_within: str | None) -> None:
    """Refuse cohorts where nothing is moved."""
    if align_within is not None and align == "none":
        raise OptionError(f"align_within={align_within}: needs align=zscore or align=quantile")
