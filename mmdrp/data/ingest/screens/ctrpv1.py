"""CTRPv1 (Basu et al. 2013): areas under the curves of 354 compounds on 242 lines."""

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
from mmdrp.data.ingest.limits import within
from mmdrp.data.ingest.lines import key_of
from mmdrp.data.ingest.raw import Raw
from mmdrp.data.ingest.screens.ctrpv2 import LICENCE, MOST_AREA
from mmdrp.data.study import Study
from mmdrp.data.study.manifest import Entry
from mmdrp.data.tables import cell, check_key
from mmdrp.errors import MmdrpError
from mmdrp.options import checked

CURVES = "v10.D3.area_under_conc_curve.txt"
COMPOUNDS = "v10.M1.informer_set.txt"
NEEDED = ["cpd_name", "ccl_name", "area_under_curve"]
MEASURES = {"auc": {"unit": "area over log2 dose", "higher": "resistant"}}


@checked
def build(
    root: str | Path,
    raw: str | Path,
    *,
    modalities: Sequence[str] | None = None,
    mutation: Sequence[str] | Literal["damaging_hotspot"] = maf.DEEPDR,
    lines: Literal["measured", "all"] = "measured",
) -> Study:
    """Write the study of the table of areas and the DepMap omics in ``raw``; lines by name."""
    folder = Raw(raw)
    ids = CellIds.read(folder)
    notes: list[str] = []
    path = folder.need((CURVES,), "the responses of CTRPv1")
    table = Delimited.open(path, "\t", NEEDED)
    frame = table.text(NEEDED)
    for name in NEEDED[:2]:
        if (blank := frame[name] == "").any():
            raise MmdrpError(f"{cell(path, name, int(blank.argmax()))}: empty")
    frame["value"] = table.column(frame, "area_under_curve")
    within(path, "area_under_curve", frame["value"].to_numpy(), 0, MOST_AREA)
    used = frame["ccl_name"].drop_duplicates()
    found = ids.resolve("CTRPv1", {"name": used.tolist()})
    notes.extend(found.notes)
    frame["cell"] = frame["ccl_name"].map(dict(zip(used, found.cells, strict=True)))
    if missing := int(frame["value"].isna().sum()):
        notes.append(f"{missing} curves without an area are left out")
    known = frame[(frame["cell"] != "") & frame["value"].notna()]
    mean = known.groupby(["cell", "cpd_name"], as_index=False)["value"].agg(["mean", "size"])
    response = mean.set_axis(["cell", "drug", "value", "replicates"], axis=1)
    response.insert(0, "measure", "auc")
    notes.append(f"{len(known) - len(response)} replicate curves were averaged")
    drugs = _drugs(folder, sorted(set(response["drug"])))
    notes.extend(structures.missing(drugs["drug"].tolist(), drugs["smiles"].tolist()))
    entry = Entry("", 0, 0, "", "", CURVES, "CTRPv1.0 (2013)", LICENCE, measures=MEASURES)
    omics = depmap.read(folder, ids, modalities, mutation)
    options = omics_options(modalities, mutation, lines)
    return assemble(
        Path(root), "ctrpv1", folder, ids, omics, response, drugs, entry, notes, options
    )


def _drugs(folder: Raw, names: list[str]) -> pd.DataFrame:
    """Columns drug, name, smiles, maybe target and activity, of the informer set if it is there."""
    drawn = structures.read(folder)
    smiles = {name: drawn.get(key_of(name), "") for name in names}
    out = pd.DataFrame({"drug": names, "name": names})
    path = folder.find((COMPOUNDS,))
    if path is None:
        return out.assign(smiles=[smiles[name] for name in names])
    table = Delimited.open(path, "\t", ["cpd_name"])
    extra = {
        "gene_symbol_of_protein_target": "target",
        "target_or_activity_of_compound": "activity",
    }
    extra = {theirs: ours for theirs, ours in extra.items() if theirs in table.header}
    drawings = [name for name in ("cpd_smiles",) if name in table.header]
    frame = table.text(["cpd_name", *extra, *drawings])
    check_key(path, frame["cpd_name"].tolist(), "cpd_name")
    for i in np.flatnonzero(frame["cpd_smiles"] != "") if drawings else ():
        name = frame["cpd_name"].iloc[i]
        try:
            smiles[name] = standardise(frame["cpd_smiles"].iloc[i])
        except ValueError as error:
            where = cell(path, "cpd_smiles", int(i), name)
            raise MmdrpError(f"{where}: {error}; mend it, or empty the cell") from None
    about = frame.set_index("cpd_name").reindex(names).fillna("")
    out = out.assign(smiles=[smiles[name] for name in names])
    return out.assign(**{ours: about[theirs].to_numpy() for theirs, ours in extra.items()})
