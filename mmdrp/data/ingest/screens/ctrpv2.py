"""CTRPv2 (Seashore-Ludlow et al. 2015): curve -> experiment -> line -> DepMap id."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from mmdrp.data import tables
from mmdrp.data.chem.standardise import standardise
from mmdrp.data.ingest import depmap, maf
from mmdrp.data.ingest.assemble import assemble, omics_options
from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.ids import CellIds
from mmdrp.data.ingest.limits import fraction, within
from mmdrp.data.ingest.raw import Raw
from mmdrp.data.study import Study
from mmdrp.data.study.manifest import Entry
from mmdrp.data.tables import cell, check_key
from mmdrp.errors import MmdrpError
from mmdrp.options import checked

log = logging.getLogger(__name__)

CURVES = "v20.data.curves_post_qc.txt"
EXPERIMENTS = "v20.meta.per_experiment.txt"
LINES = "v20.meta.per_cell_line.txt"
COMPOUNDS = "v20.meta.per_compound.txt"
MOST_AREA = 60.0
"""over log2 doses, at most 16 of them, of a viability at most a few times that of the control"""
LICENCE = "CTD2 data portal policy (open, cite the source)"


@checked
def build(
    root: str | Path,
    raw: str | Path,
    *,
    curves: str = CURVES,
    column: str = "area_under_curve",
    convention: Literal["auc", "aac"] = "auc",
    modalities: Sequence[str] | None = None,
    mutation: Sequence[str] | Literal["damaging_hotspot"] = maf.DEEPDR,
    lines: Literal["measured", "all"] = "measured",
) -> Study:
    """Write the study of the ``v20.*.txt`` tables and the DepMap omics in ``raw``.

    ``column`` of the file ``curves`` is the response. ``convention`` says what it is: ``auc``,
    higher means less sensitive, kept; ``aac``, PharmacoGx's area above the curve in [0, 1],
    becomes 1 - aac. ``curves`` may be the ``fits.csv`` of ``R/main.R fit``, whose ``curve`` is
    ``EXPERIMENT_COMPOUND``.
    """
    folder = Raw(raw)
    notes: list[str] = []
    ids = CellIds.read(folder)
    structures = compounds(folder, notes)
    known = _curves(folder, curves, column, convention, structures, ids, notes)
    means = known.groupby(["cell", "drug"], as_index=False)["value"].agg(["mean", "size"])
    response = means.set_axis(["cell", "drug", "value", "replicates"], axis=1)
    response.insert(0, "measure", "auc")
    notes.append(f"{len(known) - len(response)} replicate curves were averaged")
    kept = structures[structures["drug"].isin(response["drug"])].drop(columns="master_cpd_id")
    unit = "area over log2 dose" if curves == CURVES else "fraction of 1"
    unit = "fraction of 1 (1 - AAC)" if convention == "aac" else unit
    measure = {"auc": {"unit": unit, "higher": "resistant"}}
    entry = Entry("", 0, 0, "", "", curves, "CTRPv2.0 (2015)", LICENCE, measures=measure)
    omics = depmap.read(folder, ids, modalities, mutation)
    options = {"curves": curves, "column": column, "convention": convention}
    return assemble(
        Path(root), "ctrpv2", folder, ids, omics, response, kept.reset_index(drop=True), entry,
        notes, omics_options(modalities, mutation, lines) | options,
    )  # fmt: skip


def compounds(folder: Raw, notes: list[str]) -> pd.DataFrame:
    """Compounds with a structure: master_cpd_id, drug, name, smiles, target and more."""
    path = folder.need((COMPOUNDS,), "the compounds of CTRPv2")
    table = Delimited.open(path, "\t", ["master_cpd_id", "cpd_name", "cpd_smiles"])
    extra = {
        "gene_symbol_of_protein_target": "target",
        "target_or_activity_of_compound": "activity",
        "cpd_status": "status",
        "broad_cpd_id": "broad_id",
    }
    extra = {name: ours for name, ours in extra.items() if name in table.header}
    frame = table.text(["master_cpd_id", "cpd_name", "cpd_smiles", *extra])
    check_key(path, frame["master_cpd_id"].tolist(), "master_cpd_id")
    check_key(path, frame["cpd_name"].tolist(), "cpd_name")
    together = frame["cpd_name"].str.contains(r":.+mol/mol", regex=True)
    bare = frame["cpd_smiles"].eq("") & ~together
    for what, rows in (("combinations", together), ("compounds without SMILES", bare)):
        names = frame.loc[rows, "cpd_name"].tolist()
        if not names:
            continue
        notes.append(f"{len(names)} {what} are left out: {', '.join(names)}")
    smiles = {
        i: _standard(path, i, frame["cpd_name"].iloc[i], frame["cpd_smiles"].iloc[i])
        for i in np.flatnonzero(~together & ~bare).tolist()
    }
    kept = frame.iloc[list(smiles)]
    out = pd.DataFrame({"master_cpd_id": kept["master_cpd_id"], "drug": kept["cpd_name"]})
    out = out.assign(name=kept["cpd_name"], smiles=list(smiles.values()))
    same = out.loc[out["smiles"].duplicated(keep=False)].groupby("smiles")["drug"].agg(" = ".join)
    if len(same):
        notes.append(f"{len(same)} structures stand under several names: {'; '.join(same)}")
    return out.assign(**{ours: kept[name] for name, ours in extra.items()}).reset_index(drop=True)


def _standard(path: Path, row: int, name: str, smiles: str) -> str:
    try:
        return standardise(smiles)
    except ValueError as error:
        where = cell(path, "cpd_smiles", row, name)
        raise MmdrpError(f"{where}: {error}; mend it, or empty the cell to leave it out") from None


def _curves(
    folder: Raw,
    name: str,
    column: str,
    convention: str,
    compounds: pd.DataFrame,
    ids: CellIds,
    notes: list[str],
) -> pd.DataFrame:
    """One row per curve of a known line and compound: cell, drug, value."""
    path = folder.need((name,), "the responses of CTRPv2")
    table = Delimited.open(path, "," if name.endswith(".csv") else "\t", [column])
    frame = _identified(table, column)
    value = table.column(frame, column)
    missing = int(np.isnan(value).sum())
    if missing:
        notes.append(f"{missing} curves without {column} are left out")
    if convention == "aac":
        within(path, column, value, 0, 1, "an AAC is a fraction; of percent, take a hundredth")
        value = 1 - value
    elif name == CURVES:
        within(path, column, value, 0, MOST_AREA, "an area is not negative, and over 16 doses")
    else:
        fraction(path, column, value)
    frame = frame.assign(value=value)[~np.isnan(value)]
    line = _lines(folder, frame["experiment_id"], path)
    used = line.drop_duplicates()
    found = ids.resolve("CTRPv2", {"name": used.tolist()})
    notes.extend(found.notes)
    known = dict(zip(used, found.cells, strict=True))
    drug = dict(zip(compounds["master_cpd_id"], compounds["drug"], strict=True))
    out = pd.DataFrame(
        {
            "cell": line.map(known).to_numpy(),
            "drug": frame["master_cpd_id"].map(drug).fillna("").to_numpy(),
            "value": frame["value"].to_numpy(),
        }
    )
    lost = int(((out["cell"] == "") & (out["drug"] != "")).sum())
    notes.append(f"{lost} curves of lines without a DepMap id are left out")
    return out[(out["cell"] != "") & (out["drug"] != "")]


def _identified(table: Delimited, column: str) -> pd.DataFrame:
    """Columns experiment_id, master_cpd_id and ``column`` of the released curves or of fits."""
    keys = ["experiment_id", "master_cpd_id"]
    if "curve" not in table.header:
        tables.check_header(table.path, table.header, keys)
        return table.text([*keys, column])
    frame = table.text(["curve", column])
    parts = frame["curve"].str.extract(r"^([^_]+)_([^_]+)$")
    if parts.isna().to_numpy().any():
        i = int(np.argmax(parts[0].isna()))
        where = cell(table.path, "curve", i)
        raise MmdrpError(f"{where}: {frame['curve'].iloc[i]!r} is not EXPERIMENT_COMPOUND")
    return parts.set_axis(keys, axis=1).assign(**{column: frame[column]})


def _lines(folder: Raw, experiments: pd.Series, curves: Path) -> pd.Series:
    """Name of the line of each curve, by its experiment."""
    path = folder.need((EXPERIMENTS,), "the lines of CTRPv2")
    table = Delimited.open(path, "\t", ["experiment_id", "master_ccl_id"])
    pairs = table.text(["experiment_id", "master_ccl_id"]).drop_duplicates()
    twice = pairs["experiment_id"].duplicated().to_numpy()
    if twice.any():
        i = int(pairs.index[int(np.argmax(twice))])
        raise MmdrpError(f"{cell(path, 'experiment_id', i)}: an experiment of two cell lines")
    path = folder.need((LINES,), "the lines of CTRPv2")
    table = Delimited.open(path, "\t", ["master_ccl_id", "ccl_name"])
    lines = table.text(["master_ccl_id", "ccl_name"])
    check_key(path, lines["master_ccl_id"].tolist(), "master_ccl_id")
    name = dict(zip(lines["master_ccl_id"], lines["ccl_name"], strict=True))
    of = {e: name.get(m, "") for e, m in pairs.itertuples(index=False)}
    found = experiments.map(of).fillna("")
    if (found == "").any():
        i = int(found.index[int(np.argmax(found == ""))])
        raise MmdrpError(
            f"{cell(curves, 'experiment_id', i)}: {experiments.loc[i]!r} has no line in "
            f"{EXPERIMENTS} and {LINES}"
        )
    return found
