"""PRISM (Corsello et al. 2020): curves of its secondary screen, or one dose of the primary ones."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from mmdrp.data.chem.standardise import standardise
from mmdrp.data.ingest import depmap, maf, structures
from mmdrp.data.ingest.assemble import assemble, omics_options
from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.ids import CellIds
from mmdrp.data.ingest.limits import same_for_each, within
from mmdrp.data.ingest.lines import key_of
from mmdrp.data.ingest.raw import Raw, plain
from mmdrp.data.ingest.screens import prism_primary
from mmdrp.data.ingest.structures import missing
from mmdrp.data.study import Study
from mmdrp.data.study.manifest import Entry
from mmdrp.data.tables import cell
from mmdrp.errors import MmdrpError
from mmdrp.options import checked

FILE = "secondary-screen-dose-response-curve-parameters.csv"
NEEDED = ["broad_id", "depmap_id", "screen_id", "auc", "ic50", "name", "smiles"]
MAYBE = ["ccle_name", "moa", "target", "passed_str_profiling"]
SCREENS = ("MTS010", "MTS006", "MTS005", "HTS002")
"""screens of one compound and line, the latest first"""
LICENCE = "CC BY 4.0 (DepMap, Broad Institute)"
MEASURES = {
    "auc": {"unit": "fraction of 1, above 1 where a line grew", "higher": "resistant"},
    "ic50": {"unit": "ln uM, of curves that fall to half", "higher": "resistant"},
}
MOST_AUC, LN_UM = 5.0, 25.0


@checked
def build(
    root: str | Path,
    raw: str | Path,
    *,
    screen: Literal["secondary", "primary"] | None = None,
    modalities: Sequence[str] | None = None,
    mutation: Sequence[str] | Literal["damaging_hotspot"] = maf.DEEPDR,
    lines: Literal["measured", "all"] = "measured",
) -> Study:
    """Write the study of PRISM's responses and the DepMap omics in ``raw``.

    ``screen``: the secondary one, of curves, or the primary ones, of one dose (log2 fold change);
    by default the one that is there. Screens of one compound and line are never averaged: the
    latest counts. Lines that failed the profiling of short tandem repeats are left out.
    """
    folder = Raw(raw)
    ids = CellIds.read(folder)
    if chosen(folder, screen) == "primary":
        response, drugs, entry, notes = _primary(folder, ids)
    else:
        response, drugs, entry, notes = _secondary(folder, ids)
    omics = depmap.read(folder, ids, modalities, mutation)
    options = omics_options(modalities, mutation, lines) | {"screen": screen}
    return assemble(Path(root), "prism", folder, ids, omics, response, drugs, entry, notes, options)


def chosen(folder: Raw, screen: str | None) -> str:
    """Return the screen to read; MmdrpError where both are there and none is named."""
    there = any(folder.glob(name) for name in prism_primary.FILES)
    if screen is None and there and folder.glob(FILE):
        raise MmdrpError(
            f"{folder}: has both screens of PRISM; say screen=secondary or screen=primary"
        )
    return screen or ("primary" if there else "secondary")


def _primary(folder: Raw, ids: CellIds) -> tuple[pd.DataFrame, pd.DataFrame, Entry, list[str]]:
    notes: list[str] = []
    path, values, drugs = prism_primary.read(folder, notes)
    used = values["cell"].drop_duplicates()
    found = ids.resolve("PRISM", {"cell": used.tolist()})
    notes.extend(found.notes)
    values["cell"] = values["cell"].map(dict(zip(used, found.cells, strict=True)))
    twice = drugs["name"].duplicated(keep=False)
    drugs = drugs.assign(
        drug=drugs["name"].where(~twice, drugs["name"] + " (" + drugs["core"] + ")")
    )
    values["drug"] = values["core"].map(dict(zip(drugs["core"], drugs["drug"], strict=True)))
    values = values[values["cell"] != ""]
    mean = values.groupby(["cell", "drug"], as_index=False)["value"].agg(["mean", "size"])
    response = mean.set_axis(["cell", "drug", "value", "replicates"], axis=1)
    response.insert(0, "measure", "lfc")
    notes.append(f"{len(values) - len(response)} values of a compound and line were averaged")
    drawn = structures.read(folder)
    drugs = drugs[drugs["drug"].isin(response["drug"])].sort_values("drug")
    drugs = drugs.assign(smiles=[drawn.get(key_of(name), "") for name in drugs["name"]])
    drugs = drugs.rename(columns={"core": "broad_id"}).reset_index(drop=True)
    front = ["drug", "name", "smiles", "broad_id"]
    drugs = drugs[[*front, *(name for name in ("target", "moa") if name in drugs)]]
    notes.extend(missing(drugs["drug"].tolist(), drugs["smiles"].tolist()))
    quarter = prism_primary.release(path)
    entry = Entry("", 0, 0, "", "", plain(path), quarter, LICENCE, measures=prism_primary.MEASURES)
    return response, drugs, entry, notes


def _secondary(folder: Raw, ids: CellIds) -> tuple[pd.DataFrame, pd.DataFrame, Entry, list[str]]:
    path = folder.need((FILE,), "the responses of PRISM")
    notes: list[str] = []
    curves = _curves(path, notes)
    kinds = ["cell", *(["ccle"] if "ccle" in curves else [])]
    used = curves[kinds].drop_duplicates()
    found = ids.resolve("PRISM", {kind: used[kind].tolist() for kind in kinds})
    notes.extend(found.notes)
    named = used.assign(line=found.cells)
    curves = curves.merge(named, on=kinds, how="left", validate="many_to_one")
    drugs = _drugs(path, curves, notes)
    curves["drug"] = curves["core"].map(dict(zip(drugs["broad_id"], drugs["drug"], strict=True)))
    long = curves[curves["line"] != ""].melt(
        id_vars=["line", "drug"], value_vars=list(MEASURES), var_name="measure"
    )
    long = long.dropna(subset="value").rename(columns={"line": "cell"})
    mean = long.groupby(["measure", "cell", "drug"], as_index=False)["value"].agg(["mean", "size"])
    response = mean.set_axis(["measure", "cell", "drug", "value", "replicates"], axis=1)
    notes.append(f"{len(long) - len(response)} replicate values were averaged")
    drugs = drugs[drugs["drug"].isin(response["drug"])].reset_index(drop=True)
    notes.extend(missing(drugs["drug"].tolist(), drugs["smiles"].tolist()))
    entry = Entry("", 0, 0, "", "", plain(path), "19Q4", LICENCE, measures=MEASURES)
    return response, drugs, entry, notes


def _curves(path: Path, notes: list[str]) -> pd.DataFrame:
    """One row per curve that counts: cell, maybe ccle, core, name, smiles, auc, ic50, ..."""
    table = Delimited.open(path, ",", NEEDED)
    frame = table.text([*NEEDED, *(name for name in MAYBE if name in table.header)])
    for name in ("broad_id", "name"):
        if (frame[name] == "").any():
            raise MmdrpError(f"{cell(path, name, int(np.argmax(frame[name] == '')))}: empty")
    frame["core"] = frame["broad_id"].str.extract(r"^(BRD-[A-Z]\d+)")[0].fillna(frame["broad_id"])
    same_for_each(path, frame, "core", "name")
    auc, ic50 = table.column(frame, "auc"), table.column(frame, "ic50")
    within(path, "auc", auc, 0, MOST_AUC, "of percent, take a hundredth")
    within(path, "ic50", ic50, 0, np.inf, "it is in uM")
    with np.errstate(divide="ignore"):
        logged = np.log(ic50)
    far = np.abs(logged) > LN_UM
    frame = frame.assign(auc=auc, ic50=np.where(far, np.nan, logged))
    if far.any():
        notes.append(f"{int(far.sum())} IC50 beyond e^-25 to e^25 uM are left out")
    none = int((np.isnan(frame["ic50"]) & ~np.isnan(auc)).sum())
    notes.append(f"{none} curves have no ic50, for they do not fall to half; auc has them")
    if "passed_str_profiling" in frame:
        failed = frame["passed_str_profiling"].str.casefold().isin(["false", "f", "0"])
        if failed.any():
            who = sorted(set(frame.loc[failed, "depmap_id"]))
            notes.append(
                f"{len(who)} lines failed STR profiling and are left out: {', '.join(who)}"
            )
        frame = frame[~failed]
    rank = frame["screen_id"].map({name: i for i, name in enumerate(SCREENS)}).fillna(len(SCREENS))
    frame = frame.assign(rank=rank)
    latest = frame.groupby(["core", "depmap_id"])["rank"].transform("min")
    older = frame["rank"] > latest
    if older.any():
        notes.append(
            f"{int(older.sum())} curves of a compound and line that a later screen has are left out"
        )
    names = {"depmap_id": "cell", "ccle_name": "ccle"}
    return frame[~older].rename(columns=names).reset_index(drop=True)


def _drugs(path: Path, curves: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Columns drug, name, smiles, broad_id, maybe target and moa; a row per compound."""
    rows = curves.drop_duplicates("core").sort_values("core").reset_index(drop=True)
    twice = rows["name"].duplicated(keep=False)
    several: list[str] = []
    smiles = [_smiles(path, i, text, name, several) for i, text, name in zip(
        rows.index, rows["smiles"], rows["name"], strict=True)]  # fmt: skip
    if several:
        notes.append(
            f"{len(several)} drugs have several structures in one cell and are left without: "
            f"{', '.join(several)}"
        )
    out = {"drug": rows["name"].where(~twice, rows["name"] + " (" + rows["core"] + ")"),
           "name": rows["name"], "smiles": smiles, "broad_id": rows["core"]}  # fmt: skip
    return pd.DataFrame(out | {name: rows[name] for name in ("target", "moa") if name in rows})


def _smiles(path: Path, row: int, text: str, name: str, several: list[str]) -> str:
    """Return the structure of a cell that may hold it several times; "" where they differ."""
    found = set()
    for part in filter(None, (part.strip() for part in text.split(","))):
        try:
            found.add(standardise(part))
        except ValueError as error:
            raise MmdrpError(f"{path.name}: column 'smiles' of {name[:40]}: {error}") from None
    if len(found) > 1:
        several.append(name)
    return found.pop() if len(found) == 1 else ""
