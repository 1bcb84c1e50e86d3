"""gdsctools: ln IC50 of lines x drugs beside GDSC's genomic features (Cokelaer et al. 2018)."""

from pathlib import Path

import numpy as np
import pandas as pd

from mmdrp.data.ingest import structures
from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.gdsc import compounds, features
from mmdrp.data.ingest.gdsc.fitted import gdsc_id, matrix
from mmdrp.data.ingest.lines import key_of
from mmdrp.data.ingest.raw import Raw, plain
from mmdrp.data.ingest.tools import own, r_tables
from mmdrp.data.source import Table
from mmdrp.data.study import Study
from mmdrp.data.study.manifest import Entry
from mmdrp.data.tables import check_key
from mmdrp.errors import MmdrpError
from mmdrp.options import checked

MATRIX = ("IC50_*.csv", "IC50_*.tsv")
DECODE = "*DRUG_DECODE*.csv"
"""names and targets of drugs, as gdsctools has them"""
INFO = "cosmic_info*.csv"
LICENCE = "GDSC: free for non-commercial research, see its terms of use"
MEASURES = {"ic50": {"unit": "ln uM", "higher": "resistant"}}


@checked
def build(root: str | Path, raw: str | Path) -> Study:
    """Write the study: ``ic50``, and ``mutation``, ``racs``, ``msi`` where their features are.

    Lines go by COSMIC id, or by DepMap id where DepMap's table of lines is in the folder.
    """
    folder = Raw(raw)
    notes: list[str] = []
    paths = [path for pattern in MATRIX for path in folder.glob(pattern)]
    path = r_tables.only(paths, "ln IC50") or folder.need(MATRIX, "the responses of gdsctools")
    long = matrix(path)
    long["cosmic"] = long["cosmic"].str.replace(r"\.0+$", "", regex=True)
    found = features.read(folder, notes)
    about = _about(folder, found)
    known = list(dict.fromkeys([*long["cosmic"], *(found.lines["cosmic"] if found else [])]))
    called = about["name"].reindex(known).fillna("").tolist()
    lines = own.lines_of(folder, plain(path), {"cosmic": known, "name": called}, notes)
    response = long.assign(measure="ic50", value=long["ic50"], cell=long["cosmic"].map(lines.cell))
    response = response[response["cell"].notna()].reset_index(drop=True)
    met = long[["drug_id"]].drop_duplicates()
    drugs = compounds.drugs(folder, _decoded(folder, met), notes)
    name_of = dict(zip(drugs["gdsc_id"], drugs["drug"], strict=True))
    response["drug"] = response["drug_id"].map(name_of)
    smiles = structures.read(folder)
    drugs["smiles"] = [smiles.get(key_of(name), "") for name in drugs["name"]]
    entry = Entry("", 0, 0, "", "", plain(path), "GDSC, as gdsctools has it", LICENCE,
                  measures=MEASURES)  # fmt: skip
    return own.write(
        root, "gdsctools", folder, response=response[["measure", "cell", "drug", "value"]],
        cells=_cells(lines, sorted(set(response["cell"])), about), drugs=drugs, entry=entry,
        modalities=modalities(found, lines.cell) if found else {}, notes=notes, options={},
    )  # fmt: skip


def modalities(found: features.Features, cell: dict[str, str]) -> dict[str, own.Modality]:
    """Return the modalities of GDSC's features; ``cell`` is the study's id by COSMIC id."""
    rows = [i for i, line in enumerate(found.lines["cosmic"]) if line in cell]
    if not rows:
        raise MmdrpError(
            f"{found.path.name}: none of its {len(found.lines)} lines (such as "
            f"{found.lines['cosmic'].iloc[0][:20]!r}) is known; are they COSMIC ids?"
        )
    ids = [cell[line] for line in found.lines["cosmic"].iloc[rows]]
    out = {}
    for name, part in features.PARTS.items():
        called, values = found.part(name)
        values = values[rows]
        some = np.flatnonzero(np.isfinite(values).any(axis=1)) if called else np.arange(0)
        if not len(some):
            continue
        table = Table("cell", [ids[i] for i in some], called, values[some])
        out[name] = own.modality(
            table, part.unit, plain(found.path), "GDSC (Iorio et al. 2016)", LICENCE
        )
    return out


def _about(folder: Raw, found: features.Features | None) -> pd.DataFrame:
    """Return name and tissue by COSMIC id: of gdsctools' table of lines, or of the features."""
    lines = pd.DataFrame({"cosmic": [], "name": [], "tissue": []}, dtype=object)
    lines = lines if found is None else found.lines
    about = lines.set_index("cosmic")[["name", "tissue"]]
    path = r_tables.only(folder.glob(INFO), "names of the lines")
    if path is not None:
        frame = Delimited.open(path, None, ["COSMIC_ID", "SAMPLE_NAME"]).text(
            ["COSMIC_ID", "SAMPLE_NAME"]
        )
        check_key(path, frame["COSMIC_ID"].tolist(), "COSMIC_ID")
        named = frame.set_index("COSMIC_ID")["SAMPLE_NAME"]
        about = about.reindex(about.index.union(named.index)).fillna("")
        about["name"] = about["name"].where(about["name"] != "", named.reindex(about.index))
    return about.fillna("")


def _cells(lines: own.Lines, cells: list[str], about: pd.DataFrame) -> pd.DataFrame:
    frame = lines.annotation(cells, about if lines.ids is None else None)
    if lines.ids is None:
        frame["name"] = frame["name"].where(frame["name"] != "", frame["cell"])
        frame["cosmic_id"] = frame["cell"]
    return frame


def _decoded(folder: Raw, met: pd.DataFrame) -> pd.DataFrame:
    """Add name and target of each drug id, where gdsctools' table of drugs lies in the folder."""
    path = r_tables.only(folder.glob(DECODE), "names of drugs")
    if path is None:
        return met.assign(drug_name="", target="")
    columns = ["DRUG_ID", "DRUG_NAME", "DRUG_TARGET"]
    frame = Delimited.open(path, None, columns).text(columns)
    check_key(path, frame["DRUG_ID"].tolist(), "DRUG_ID")
    ids = frame["DRUG_ID"].str.replace(r"^Drug_|_IC50$", "", regex=True).map(gdsc_id)
    known = frame.set_axis(ids).reindex(met["drug_id"]).fillna("").reset_index(drop=True)
    return met.reset_index(drop=True).assign(
        drug_name=known["DRUG_NAME"], target=known["DRUG_TARGET"]
    )
