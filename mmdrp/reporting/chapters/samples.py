"""Folders of ``mmdrp predict``: new samples, their drugs, and how unlike training they are."""

from collections.abc import Sequence

import numpy as np

from mmdrp.reporting.charts import histogram
from mmdrp.reporting.folders import Folder
from mmdrp.reporting.numbers import table_of
from mmdrp.reporting.page import Block, Figure, Section, Text

ROWS, SHIFTED = 1000, 100
DRUGS = {
    "cell": "the sample",
    "rank": "the most unusual first",
    "drug": "",
    "name": "of the drug",
    "pred": "predicted response",
    "unit": "of the response",
    "percentile": "among the cell lines' measured responses to that drug; low is unusual",
    "z": "the same, in standard deviations from their mean",
    "lower": "of the interval",
    "upper": "of the interval",
    "outside": "the sample is unlike all of training: do not trust the interval",
}
SHIFT = {
    "feature": "",
    "source": "modality",
    "stage": "before or after alignment",
    "n": "new samples that have it",
    "mean_lines": "mean of the training lines",
    "mean_new": "mean of the new samples",
    "shift": "difference of the means, in the lines' standard deviations",
    "outside": "share of values outside the lines' range",
}


def samples(folders: Sequence[Folder], every: Sequence[Folder]) -> list[Section]:
    """Return the sections of predictions for new samples."""
    del every
    folder = folders[0]
    table = folder.frame("predictions.parquet", "cell", "drug", "pred")
    assert table is not None
    many = f"{table['cell'].nunique()} samples x {table['drug'].nunique()} drugs: {len(table)} "
    blocks: list[Block] = [Text(many + f"predictions of {folder.said.get('measure', 'response')} "
                                f"({folder.said.get('unit') or 'unit not stated'}).")]  # fmt: skip
    if "outside" in table:
        odd = sorted(map(str, table.loc[table["outside"] == 1, "cell"].unique()))
        few = ", ".join(odd[:10]) + (", ..." if len(odd) > 10 else "")
        blocks.append(
            Text(f"{len(odd)} samples are unlike all of training{': ' * bool(odd)}{few}.")
        )
    return [
        Section("What was predicted", blocks),
        Section("Unusual sensitivities", _top(folder)),
        Section("How the samples differ from the lines of training", _shift(folder)),
    ]


def _top(folder: Folder) -> list[Block]:
    texts = ("cell", "drug", "name", "unit")
    best = folder.frame("top_drugs.csv", "cell", "drug", "z", text=texts)
    if best is None or best.empty:
        return [Text("Not in this folder: no top_drugs.csv (top=10 writes it).", missing=True)]
    shown = best.sort_values("z", key=np.abs, ascending=False).head(ROWS)
    few = f" (the {ROWS} most unusual of {len(best)})" if len(best) > ROWS else ""
    lead = "Drugs that a sample is more sensitive to than most lines are, by percentile and z. "
    lead += "This is research, not medical advice."
    return [Text(lead), table_of(shown, f"Unusual sensitivities{few}", DRUGS)]


def _shift(folder: Folder) -> list[Block]:
    shift = folder.frame("shift.csv", "source", "feature", "shift", text=("source", "stage",
                                                                          "feature"))  # fmt: skip
    if shift is None or shift.empty:
        return [Text("Not in this folder: no shift.csv.", missing=True)]
    finite = shift["shift"].replace([np.inf, -np.inf], np.nan).dropna()
    blocks: list[Block] = []
    if len(finite):
        inside = finite.clip(*np.quantile(finite, [0.005, 0.995])).to_numpy(float)
        title = f"Shift of {len(finite)} features, in standard deviations of the lines"
        drawn = histogram(inside, "shift of the mean (sd)", title, upwards="features")
        blocks.append(Figure(drawn, f"{title}; 0 is as in training. The outermost 1 % stand at "
                             "the ends."))  # fmt: skip
    top = shift.loc[shift["shift"].abs().sort_values(ascending=False).index].head(SHIFTED)
    return [*blocks, table_of(top, f"The {len(top)} features that differ most", SHIFT)]
