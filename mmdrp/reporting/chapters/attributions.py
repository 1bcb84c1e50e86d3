"""Folders of ``mmdrp attribute``: what drives each drug's predictions, and known biology."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mmdrp.attribution.plots.molecule import molecule
from mmdrp.errors import MmdrpError
from mmdrp.reporting.charts import bars
from mmdrp.reporting.folders import Folder
from mmdrp.reporting.numbers import figure, table_of
from mmdrp.reporting.page import Block, Figure, Head, Picture, Section, Table, Text

MANY, EACH, FEW = 100, 10, 5
"""with more than MANY drugs FEW features of each are listed, else EACH"""
MOLECULES = 24
TEXTS = ("drug", "source", "feature")
BIOMARKERS = {
    "drug": "",
    "feature": "",
    "source": "modality",
    "rank": "by the mean size of the feature's part",
    "high_means": "what a high value, or the mutation, goes with",
    "mean_abs": "mean size of the feature's part, in the unit of the response",
    "direction": "1: a value above average always raises the response; -1: always lowers it",
    "consistency": "share of lines whose part has the commoner sign",
    "selected": "share of runs in which the feature leads: stability",
    "q": "false discovery rate, from permutations",
    "correlation": "plain Pearson's r with the measured response: what one finds without a model",
    "correlation_rank": "its rank among all features",
    "n": "lines that have the modality",
}


def attributions(folders: Sequence[Folder], every: Sequence[Folder]) -> list[Section]:
    """Return the sections of an attribution."""
    del every
    folder = folders[0]
    said = folder.json("attribution.json")
    unit = str(said.get("unit") or "unit of the response")
    return [
        Section("Biomarkers per drug", _biomarkers(folder, unit, said)),
        Section("What each modality carries", _shares(folder, unit)),
        Section("Molecules", _molecules(folder)),
        Section("Beside plain correlations", _agreement(folder)),
        Section("Stability over runs", _table(
            folder, "stability.csv", "How far the runs agree", "several runs were not attributed")),
        Section("Gene sets of leading genes", _table(
            folder, "enrichment.csv", "Gene sets", "enrich= was not asked for")),
        Section("Do the parts add up?", _table(
            folder, "completeness.csv", "Largest gap between parts and prediction per drug",
            "no completeness")),
    ]  # fmt: skip


def _biomarkers(folder: Folder, unit: str, said: dict[str, object]) -> list[Block]:
    table = folder.frame("biomarkers.csv", *TEXTS, "mean_abs", "rank", text=TEXTS)
    if table is None or table.empty:
        return [Text("Not in this folder: no biomarkers.csv.", missing=True)]
    drugs = table["drug"].nunique()
    each = FEW if drugs > MANY else EACH
    best = table[table["rank"] <= each]
    method = f"Method: {said.get('method', '?')}. Sizes are in {unit}. It explains the model, not "
    text = method + "the cell: a feature may stand for what goes with it."
    lacking = [name for name in ("q", "selected") if name not in table]
    how = {"q": "permutations=200 gives p and q", "selected": "several runs give stability"}
    blocks: list[Block] = [Text(text)]
    if lacking:
        missing = "; ".join(how[name] for name in lacking)
        blocks.append(Text(f"Not asked for here: {missing}.", missing=True))
    caption = f"The {each} strongest features of {drugs} drugs"
    return [*blocks, table_of(best, caption, BIOMARKERS)]


def _shares(folder: Folder, unit: str) -> list[Block]:
    table = folder.frame("shares.csv", "drug", "source", "carried", text=("source", "drug"))
    if table is None or table.empty:
        return [Text("Not in this folder: no shares.csv.", missing=True)]
    mean = table.groupby("source")["carried"].mean().sort_values(ascending=False)
    title = f"Mean size of each modality's part, {table['drug'].nunique()} drugs ({unit})"
    drawn = bars([str(s) for s in mean.index], mean.tolist(), f"mean |attribution| ({unit})",
                 title)  # fmt: skip
    wide = table.pivot_table(index="drug", columns="source", values="carried", sort=False)
    wide = wide[list(mean.index)].reset_index()
    caption = f"What each modality carries of each drug's predictions ({unit})"
    return [Figure(drawn, f"{title}."), table_of(wide, caption, dict.fromkeys(map(str, wide), ""))]


def _molecules(folder: Folder) -> list[Block]:
    atoms = folder.frame("structure_atoms.csv", "drug", "smiles", "atom", "value",
                         text=("drug", "smiles", "symbol"))  # fmt: skip
    if atoms is None or atoms.empty:
        return [Text("Not in this folder: no drawings of molecules (structure=true, pairs).", True)]
    strongest = atoms.groupby("drug", sort=False)["value"].apply(lambda v: v.abs().max())
    zero = [str(drug) for drug in strongest.index[strongest == 0]]
    blocks: list[Block] = []
    if zero:
        few = ", ".join(zero[:5]) + (", ..." if len(zero) > 5 else "")
        blocks.append(Text(f"The structure carries nothing of {len(zero)} drugs, which are not "
                           f"drawn: {few}.", missing=True))  # fmt: skip
    drawn = strongest[strongest > 0].nlargest(MOLECULES)
    for drug in drawn.index:
        part = atoms[atoms["drug"] == drug].sort_values("atom")
        value = part["value"].to_numpy(np.float64)
        try:
            svg = molecule(str(part["smiles"].iloc[0]), value, str(drug))
        except (MmdrpError, ValueError, IndexError) as error:
            blocks.append(Text(f"{drug}: cannot be drawn: {error}", missing=True))
            continue
        most = part.iloc[int(np.abs(value).argmax())]
        said = f"strongest: atom {int(most['atom']) + 1} ({most.get('symbol', '?')}), "
        said += f"{figure(float(most['value']))}"
        alt = f"Molecule of {drug}, atoms coloured by their part; {said}"
        caption = f"{drug}: red atoms raise the response, blue ones lower it; {said}."
        blocks.append(Picture(svg, alt, caption, "image/svg+xml"))
    return blocks


def _agreement(folder: Folder) -> list[Block]:
    table = folder.frame("agreement.csv", "drug", text=("drug",))
    if table is None:
        return [Text("Not in this folder: no agreement.csv.", missing=True)]
    about = {"drug": "", "spearman": "rank correlation of the model's ranking and that of plain "
             "correlations", "shared_top50": "share of the first 50 that both have"}  # fmt: skip
    return [table_of(table, "The model's ranking and the plain correlations'", about)]


def _table(folder: Folder, name: str, caption: str, without: str) -> list[Block]:
    table = folder.frame(name, "drug", text=("drug",))
    if table is None or table.empty:
        return [Text(f"Not in this folder: {without}.", missing=True)]
    return [table_of(table, caption)]


def known_markers(folders: Sequence[Folder], every: Sequence[Folder]) -> list[Section]:
    """Return the sections of a benchmark of known markers."""
    del every
    folder = folders[0]
    texts = ("drug", "source", "feature", "reason")
    table = folder.frame("known_markers.csv", "drug", "source", "feature", "reason", text=texts)
    assert table is not None
    table = table.assign(reason=table["reason"].fillna(""))
    tested = table[table["reason"] == ""]
    rest = table[table["reason"] != ""]["reason"].value_counts().reset_index()
    figures = folder.json("known_biology.json")
    methods = {k: v for k, v in figures.items() if isinstance(v, dict) and "recall50" in v}
    recall = pd.DataFrame([{"method": k, **v} for k, v in methods.items()])
    blocks: list[Block] = []
    if len(recall):
        about = {"method": "", "recall10": "share of markers among the first 10", "recall50": "",
                 "recall100": "", "median_rank": "", "direction": "share whose direction is the "
                 "known one"}  # fmt: skip
        blocks.append(table_of(recall, f"Recall of {len(tested)} tested markers", about))
    untested = Table("Not tested", [Head("reason"), Head("markers", "", True)],
                     [(str(r), str(n)) for r, n in rest.itertuples(index=False)])  # fmt: skip
    return [
        Section("Recall", blocks or [Text("Not in this folder: no figures.", missing=True)]),
        Section("Every tested marker: found and missed", [table_of(tested, "Known markers")]),
        Section("What could not be tested", [untested]),
    ]
