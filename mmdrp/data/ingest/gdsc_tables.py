"""GDSC's fitted dose-response tables and v17-style matrices (Iorio et al. 2016), from disk."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from mmdrp.data.ingest import depmap, maf, structures
from mmdrp.data.ingest import raw as raw_folder
from mmdrp.data.ingest.assemble import assemble
from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.ids import CellIds
from mmdrp.data.ingest.lines import key_of
from mmdrp.data.manifest import Entry
from mmdrp.data.study import Study
from mmdrp.data.tables import cell, check_key
from mmdrp.errors import MmdrpError

SCREENS = {
    "GDSC1": "GDSC1_fitted_dose_response*.csv",
    "GDSC2": "GDSC2_fitted_dose_response*.csv",
    "v17": "v17*_fitted_dose_response*.csv",
}
MATRIX = "IC50_v17*.csv"  # lines x drugs of ln IC50, columns Drug_<id>_IC50
COMPOUNDS = "GDSC_Screened_Compounds.csv"
LICENCE = "GDSC: free for non-commercial research, see its terms of use"
COLUMNS = ["COSMIC_ID", "DRUG_ID", "DRUG_NAME", "LN_IC50", "AUC"]
IDS = {"sanger": "SANGER_MODEL_ID", "cosmic": "COSMIC_ID", "name": "CELL_LINE_NAME"}
MEASURES = {
    "ic50": {"unit": "ln uM", "direction": "higher = less sensitive"},
    "auc": {"unit": "fraction of 1", "direction": "higher = less sensitive"},
}


def build(
    root: str | Path,
    raw: str | Path,
    screen: str = "GDSC1",
    modalities: Sequence[str] | None = None,
    mutation: Sequence[str] | str = maf.DEEPDR,
    lines: str = "measured",
) -> Study:
    """Write the study of one screen: GDSC1, GDSC2 or v17 (fitted table, or else its matrix).

    Screens differ in assay and doses, so they are never averaged. Lines become DepMap ids by
    Sanger id, COSMIC id, then name.
    """
    if screen not in SCREENS:
        raise MmdrpError(f"screen={screen}: choose among {', '.join(SCREENS)}")
    folder = Path(raw)
    ids = CellIds.read(folder)
    path, long = _responses(folder, screen)
    notes: list[str] = []
    kinds = [kind for kind in IDS if kind in long]
    lines_of = long[kinds].drop_duplicates()
    found = ids.resolve(screen, {kind: lines_of[kind].tolist() for kind in kinds})
    notes.extend(found.notes)
    cells = lines_of.assign(cell=found.cells)
    long = long.merge(cells, on=kinds, how="left", validate="many_to_one")
    named = _drugs(folder, long[["drug_id", "drug_name"]].drop_duplicates())
    long["drug"] = long["drug_id"].map(dict(zip(named["gdsc_id"], named["drug"], strict=True)))
    measures = [m for m in MEASURES if m in long]
    kept = long[long["cell"] != ""].melt(
        id_vars=["cell", "drug"], value_vars=measures, var_name="measure"
    )
    kept = kept.dropna(subset="value")
    mean = kept.groupby(["measure", "cell", "drug"], as_index=False)["value"].agg(["mean", "size"])
    response = mean.set_axis(["measure", "cell", "drug", "value", "replicates"], axis=1)
    notes.append(f"{len(kept) - len(response)} replicate values were averaged")
    smiles = structures.read(folder)
    named["smiles"] = [smiles.get(key_of(name), "") for name in named["name"]]
    drugs = named[named["drug"].isin(response["drug"])].reset_index(drop=True)
    notes.extend(structures.missing(drugs["drug"].tolist(), drugs["smiles"].tolist()))
    used = {m: MEASURES[m] for m in measures}
    entry = Entry("", 0, 0, "", "", raw_folder.plain(path), screen, LICENCE, measures=used)
    omics = depmap.read(folder, ids, modalities, mutation)
    return assemble(Path(root), "gdsc", ids, omics, response, drugs, entry, notes, lines)


def _responses(folder: Path, screen: str) -> tuple[Path, pd.DataFrame]:
    """Ids of the line, drug_id, drug_name, ic50 and maybe auc; one row per curve."""
    patterns = [SCREENS[screen], *([MATRIX] if screen == "v17" else [])]
    for pattern in patterns:
        paths = raw_folder.glob(folder, pattern)
        if len(paths) > 1:
            raise MmdrpError(f"{paths[0]} and {paths[1]}: two releases of {screen}; keep one")
        if paths:
            return paths[0], (_matrix if pattern == MATRIX else _fitted)(paths[0])
    raise MmdrpError(f"{folder}: has no {' or '.join(patterns)} (plain or .gz); see docs/raw.md")


def _fitted(path: Path) -> pd.DataFrame:
    table = Delimited.open(path, ",", COLUMNS)
    kinds = {kind: name for kind, name in IDS.items() if name in table.header}
    frame = table.text([*kinds.values(), *COLUMNS[1:]])
    for name in ("DRUG_ID", "DRUG_NAME"):
        if (frame[name] == "").any():
            raise MmdrpError(f"{cell(path, name, int(np.argmax(frame[name] == '')))}: empty")
    out = frame[list(kinds.values())].set_axis(list(kinds), axis=1)
    out["drug_id"], out["drug_name"] = frame["DRUG_ID"].map(_gdsc), frame["DRUG_NAME"]
    return out.assign(ic50=table.column(frame, "LN_IC50"), auc=table.column(frame, "AUC"))


def _matrix(path: Path) -> pd.DataFrame:
    table = Delimited.open(path, ",", ["COSMIC_ID"])
    frame, values = table.numbers(["COSMIC_ID"])
    check_key(path, frame["COSMIC_ID"].tolist(), "COSMIC_ID")
    drugs = [name for name in table.header if name != "COSMIC_ID"]
    odd = [name for name in drugs if not re.search(r"\d+", name)]
    if odd or not drugs:
        raise MmdrpError(f"{path.name}: column {odd[0] if odd else ''!r} names no GDSC drug id")
    ids = [_gdsc(re.findall(r"\d+", name)[0]) for name in drugs]
    wide = pd.DataFrame(values.astype(np.float64), columns=ids)
    long = wide.assign(cosmic=frame["COSMIC_ID"]).melt(
        id_vars="cosmic", var_name="drug_id", value_name="ic50"
    )
    return long.dropna(subset="ic50").assign(drug_name="").reset_index(drop=True)


def _drugs(folder: Path, met: pd.DataFrame) -> pd.DataFrame:
    """Columns drug, name, gdsc_id, target, pathway; an id screened under a name already taken
    keeps its number behind the name."""
    columns = ["DRUG_ID", "DRUG_NAME", "TARGET", "TARGET_PATHWAY"]
    known = pd.DataFrame(columns=columns)
    path = raw_folder.find(folder, (COMPOUNDS,))
    if path is not None:
        known = Delimited.open(path, ",", columns).text(columns)
        check_key(path, known["DRUG_ID"].tolist(), "DRUG_ID")
    known = known.set_index(known["DRUG_ID"].map(_gdsc))
    out = met.groupby("drug_id", as_index=False)["drug_name"].first()
    about = known.reindex(out["drug_id"]).fillna("").reset_index(drop=True)
    name = out["drug_name"].where(out["drug_name"] != "", about["DRUG_NAME"])
    name = name.where(name != "", out["drug_id"])
    twice = name.duplicated(keep=False)
    drug = name.where(~twice, name + " (" + out["drug_id"] + ")")
    return pd.DataFrame(
        {
            "drug": drug,
            "name": name,
            "gdsc_id": out["drug_id"],
            "target": about["TARGET"],
            "pathway": about["TARGET_PATHWAY"],
        }
    )


def _gdsc(ident: str) -> str:
    return ident if ident.startswith("GDSC:") else f"GDSC:{ident.removesuffix('.0')}"
