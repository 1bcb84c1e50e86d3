"""Responses as benchmarks hold them: drevalpy, coderdata, IMPROVE; lines keep their ids."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mmdrp.data.chem.standardise import standardise
from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.limits import same_for_each
from mmdrp.data.ingest.raw import Raw, plain, told_unread
from mmdrp.data.source import Table
from mmdrp.data.study import Study, write_study
from mmdrp.data.study.manifest import Entry, Manifest
from mmdrp.data.study.units import ARBITRARY, BINARY, UNITS
from mmdrp.data.tables import cell, check_key
from mmdrp.errors import MmdrpError
from mmdrp.options import checked

LN_UM = {"unit": "ln uM", "higher": "resistant"}
AUC = {"unit": "fraction of 1", "higher": "resistant"}
P_MOLAR = {"unit": "-log10 M", "higher": "sensitive"}
AAC = {"unit": "fraction of 1 (AAC)", "higher": "sensitive"}
DSS = {"unit": "drug sensitivity score", "higher": "sensitive"}
Said = dict[str, tuple[str, dict[str, str]]]
"""column, or value of the column of metrics -> our measure, and what it is"""


@dataclass(frozen=True)
class Layout:
    """Files of one tool: the columns of lines, drugs and sources, and which measures they hold."""

    name: str
    files: tuple[str, ...]
    line: str
    drug: str
    measures: Said
    metric: str = ""
    """column that names the measure, of a long table"""
    source: str = ""
    """column of the screens, which are never mixed"""
    about: tuple[str, ...] = ()
    """what else is known of a line"""


LAYOUTS = (
    Layout(
        "drevalpy", ("response.csv",), "cell_line_name", "drug_name",
        {"LN_IC50": ("ic50", LN_UM), "LN_IC50_curvecurator": ("ic50", LN_UM),
         "AUC": ("auc", AUC), "AUC_curvecurator": ("auc", AUC),
         "pEC50": ("pec50", P_MOLAR), "pEC50_curvecurator": ("pec50", P_MOLAR)},
        about=("cellosaurus_id", "tissue"),
    ),
    Layout(
        "coderdata", ("*_experiments.tsv", "*_experiments.csv"), "improve_sample_id",
        "improve_drug_id",
        {"fit_auc": ("auc", AUC), "fit_ic50": ("pic50", P_MOLAR), "fit_ec50": ("pec50", P_MOLAR),
         "aac": ("aac", AAC), "dss": ("dss", DSS)},
        metric="dose_response_metric", source="study",
    ),
    Layout(
        "IMPROVE", ("response.tsv", "response.txt"), "improve_sample_id", "improve_chem_id",
        {"auc": ("auc", AUC), "ic50": ("pic50", P_MOLAR), "ec50": ("pec50", P_MOLAR)},
        source="source",
    ),
)  # fmt: skip
OMICS = {
    "expression": ("gene_expression.csv",),
    "mutation": ("mutations.csv",),
    "cnv": ("copy_number_variation_gistic.csv",),
    "methylation": ("methylation.csv",),
    "proteomics": ("proteomics.csv",),
}
"""drevalpy's tables of features: cell_line_name, cellosaurus_id, features"""
SMILES = (("drug_SMILES.tsv", "improve_chem_id", "canSMILES"),
          ("drug_smiles.csv", "drug_name", "canonical_smiles"))  # fmt: skip
LICENCE = "that of the screens the tool collects"


@checked
def build(root: str | Path, raw: str | Path, *, source: str | None = None) -> Study:
    """Write the study of one table of responses and the features beside it.

    ``source`` is the screen, such as ``GDSCv2``, where a table holds several: they are never mixed.
    """
    folder = Raw(raw)
    path, layout = _found(folder)
    notes: list[str] = []
    long, cells = _responses(path, layout, source, notes)
    mean = long.groupby(["measure", "cell", "drug"], as_index=False)["value"].agg(["mean", "size"])
    response = mean.set_axis(["measure", "cell", "drug", "value", "replicates"], axis=1)
    notes.append(f"{len(long) - len(response)} replicate values were averaged")
    modalities, entries = _omics(folder, set(cells["cell"]), notes)
    smiles = _smiles(folder)
    names = sorted(response["drug"].unique())
    drugs = pd.DataFrame({"drug": names, "name": names})
    drugs["smiles"] = [smiles.get(name, "") for name in names]
    notes.append(f"{int((drugs['smiles'] == '').sum())} of {len(drugs)} drugs have no SMILES")
    known = dict(layout.measures.values())
    measures = {name: known[name] for name in sorted(response["measure"].unique())}
    entry = Entry("", 0, 0, "", "", plain(path), layout.name, LICENCE, measures=measures)
    notes += told_unread(folder)
    manifest = Manifest("benchmark", {**entries, "response": entry}, notes, {"source": source})
    frames = {"cells": cells, "drugs": drugs, "response": response}
    return write_study(root, manifest, frames, modalities)


