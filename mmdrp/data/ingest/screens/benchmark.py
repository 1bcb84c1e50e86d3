"""Responses as benchmarks hold them: drevalpy, coderdata, IMPROVE; lines keep their ids."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.limits import same_for_each
from mmdrp.data.ingest.raw import Raw, plain
from mmdrp.data.ingest.tools import coderdata, drevalpy, improve, own
from mmdrp.data.ingest.tools.smiles import smiles_of
from mmdrp.data.study import Study, units
from mmdrp.data.study.manifest import Entry
from mmdrp.data.tables import cell
from mmdrp.errors import MmdrpError
from mmdrp.options import checked

LN_UM = {"unit": "ln uM", "higher": "resistant"}
AUC = {"unit": "fraction of 1", "higher": "resistant"}
P_MOLAR = {"unit": "-log10 M", "higher": "sensitive"}
AAC = {"unit": "fraction of 1 (AAC)", "higher": "sensitive"}
DSS = {"unit": "drug sensitivity score", "higher": "sensitive"}
Said = dict[str, tuple[str, dict[str, str]]]
"""column, or value of the column of metrics -> our measure, and what it is"""
Omics = Callable[[Raw, pd.DataFrame, str | None, list[str]], dict[str, own.Modality]]


@dataclass(frozen=True)
class Layout:
    """Files of one tool: the columns of lines, drugs and sources, and which measures they hold."""

    name: str
    files: tuple[str, ...]
    line: str
    drug: str
    measures: Said
    omics: Omics
    smiles: tuple[tuple[str, ...], str, str]
    """tables of structures, and their columns of drugs and SMILES"""
    metric: str = ""
    """column that names the measure, of a long table"""
    source: str = ""
    """column of the screens, which are never mixed"""
    about: tuple[str, ...] = ()
    """what else is known of a line"""


LAYOUTS = (
    Layout(
        "drevalpy", drevalpy.RESPONSES, "cell_line_name", "drug_name",
        {"LN_IC50": ("ic50", LN_UM), "LN_IC50_curvecurator": ("ic50", LN_UM),
         "AUC": ("auc", AUC), "AUC_curvecurator": ("auc", AUC),
         "pEC50": ("pec50", P_MOLAR), "pEC50_curvecurator": ("pec50", P_MOLAR)},
        drevalpy.omics, (("drug_smiles.csv",), "drug_name", "canonical_smiles"),
        about=("cellosaurus_id", "tissue"),
    ),
    Layout(
        "coderdata", ("*_experiments.tsv", "*_experiments.csv"), "improve_sample_id",
        "improve_drug_id",
        {"fit_auc": ("auc", AUC), "fit_ic50": ("pic50", P_MOLAR), "fit_ec50": ("pec50", P_MOLAR),
         "aac": ("aac", AAC), "dss": ("dss", DSS)},
        coderdata.omics, (coderdata.files("drugs"), "improve_drug_id", "canSMILES"),
        metric="dose_response_metric", source="study",
    ),
    Layout(
        "IMPROVE", ("response.tsv", "response.txt"), "improve_sample_id", "improve_chem_id",
        {"auc": ("auc", AUC), "ic50": ("pic50", P_MOLAR), "ec50": ("pec50", P_MOLAR)},
        improve.omics, (("drug_SMILES.tsv",), "improve_chem_id", "canSMILES"),
        source="source",
    ),
)  # fmt: skip
LICENCE = "that of the screens the tool collects"


@checked
def build(
    root: str | Path,
    raw: str | Path,
    *,
    source: str | None = None,
    expression_unit: str | None = None,
) -> Study:
    """Write the study of one table of responses and the features beside it.

    ``source`` is the screen, such as ``GDSCv2``, where a table holds several: they are never mixed.
    ``expression_unit`` names the unit of expression where the tool does not say it.
    """
    folder = Raw(raw)
    if expression_unit is not None:
        expression_unit = units.parse(expression_unit, "expression_unit")
    path, layout = _found(folder)
    notes: list[str] = []
    long, cells = _responses(path, layout, source, notes)
    found = layout.omics(folder, cells, expression_unit, notes)
    if layout.name == "coderdata" and (about := coderdata.samples(folder, notes)) is not None:
        cells = cells.join(about, on="cell").fillna("")
        cells["name"] = cells["name"].where(cells["name"] != "", cells["cell"])
    drugs = _drugs(folder, path, layout, sorted(long["drug"].unique()), notes)
    known = dict(layout.measures.values())
    measures = {name: known[name] for name in sorted(long["measure"].unique())}
    entry = Entry("", 0, 0, "", "", plain(path), layout.name, LICENCE, measures=measures)
    return own.write(
        root, "benchmark", folder, response=long, cells=cells, drugs=drugs, entry=entry,
        modalities=found, notes=notes,
        options={"source": source, "expression_unit": expression_unit},
    )  # fmt: skip


def _found(folder: Raw) -> tuple[Path, Layout]:
    names = [(name, layout) for layout in LAYOUTS for name in layout.files]
    there = [(path, layout) for name, layout in names if (path := folder.find((name,)))]
    if len(there) > 1:
        one, other = there[0][0].name, there[1][0].name
        raise MmdrpError(
            f"{one[:50]} and {other[:50]}: both hold responses; keep the files of one data set in "
            "the folder"
        )
    if there:
        return there[0]
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


def _drugs(
    folder: Raw, path: Path, layout: Layout, names: list[str], notes: list[str]
) -> pd.DataFrame:
    """Return the table of drugs, names and structures from the tool's table where it lies there."""
    drugs = pd.DataFrame({"drug": names, "name": names, "smiles": ""})
    files, key, column = layout.smiles
    there = folder.find(files)
    if there is None:
        return drugs
    header = Delimited.open(there, None).header
    other = "pubchem_id"  # drevalpy's table may name its drugs so; the responses say which is which
    by_name = key in header or other not in header
    table = Delimited.open(there, None, [key if by_name else other, column])
    frame = table.text([key if by_name else other, column])
    if not by_name:
        pairs = Delimited.open(path, None, [layout.drug, other]).text([layout.drug, other])
        ident = pairs[pairs[other] != ""].drop_duplicates(layout.drug).set_index(layout.drug)[other]
        found = smiles_of(there, frame, other, column, notes)
        return drugs.assign(smiles=[found.get(ident.get(name, ""), "") for name in names])
    found = smiles_of(there, frame, key, column, notes)
    drugs["smiles"] = [found.get(name, "") for name in names]
    if "chem_name" in header:
        called = table.text([key, "chem_name"])
        first = called[called["chem_name"] != ""].drop_duplicates(key).set_index(key)["chem_name"]
        drugs["name"] = [str(first.get(name, name)) for name in names]
    return drugs
