"""Drugs of a study with what is known of them, folds over structures, scores of lines x drugs."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor

import mmdrp.data.parts  # noqa: F401  # registers minimol
from mmdrp.data.chem.embedding import installed
from mmdrp.data.chem.fingerprint import Morgan
from mmdrp.data.chem.standardise import standardise
from mmdrp.data.known.embedded import embedding_table
from mmdrp.data.known.facts import known_drug
from mmdrp.data.known.pathways import pathways_table
from mmdrp.data.source import Table
from mmdrp.data.study import Study
from mmdrp.data.targets import COLUMNS, targets_table
from mmdrp.evaluation.metrics import pearson
from mmdrp.registry import part
from tests.benchmarks._bases import Panel, Rows, folds, panel_of


@dataclass(frozen=True)
class Drugs:
    """A panel of drugs with a SMILES, and what is known of them."""

    panel: Panel
    known: dict[str, Tensor]
    same: Rows
    """the number of each drug's structure"""


def drugs_of(study: Study) -> Drugs:
    """Lay out a study's AUC, and describe its drugs: by MiniMol too, where it is installed."""
    panel = panel_of(study, "auc")
    smiles = study.drugs["smiles"].fillna("").astype(str)
    asked = {d: smiles[d] for d in panel.drugs if smiles[d]}
    panel = replace(panel, y=panel.y[:, [d in asked for d in panel.drugs]], drugs=list(asked))
    frame = with_facts(study.drugs)
    parents = {d: standardise(s) for d, s in asked.items()}
    tables = {"targets": targets_table(frame, panel.drugs),
              "pathways": pathways_table(frame, panel.drugs)}  # fmt: skip
    if installed():
        minimol = part("fingerprint", "minimol")
        tables["embedding"] = embedding_table(minimol, parents, {}, study.root)
    known = {what: rows_of(table, panel.drugs) for what, table in tables.items()}
    known["structure"] = torch.from_numpy(Morgan(2, 4096, counts=True)(asked))
    same = np.unique(list(parents.values()), return_inverse=True)[1]
    return Drugs(panel, known, same)


def with_facts(drugs: pd.DataFrame) -> pd.DataFrame:
    """Return a drugs table with the targets of GDSC's list, where it has none."""
    if any(column in drugs for column in COLUMNS):
        return drugs
    found = [
        known_drug(str(i), str(n)) for i, n in zip(drugs["gdsc_id"], drugs["name"], strict=True)
    ]
    return drugs.assign(target=[f["target"] if f else "" for f in found],
                        pathway=[f["pathway"] if f else "" for f in found])  # fmt: skip


def rows_of(table: Table | None, drugs: list[str]) -> Tensor:
    """Return drugs x columns, 0 where nothing is known."""
    if table is None:
        return torch.zeros(len(drugs), 0)
    return torch.nan_to_num(table.take(table.locate(drugs)))


def targets_of(study: Study, drugs: list[str]) -> Tensor:
    """Return drugs x targets, 0/1; no column where none is known."""
    return rows_of(targets_table(with_facts(study.drugs), drugs), drugs)


def drug_folds(same: Rows, seed: int) -> list[tuple[Rows, Rows]]:
    """Return train and test positions of drugs; ``same`` numbers their structures."""
    parts = folds(int(same.max()) + 1, seed)
    return [(np.flatnonzero(~np.isin(same, t)), np.flatnonzero(np.isin(same, t))) for _, t in parts]


def scored(y: Tensor, pred: Tensor) -> dict[str, float]:
    """Return RMSE, pooled Pearson, and the mean Pearson per line and per drug."""
    seen = torch.isfinite(y) & torch.isfinite(pred)
    a, b = y.double().numpy(), pred.double().numpy()
    mask = seen.numpy()

    def mean(values: list[float]) -> float:
        return float(np.mean(np.nan_to_num(values)))

    return {
        "rmse": float(np.sqrt(((a - b)[mask] ** 2).mean())),
        "r": pearson(a[mask], b[mask]),
        "line_r": mean([pearson(a[i, m], b[i, m]) for i, m in enumerate(mask) if m.sum() >= 10]),
        "drug_r": mean([pearson(a[m, j], b[m, j]) for j, m in enumerate(mask.T) if m.sum() >= 10]),
    }