def _found(folder: Raw) -> tuple[Path, Layout]:
    for layout in LAYOUTS:
        path = folder.find(layout.files)
        if path is not None:
            return path, layout
    files = [name for layout in LAYOUTS for name in layout.files]
    return folder.need(files, "responses"), LAYOUTS[0]


def _responses(
    path: Path, layout: Layout, source: str | None, notes: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return measure, cell, drug, value of each measurement; and the table of lines."""
    table = Delimited.open(path, None, [layout.line, layout.drug])
    about = [name for name in layout.about if name in table.header]
    screens = [layout.source] if layout.source in table.header else []
    if layout.metric:
        columns = [layout.metric, "dose_response_value"]
    else:
        columns = [name for name in layout.measures if name in table.header]
    table = Delimited.open(path, None, columns or [next(iter(layout.measures))])
    frame = table.text([layout.line, layout.drug, *columns, *about, *screens])
    for name in (layout.line, layout.drug):
        if (frame[name] == "").any():
            raise MmdrpError(f"{cell(path, name, int(np.argmax(frame[name] == '')))}: empty")
    kept = (
        _of_source(path, frame[screens[0]], source, notes) if screens else frame[layout.line] != ""
    )
    for name in about:
        same_for_each(path, frame, layout.line, name)
    parts = []
    if layout.metric:
        value = table.column(frame, "dose_response_value")
        said = frame[layout.metric]
        others = sorted(set(said[kept]) - set(layout.measures))
        if others:
            notes.append(f"measures that are not read: {', '.join(others)}")
        pairs = [(name, value, kept & (said == name)) for name in layout.measures]
    else:
        pairs = [(name, table.column(frame, name), kept) for name in columns]
    taken: set[str] = set()
    for name, value, rows in pairs:
        measure = layout.measures[name][0]
        known = rows & ~np.isnan(value)
        if measure in taken and known.any():
            notes.append(f"{name} is not read beside another column of {measure}")
        elif known.any():
            taken.add(measure)
            parts.append(pd.DataFrame({
                "measure": measure, "cell": frame.loc[known, layout.line],
                "drug": frame.loc[known, layout.drug], "value": value[known]}))  # fmt: skip
    if not parts:
        raise MmdrpError(f"{path.name}: holds no value of {', '.join(layout.measures)}")
    cells = frame.loc[kept, [layout.line, *about]].rename(columns={layout.line: "cell"})
    cells = cells.drop_duplicates("cell").sort_values("cell").reset_index(drop=True)
    return pd.concat(parts, ignore_index=True), cells


def _of_source(path: Path, said: pd.Series, source: str | None, notes: list[str]) -> pd.Series:
    names = sorted(set(said))
    if source is None and len(names) > 1:
        raise MmdrpError(
            f"{path.name}: holds {', '.join(names)[:90]}; say which: study.raw.source={names[0]}"
        )
    kept = said == (names[0] if source is None else source)
    if not kept.any():
        raise MmdrpError(f"source={source}: {path.name} holds {', '.join(names)[:90]}")
    if not kept.all():
        notes.append(f"{int((~kept).sum())} rows of other sources are left out")
    return kept


def _omics(
    folder: Raw, cells: set[str], notes: list[str]
) -> tuple[dict[str, Table], dict[str, Entry]]:
    tables: dict[str, Table] = {}
    entries: dict[str, Entry] = {}
    for name, files in OMICS.items():
        path = folder.find(files)
        if path is None:
            continue
        header = Delimited.open(path, None, ["cell_line_name"])
        text = [n for n in ("cell_line_name", "cellosaurus_id", "") if n in header.header]
        frame, values = header.numbers(text)
        ids = frame["cell_line_name"].tolist()
        check_key(path, ids, "cell_line_name")
        rows = [i for i, line in enumerate(ids) if line in cells]
        if not rows:
            raise MmdrpError(
                f"{plain(path)}: none of its {len(ids)} lines (such as {ids[0][:40]!r}) has a "
                "response"
            )
        notes.append(f"{name}: {len(rows)} of the {len(cells)} lines with a response")
        features: Sequence[str] = [n for n in header.header if n not in text]
        tables[name] = Table("cell", [ids[i] for i in rows], features, values[rows])
        fits = [u for u in (BINARY, "GISTIC") if UNITS[u].flaw(values) is None]
        unit = fits[0] if fits else ARBITRARY
        entries[name] = Entry("", 0, 0, "", unit, plain(path), "", LICENCE, detail="as released")
    return tables, entries


def _smiles(folder: Raw) -> dict[str, str]:
    for name, key, column in SMILES:
        path = folder.find((name,))
        if path is None:
            continue
        frame = Delimited.open(path, None, [key, column]).text([key, column])
        found = {}
        for i, (drug, text) in enumerate(frame.itertuples(index=False)):
            try:
                found[drug] = standardise(text) if text else ""
            except ValueError as error:
                raise MmdrpError(f"{cell(path, column, i, drug)}: {error}") from None
        return found
    return {}
