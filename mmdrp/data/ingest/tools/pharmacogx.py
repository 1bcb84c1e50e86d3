"""PharmacoGx and ORCESTRA: slots of a PharmacoSet as R writes them (Smirnov et al. 2016).

The sensitivity profiles hold the *area above the curve* (AAC): higher means more sensitive.
"""

from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.raw import Raw, plain
from mmdrp.data.ingest.tools import own, r_tables
from mmdrp.data.ingest.tools.molecular import molecular
from mmdrp.data.ingest.tools.pset_about import DRUG, LINE, Columns, drugs_of, samples
from mmdrp.data.ingest.tools.units import Share, fractions
from mmdrp.data.study import Study
from mmdrp.data.study.manifest import Entry
from mmdrp.errors import MmdrpError
from mmdrp.options import checked

AAC, IC50, OLD_AUC = "aac_recomputed", "ic50_recomputed", "auc_recomputed"
PROFILE = {AAC, IC50, OLD_AUC}
MEASURES = {
    "aac": {"unit": "fraction of 1 (AAC)", "higher": "sensitive"},
    "auc": {"unit": "fraction of 1", "higher": "resistant"},
    "ic50": {"unit": "ln uM", "higher": "resistant"},
}
LN_UM = 25.0
"""a fitted curve may cross half beyond any dose; further than this is no concentration"""
LICENCE = "that of the data set; ORCESTRA and PharmacoGx name it"


def profiles(folder: Raw) -> list[Path]:
    """Return the tables with recomputed measures that lie in a folder."""
    return r_tables.with_headings(folder, lambda names: bool(names & PROFILE))


@checked
def build(
    root: str | Path,
    raw: str | Path,
    *,
    aac: Share | None = None,
    auc: Literal["above", "below"] | None = None,
    expression_unit: str | None = None,
) -> Study:
    """Write the study of one PharmacoSet: ``aac`` and ``ic50`` (ln uM) as recomputed by PharmacoGx.

    Tables are recognised by their columns, whatever their names. ``aac`` says what areas are in
    where their range does not; ``auc`` what ``auc_recomputed`` is, which in PharmacoSets of before
    2021 is the area *above* the curve, too; ``expression_unit`` names the unit of RNA profiles.
    """
    folder = Raw(raw)
    notes: list[str] = []
    path = r_tables.only(profiles(folder), "sensitivity profiles")
    if path is None:
        raise MmdrpError(
            f"{folder}: has no table with a column {AAC} or {IC50}; in R: "
            "write.csv(sensitivityProfiles(pset), 'profiles.csv')"
        )
    table = r_tables.open_r(path)
    frame = _experiments(folder, table, notes)
    values = _measures(table, frame, aac, auc, notes)
    named = [name for name in frame["line"] if name]
    lines = own.lines_of(folder, plain(path), {"name": named}, notes)
    cell = frame["line"].map(lines.cell)
    long = [
        pd.DataFrame({"measure": m, "cell": cell, "drug": frame["drug"], "value": v})[
            np.isfinite(v) & cell.notna().to_numpy()
        ]
        for m, v in values.items()
    ]
    response = pd.concat(long, ignore_index=True)
    if response.empty:
        raise MmdrpError(f"{path.name}: holds no value of {', '.join(values)}")
    measured = list(dict.fromkeys(response["cell"]))
    cells = lines.annotation(measured, samples(folder, notes))
    drugs = drugs_of(folder, sorted(set(response["drug"])), notes)
    found = molecular(folder, lines.cell, expression_unit, LICENCE, notes)
    used = {m: MEASURES[m] for m in sorted(set(response["measure"]))}
    entry = Entry("", 0, 0, "", "", plain(path), "PharmacoGx", LICENCE, measures=used)
    return own.write(
        root, "pharmacogx", folder, response=response, cells=cells,
        drugs=drugs, entry=entry, modalities=found,
        notes=notes, options={"aac": aac, "auc": auc, "expression_unit": expression_unit},
    )  # fmt: skip


