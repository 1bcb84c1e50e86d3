"""Small studies under the names of the real ones, for pages that are run without downloads.

Each is the synthetic study with some drugs and genes renamed to those that the pages speak of.
"""

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd

from mmdrp.data.source import Table
from mmdrp.data.study import Study, write_study

Frames = dict[str, pd.DataFrame]
Tables = dict[str, Table]

DRUGS = (
    "Dabrafenib", "Lapatinib", "Afatinib (GDSC:1032)", "Afatinib (GDSC:1377)", "Docetaxel",
    "CX-5461", "Nutlin-3a (-)", "PLX-4720", "Trametinib", "Selumetinib", "Gefitinib", "Palbociclib",
    "Bortezomib", "Vorinostat", "Tanespimycin",
)  # fmt: skip
GENES = {
    "mutation": ("BRAF", "TP53", "EGFR", "KRAS", "PIK3CA", "RB1", "NRAS", "IDH1", "TTN", "CTNNB1"),
    "expression": ("ERBB2", "EGFR", "DUSP6", "ABCB1", "NQO1", "MDM2", "CDKN2A", "SPRY2", "ESR1"),
}
WITH_RESPONSE = ("gdsc", "ctrpv2", "ccle")
LINES, KEPT_DRUGS = 80, 16


def populate(folder: Path, study: Study) -> None:
    """Fill a data folder: ``synthetic``, and the real names with what stands in for them.

    All are the first lines and drugs of the synthetic study, so that a page runs in seconds.
    """
    frames, tables = _shortened(study)
    synthetic = write_study(folder / "synthetic", study.manifest, frames, tables)
    shutil.copy(study.folder / "planted.csv", synthetic.folder)
    frames, tables = _renamed(frames, tables)
    for name in WITH_RESPONSE:
        write_study(folder / name, replace(study.manifest, name=name, options={}), frames, tables)
    names = {line: f"TCGA-{i:02d}-0001" for i, line in enumerate(frames["cells"]["cell"])}
    cells = frames["cells"].assign(cell=[*names.values()])
    unscreened = {"cells": cells, **{name: frames[name].head(0) for name in ("drugs", "response")}}
    tumours = {
        name: replace(tables[name], ids=[names[line] for line in tables[name].ids])
        for name in ("expression", "mutation")
    }
    entries = study.manifest.tables
    entries = {**entries, "response": replace(entries["response"], measures={})}
    manifest = replace(study.manifest, name="tcga", options={}, tables=entries)
    write_study(folder / "tcga", manifest, unscreened, tumours)


def _shortened(study: Study) -> tuple[Frames, Tables]:
    cells, drugs = study.cells.reset_index()[:LINES], study.drugs.reset_index()[:KEPT_DRUGS]
    long = pd.read_parquet(study.folder / study.manifest.tables["response"].file)
    long = long[long["cell"].isin(cells["cell"]) & long["drug"].isin(drugs["drug"])]
    tables = {name: study.modality(name) for name in study.modalities}
    for name, table in tables.items():
        rows = [i for i, line in enumerate(table.ids) if line in set(cells["cell"])]
        ids = [table.ids[i] for i in rows]
        tables[name] = replace(table, ids=ids, values=table.values[rows])
    return {"cells": cells, "drugs": drugs, "response": long}, tables


def _renamed(frames: Frames, tables: Tables) -> tuple[Frames, Tables]:
    drugs, long = frames["drugs"], frames["response"]
    ids = dict(zip(drugs["drug"], DRUGS, strict=False))
    renamed = drugs["drug"].replace(ids)
    drugs = drugs.assign(drug=renamed, name=renamed.str.replace(r" \(.*\)", "", regex=True))
    tables = dict(tables)
    for name, genes in GENES.items():
        features = [*genes, *tables[name].features[len(genes) :]]
        tables[name] = replace(tables[name], features=features)
    long = long.assign(drug=long["drug"].replace(ids))
    return {**frames, "drugs": drugs, "response": long}, tables
