"""PRISM's single-dose screens as released in 24Q2 (and 23Q2): 6,800 compounds at 2.5 uM."""

from pathlib import Path

import numpy as np
import pandas as pd

from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.limits import same_for_each, within
from mmdrp.data.ingest.raw import Raw, plain
from mmdrp.data.tables import cell, check_key
from mmdrp.errors import MmdrpError

MATRIX = "Repurposing_Public_*_Extended_Primary_Data_Matrix.csv"
LIST = "Repurposing_Public_*_Extended_Primary_Compound_List.csv"
COLLAPSED = "Repurposing_Public_*_LFC_COLLAPSED.csv"
REPLICATES = "Repurposing_Public_*_LFC.csv"
TREATMENTS = "Repurposing_Public_*_Treatment_Meta_Data.csv"
LINES = "Repurposing_Public_*_Cell_Line_Meta_Data.csv"
FILES = (MATRIX, COLLAPSED, REPLICATES)
"""tables of responses: the first that is there is read"""
MEASURES = {"lfc": {"unit": "log2 fold change of viability, 5 days", "higher": "resistant"}}
DOSE = 2.5
"""uM, of nearly all compounds"""
MOST = 30.0
CORE = r"^(?:BRD:)?(BRD-[A-Z]\d+)"


def read(folder: Raw, notes: list[str]) -> tuple[Path, pd.DataFrame, pd.DataFrame]:
    """Return the file, its values (cell, core, value) and compounds (core, name, ...).

    Of a compound with several doses the one nearest to ``DOSE`` counts, of several screens those
    after the first; values of one line that remain are averaged later.
    """
    path = folder.find((MATRIX,))
    if path is not None:
        values, compounds = _matrix(folder, path)
    else:
        path = folder.find((COLLAPSED,)) or folder.need((REPLICATES,), "the responses of PRISM")
        values, compounds = _long(folder, path, notes)
    values = values.dropna(subset="value")
    values = values.assign(far=(values["dose"] - DOSE).abs().fillna(0).round(2))
    kept = values["far"] == values.groupby("core")["far"].transform("min")
    first = ~values["screen"].str.upper().str.startswith("REP")
    later = (~first & kept).groupby(values["core"]).transform("any")
    kept &= ~(first & later)
    if not kept.all():
        notes.append(
            f"{int((~kept).sum())} values of compounds at another dose than {DOSE} uM, or that a "
            "later screen has, are left out"
        )
    return path, values[kept].reset_index(drop=True), compounds


def release(path: Path) -> str:
    """Return the quarter in a file's name."""
    return plain(path).split("_")[2]