def _experiments(folder: Raw, table: Delimited, notes: list[str]) -> pd.DataFrame:
    """Return line and drug of each experiment of the profiles, with the profiles' own columns."""
    measures = [name for name in table.header if name in PROFILE]
    if (names := Columns.of(table.header)).both:
        return pd.concat([_named(table, names, notes), table.text(measures)], axis=1)
    first = table.header[0]
    frame = table.text([first, *measures])
    r_tables.check_names(table.path, frame[first].tolist(), first)

    def is_info(names: set[str]) -> bool:
        return Columns.of(names).both and not names & PROFILE

    path = r_tables.only(r_tables.with_headings(folder, is_info), "sensitivity info")
    if path is None:
        raise MmdrpError(
            f"{table.path.name}: does not say which lines and drugs; in R: "
            "write.csv(sensitivityInfo(pset), 'info.csv')"
        )
    info = r_tables.open_r(path)
    about = _named(info, Columns.of(info.header), notes)
    keys = info.text([info.header[0]])[info.header[0]]
    r_tables.check_names(path, keys.tolist(), info.header[0])
    joined = frame[[first]].join(about.set_axis(keys), on=first)
    out = pd.concat([joined[["line", "drug"]].fillna(""), frame[measures]], axis=1)
    known = set(keys)
    lost = sum(key not in known for key in frame[first])
    if lost == len(out):
        raise MmdrpError(
            f"{table.path.name}: none of its {lost} experiments (such as {frame[first][0][:30]!r}) "
            f"is in {path.name}"
        )
    if lost:
        notes.append(f"{lost} experiments are not in {plain(path)} and are left out")
    return out


def _named(table: Delimited, names: Columns, notes: list[str]) -> pd.DataFrame:
    """Return line and drug of each row; both "" where two columns contradict each other."""
    both = [name for name in (*LINE, *DRUG) if name in table.header]
    frame = table.text(both)
    out = frame[[names.line, names.drug]].set_axis(["line", "drug"], axis=1)
    empty = (out == "").any(axis=1)
    other = pd.Series(False, index=out.index)
    for pair in (LINE, DRUG):
        if all(name in frame for name in pair):
            new, old = frame[pair[0]], frame[pair[1]]
            other |= (new != old) & (new != "") & (old != "")
    if len(other) and other.all():
        raise MmdrpError(
            f"{table.path.name}: its columns {', '.join(both)} contradict each other in every row; "
            "leave out those that do not hold"
        )
    if other.any():
        shown = ", ".join(dict.fromkeys(out["line"][other]))
        notes.append(
            f"{int(other.sum())} experiments whose columns name two lines or two drugs are left "
            f"out: {shown}"
        )
    if empty.any():
        notes.append(f"{int(empty.sum())} experiments without a line or a drug are left out")
    out[empty | other] = ""
    return out


def _measures(
    table: Delimited, frame: pd.DataFrame, aac: Share | None, auc: str | None, notes: list[str]
) -> dict[str, npt.NDArray[np.float64]]:
    out: dict[str, npt.NDArray[np.float64]] = {}
    area = next((name for name in (AAC, OLD_AUC) if name in frame), None)
    if area == OLD_AUC and auc is None:
        raise MmdrpError(
            f"{table.path.name}: column {OLD_AUC!r} is the area above the curve in PharmacoSets of "
            "before 2021, below it elsewhere: say study.raw.auc=above, or below"
        )
    if area is not None:
        values = r_tables.numbers(table, frame[area].tolist(), area)
        share, was = fractions(table.path, area, values, aac, "study.raw.aac")
        out["auc" if area == OLD_AUC and auc == "below" else "aac"] = share
        notes.append(f"{area} is in {was}{', made a fraction of 1' if was == 'percent' else ''}")
        if area == AAC and OLD_AUC in frame:
            notes.append(f"{OLD_AUC} is not read beside {AAC}")
    if IC50 in frame:
        out["ic50"] = _ic50(table, frame, notes)
    return out


def _ic50(table: Delimited, frame: pd.DataFrame, notes: list[str]) -> npt.NDArray[np.float64]:
    """Return ln uM; curves that never fall to half (``Inf``), or far beyond any dose, have none."""
    um = r_tables.numbers(table, frame[IC50].tolist(), IC50)
    if (um < 0).any():
        i = int(np.argmax(um < 0))
        raise MmdrpError(
            f"{table.path.name}: column {IC50!r}, row {i + 1}: below 0; PharmacoGx gives uM, not a "
            "logarithm"
        )
    with np.errstate(divide="ignore"):
        ln = np.log(um)
    far = np.abs(ln) > LN_UM
    if far.any():
        notes.append(f"{int(far.sum())} curves that do not cross half have no ic50")
    return np.where(far, np.nan, ln)
