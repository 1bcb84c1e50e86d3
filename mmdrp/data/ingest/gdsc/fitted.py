"""GDSC's responses as they are published: fitted tables, and the v17 matrix of ln IC50."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.limits import fraction, same_for_each, within
from mmdrp.data.ingest.raw import Raw
from mmdrp.data.tables import cell, check_header, check_key
from mmdrp.errors import MmdrpError

SCREENS = {
    "GDSC1": "GDSC1_fitted_dose_response*.csv",
    "GDSC2": "GDSC2_fitted_dose_response*.csv",
    "v17": "v17*_fitted_dose_response*.csv",
}
MATRIX = "IC50_v17*.csv"  # lines x drugs of ln IC50, columns Drug_<id>_IC50
EXPORT = "PANCANCER_IC50*.csv"  # of cancerrxgene.org: its IC50 is the natural logarithm, too
COLUMNS = {  # ours -> letters and digits of a heading, of the fitted tables and of the export
    "sanger": ("sangermodelid",),
    "cosmic": ("cosmicid",),
    "name": ("celllinename",),
    "drug_id": ("drugid",),
    "drug_name": ("drugname",),
    "ic50": ("lnic50", "ic50"),
    "auc": ("auc",),
    "target": ("putativetarget",),
    "pathway": ("pathwayname",),
    "screen": ("dataset", "datasetversion"),
}
SPELLED = {"cosmic": "COSMIC_ID", "drug_id": "DRUG_ID", "drug_name": "DRUG_NAME",
           "ic50": "LN_IC50", "auc": "AUC"}  # fmt: skip
"""columns that must be there"""
IDS = ("sanger", "cosmic", "name")
LN_UM = (-25.0, 25.0)


def responses(folder: Raw, screen: str, notes: list[str]) -> tuple[Path, pd.DataFrame]:
    """Return the file, and of each curve: ids of the line (``IDS``), ``drug_id``, ``drug_name``,
    ``ic50`` (ln uM), maybe ``auc`` (fraction of 1), ``target`` and ``pathway``."""
    patterns = [SCREENS[screen], *([MATRIX] if screen == "v17" else [EXPORT])]
    for pattern in patterns:
        paths = folder.glob(pattern)
        if len(paths) > 1:
            raise MmdrpError(f"{paths[0]} and {paths[1]}: two releases of {screen}; keep one")
        if paths and pattern == MATRIX:
            return paths[0], matrix(paths[0])
        if paths:
            return paths[0], _fitted(paths[0], screen, notes)
    folder.need(patterns, f"the responses of {screen}")
    raise AssertionError("need() raises where there is no file")


def _fitted(path: Path, screen: str, notes: list[str]) -> pd.DataFrame:
    table = Delimited.open(path, None)
    keys = {_key(name): name for name in reversed(table.header)}
    found = {o: next((keys[k] for k in known if k in keys), "") for o, known in COLUMNS.items()}
    check_header(path, table.header, [n for o, n in SPELLED.items() if not found[o]])
    there = {ours: name for ours, name in found.items() if name}
    frame = table.text(list(there.values()))
    for name in (there["drug_id"], there["drug_name"]):
        if (frame[name] == "").any():
            raise MmdrpError(f"{cell(path, name, int(np.argmax(frame[name] == '')))}: empty")
    kept = np.ones(len(frame), dtype=bool)
    if "screen" in there:
        kept = _of_screen(path, frame[there["screen"]], screen, notes)
    same_for_each(path, frame[kept], there["drug_id"], there["drug_name"])
    ic50, auc = table.column(frame, there["ic50"]), table.column(frame, there["auc"])
    within(path, there["ic50"], ic50, *LN_UM, "it is the natural logarithm of uM")
    known = ic50[np.isfinite(ic50)]
    if there["ic50"] == "IC50" and len(known) >= 20 and (known > 0).all():
        raise MmdrpError(
            f"{path.name}: column 'IC50' is never below 0: in uM? it is read as the natural "
            "logarithm, as cancerrxgene.org exports it"
        )
    fraction(path, there["auc"], auc)
    out = frame.set_axis(list(there), axis=1).assign(ic50=ic50, auc=auc)
    out["drug_id"] = out["drug_id"].map(gdsc_id)
    return out.drop(columns="screen", errors="ignore")[kept].reset_index(drop=True)


def screens_of(path: Path) -> list[str]:
    """Return the screens that a table names in its column of data sets."""
    table = Delimited.open(path, None)
    names = [n for n in table.header if _key(n) in COLUMNS["screen"]]
    return sorted(set(table.text(names[:1])[names[0]].str.upper())) if names else []


def _key(heading: str) -> str:
    return re.sub(r"[^a-z0-9]", "", heading.casefold())


def _of_screen(path: Path, said: pd.Series, screen: str, notes: list[str]) -> np.ndarray:
    """Say which rows are of the screen that is asked for; GDSC1 and GDSC2 are never mixed."""
    here = said.str.upper()
    if screen == "v17" and here.nunique() == 1:
        return np.ones(len(said), dtype=bool)
    kept: np.ndarray = here.eq(screen.upper()).to_numpy()
    others = sorted({name or "(empty)" for name in said[~kept]})
    if not kept.any():
        raise MmdrpError(
            f"{path.name}: column {said.name!r} never says {screen}, but {', '.join(others)[:80]}"
        )
    if others:
        notes.append(
            f"{path.name}: {int((~kept).sum())} rows of {said.name} {', '.join(others)} are left "
            "out"
        )
    return kept


def matrix(path: Path) -> pd.DataFrame:
    """Return ``cosmic, drug_id, ic50`` of lines x ``Drug_<id>_IC50``, ln uM."""
    table = Delimited.open(path, None, ["COSMIC_ID"])
    frame, values = table.numbers(["COSMIC_ID"])
    check_key(path, frame["COSMIC_ID"].tolist(), "COSMIC_ID")
    drugs = [name for name in table.header if name != "COSMIC_ID"]
    found = [re.fullmatch(r"(?:Drug_)?(?:GDSC:)?(\d+)(?:_IC50)?", name) for name in drugs]
    if not all(found) or not drugs:
        odd = next((n for n, m in zip(drugs, found, strict=True) if m is None), "")
        raise MmdrpError(f"{path.name}: column {odd!r} names no GDSC drug id")
    ids = [gdsc_id(m[1]) for m in found if m]
    known = values[np.isfinite(values)]
    if known.size >= 20 and (known > 0).all():
        raise MmdrpError(
            f"{path.name}: no value is below 0: in uM? it is read as the natural logarithm of uM"
        )
    for name, column in zip(drugs, values.T, strict=True):
        within(path, name, column.astype(np.float64), *LN_UM, "it is the natural logarithm of uM")
    wide = pd.DataFrame(values.astype(np.float64), columns=ids)
    long = wide.assign(cosmic=frame["COSMIC_ID"]).melt(
        id_vars="cosmic", var_name="drug_id", value_name="ic50"
    )
    return long.dropna(subset="ic50").assign(drug_name="").reset_index(drop=True)


def gdsc_id(text: str) -> str:
    """Return ``GDSC:<number>``, which is how drug ids are written here."""
    return text if text.startswith("GDSC:") else f"GDSC:{text.removesuffix('.0')}"