def _matrix(folder: Raw, path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read treatments x lines and the list of treatments."""
    table = Delimited.open(path, ",")
    first = table.header[0]
    frame, numbers = table.numbers([first])
    ids, lines = frame[first], table.header[1:]
    check_key(path, ids.tolist(), first or "the first column")
    if not ids.str.contains(r"^(?:BRD:)?BRD-").all():
        raise MmdrpError(
            f"{path.name}: its rows are no treatments (BRD:BRD-...), such as {ids.iloc[0][:30]!r}"
        )
    if (bad := np.abs(numbers) > MOST).any():
        i, j = map(int, np.argwhere(bad)[0])
        where = cell(path, lines[j], i, ids[i])
        raise MmdrpError(
            f"{where}: {numbers[i, j]:g} is no log2 fold change (-{MOST:g} to {MOST:g})"
        )
    listed = folder.need((LIST,), "the names of PRISM's compounds")
    about = Delimited.open(listed, ",", ["IDs", "Drug.Name"])
    more = [n for n in ("screen", "dose", "repurposing_target", "MOA") if n in about.header]
    named = about.text(["IDs", "Drug.Name", *more])
    same_for_each(listed, named, "IDs", "Drug.Name")
    dose = about.column(named, "dose") if "dose" in more else np.full(len(named), np.nan)
    named = named.assign(dose=dose).drop_duplicates("IDs").set_index("IDs")
    if (lost := ~ids.isin(named.index).to_numpy()).any():
        i = int(lost.argmax())
        raise MmdrpError(f"{cell(path, first, i)}: {ids[i][:40]!r} is not in {listed.name}")
    treated = named.loc[ids]
    compounds = _compounds(listed, ids, treated["Drug.Name"], treated)
    blank = pd.Series("", index=treated.index, dtype=object)
    screen = treated.get("screen", blank).to_numpy()
    rows, columns = np.nonzero(np.isfinite(numbers))
    values = {
        "cell": np.array(lines, dtype=object)[columns], "core": compounds["core"].to_numpy()[rows],
        "dose": treated["dose"].to_numpy()[rows], "value": numbers[rows, columns].astype(float),
        "screen": screen[rows],
    }  # fmt: skip
    return pd.DataFrame(values), compounds.drop_duplicates("core").reset_index(drop=True)


def _long(folder: Raw, path: Path, notes: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read a row per line and treatment (collapsed), or per replicate (then their median)."""
    collapsed = "COLLAPSED" in path.name
    key, measured = ("broad_id", "LFC") if collapsed else ("profile_id", "LFC_cb")
    needed = ["row_id", key, measured, *([] if collapsed else ["PASS"])]
    table = Delimited.open(path, ",", needed)
    more = [name for name in ("dose", "screen") if collapsed and name in table.header]
    frame = table.text([*needed, *more])
    frame["value"] = table.column(frame, measured)
    within(path, measured, frame["value"].to_numpy(), -MOST, MOST, "it is a log2 fold change")
    for name in ("row_id", key):
        if (blank := frame[name] == "").any():
            raise MmdrpError(f"{cell(path, name, int(blank.argmax()))}: empty")
    frame["cell"] = _lines(folder, path, frame["row_id"])
    treated = _treatments(folder, key)
    if not collapsed:
        passed = frame["PASS"].str.casefold().isin(["true", "t", "1"])
        notes.append(f"{int((~passed).sum())} replicates that failed quality control are left out")
        frame = frame[passed].merge(treated, on="profile_id", how="inner")
        frame = frame[frame["perturbation_type"] == "trt_cp"]
        keys = ["cell", "row_id", "broad_id", "dose", "screen"]
        frame = frame.groupby(keys)["value"].median().reset_index()
    bad = ~frame["broad_id"].str.match(CORE)
    if bad.any():
        notes.append(f"{int(bad.sum())} values without a compound (such as "
                     f"{frame['broad_id'][bad].iloc[0][:30]!r}) are left out")  # fmt: skip
        frame = frame[~bad]
    if frame.empty:
        raise MmdrpError(f"{path.name}: no value of a compound (BRD-...) is left")
    for name in ("dose", "screen"):
        frame[name] = frame.get(name, "")
    frame["dose"] = pd.to_numeric(frame["dose"], errors="coerce")
    named = treated.drop_duplicates("broad_id").set_index("broad_id")["name"]
    ids = frame["broad_id"].drop_duplicates()
    names = ids.map(named).fillna("")
    names = names.where(names != "", ids)
    compounds = _compounds(path, ids, names, pd.DataFrame(index=ids))
    core = dict(zip(ids, compounds["core"], strict=True))
    frame["core"] = frame["broad_id"].map(core)
    return (
        frame[["cell", "core", "dose", "screen", "value"]],
        compounds.drop_duplicates("core").reset_index(drop=True),
    )


def _lines(folder: Raw, path: Path, rows: pd.Series) -> pd.Series:
    """Return the DepMap id of each ``row_id``: by the table of lines, or as it begins."""
    listed = folder.find((LINES,))
    if listed is not None:
        about = Delimited.open(listed, ",", ["row_id", "depmap_id"]).text(["row_id", "depmap_id"])
        same_for_each(listed, about, "row_id", "depmap_id")
        of = dict(zip(about["row_id"], about["depmap_id"], strict=True))
    else:
        of = {row: row.split("::")[0] for row in rows.unique()}
        if bad := [row for row, line in of.items() if not line.startswith("ACH-")]:
            raise MmdrpError(
                f"{path.name}: row_id {bad[0][:30]!r} names no line (ACH-...); put {LINES} there"
            )
    return rows.map(of).fillna("")


def _treatments(folder: Raw, key: str) -> pd.DataFrame:
    """Return what the wells hold: broad_id, name, and by profile more."""
    path = folder.find((TREATMENTS,))
    if path is None and key == "broad_id" and (listed := folder.find((LIST,))):
        named = Delimited.open(listed, ",", ["IDs", "Drug.Name"]).text(["IDs", "Drug.Name"])
        named["IDs"] = named["IDs"].str.removeprefix("BRD:")
        return named.set_axis(["broad_id", "name"], axis=1)
    path = path or folder.need((TREATMENTS,), "the names of PRISM's compounds")
    columns = ["broad_id", "name"]
    if key == "profile_id":
        columns += ["profile_id", "perturbation_type", "dose", "screen"]
    frame = Delimited.open(path, ",", columns).text(columns)
    same_for_each(path, frame, "broad_id", "name")
    if key == "profile_id":
        check_key(path, frame["profile_id"].tolist(), "profile_id")
    return frame


def _compounds(path: Path, ids: pd.Series, names: pd.Series, about: pd.DataFrame) -> pd.DataFrame:
    """Columns core, name, maybe target and moa, a row per treatment; a core has one name."""
    whole = ids.str.removeprefix("BRD:").to_numpy()
    core = ids.str.extract(CORE)[0].to_numpy()
    out = pd.DataFrame({"core": np.where(pd.isna(core), whole, core), "name": names.to_numpy()})
    for ours, theirs in (("target", "repurposing_target"), ("moa", "MOA")):
        if theirs in about:
            out[ours] = about[theirs].to_numpy()
    out["name"] = out.groupby("core")["name"].transform("first")
    if (out["name"] == "").any():
        i = int((out["name"] == "").to_numpy().argmax())
        raise MmdrpError(f"{path.name}: {out['core'].iloc[i]} has no name")
    return out
