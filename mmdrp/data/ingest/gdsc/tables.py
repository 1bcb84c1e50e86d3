"""GDSC's fitted dose-response tables and v17-style matrices (Iorio et al. 2016), from disk."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from mmdrp.data.ingest import depmap, maf, structures
from mmdrp.data.ingest.assemble import assemble, omics_options
from mmdrp.data.ingest.gdsc import compounds, features
from mmdrp.data.ingest.gdsc.fitted import IDS, responses
from mmdrp.data.ingest.ids import CellIds
from mmdrp.data.ingest.lines import key_of
from mmdrp.data.ingest.raw import Raw, plain
from mmdrp.data.ingest.tools.gdsctools import modalities as modalities_of
from mmdrp.data.study import Study
from mmdrp.data.study.manifest import Entry
from mmdrp.options import checked

LICENCE = "GDSC: free for non-commercial research, see its terms of use"
MEASURES = {
    "ic50": {"unit": "ln uM", "higher": "resistant"},
    "auc": {"unit": "fraction of 1", "higher": "resistant"},
}


@checked
def build(
    root: str | Path,
    raw: str | Path,
    *,
    screen: Literal["GDSC1", "GDSC2", "v17"] = "GDSC1",
    modalities: Sequence[str] | None = None,
    mutation: Sequence[str] | Literal["damaging_hotspot"] = maf.DEEPDR,
    lines: Literal["measured", "all"] = "measured",
) -> Study:
    """Write the study of one screen: GDSC1, GDSC2 or v17 (fitted table, or else its matrix).

    Screens differ in assay and doses, so they are never averaged. Lines become DepMap ids by
    Sanger id, COSMIC id, then name.
    """
    folder = Raw(raw)
    ids = CellIds.read(folder)
    notes: list[str] = []
    path, long = responses(folder, screen, notes)
    kinds = [kind for kind in IDS if kind in long]
    lines_of = long[kinds].drop_duplicates()
    found = ids.resolve(screen, {kind: lines_of[kind].tolist() for kind in kinds})
    notes.extend(found.notes)
    cells = lines_of.assign(cell=found.cells)
    long = long.merge(cells, on=kinds, how="left", validate="many_to_one")
    told = [c for c in ("drug_id", "drug_name", "target", "pathway") if c in long]
    named = compounds.drugs(folder, long[told].drop_duplicates(), notes)
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
    entry = Entry("", 0, 0, "", "", plain(path), screen, LICENCE, measures=used)
    omics = depmap.read(folder, ids, modalities, mutation)
    if modalities is None:
        _add_features(folder, ids, omics, notes)
    options = omics_options(modalities, mutation, lines) | {"screen": screen}
    return assemble(Path(root), "gdsc", folder, ids, omics, response, drugs, entry, notes, options)


def _add_features(folder: Raw, ids: CellIds, omics: depmap.Omics, notes: list[str]) -> None:
    """Add segments and MSI of GDSC's own genomic features, mutations where there are none."""
    found = features.read(folder, notes)
    if found is None:
        return
    names = {"cosmic": found.lines["cosmic"].tolist(), "name": found.lines["name"].tolist()}
    named = ids.resolve(plain(found.path), names)
    notes.extend(named.notes)
    cell = {n: c for n, c in zip(names["cosmic"], named.cells, strict=True) if c}
    for name, modality in modalities_of(found, cell).items():
        if name not in omics.tables:
            omics.tables[name], omics.entries[name] = modality.table, modality.entry
