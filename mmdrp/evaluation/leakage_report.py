"""The leakage report of evaluated folds."""

import logging
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from mmdrp.data.split import Fold
from mmdrp.data.study import Study
from mmdrp.evaluation.leakage import Pair, across, alike, same_structure, shared

log = logging.getLogger(__name__)
KINDS = {
    ("shared", "cell"): "lines in two parts of a fold",
    ("shared", "drug"): "drugs in two parts of a fold",
    ("near_duplicate", "cell"): "pairs of lines in two parts with nearly the same expression",
    ("same_structure", "drug"): "pairs of drugs in two parts with the same structure",
    ("other_screen", "cell"): "held-out lines with responses of another screen in training",
    ("other_screen", "drug"): "held-out drugs with responses of another screen in training",
}


@dataclass(frozen=True, eq=False)
class LeakageFinder:
    """Near-duplicate lines and identical drugs of a study, computed once for all its folds."""

    study: Study
    min_correlation: float = 0.8
    """of expression, above which two lines count as near-duplicates"""

    @cached_property
    def near_duplicates(self) -> list[Pair]:
        """Pairs of lines with nearly the same expression."""
        if "expression" not in self.study.modalities:
            return []
        return alike(self.study.modality("expression"), self.min_correlation)

    @cached_property
    def same_structures(self) -> list[Pair]:
        """Pairs of drugs with one structure."""
        if "smiles" not in self.study.drugs:
            return []
        smiles = self.study.drugs["smiles"].fillna("").astype(str)
        return same_structure({str(drug): text for drug, text in smiles.items() if text})

    def leaks_of(self, fold: Fold) -> pd.DataFrame:
        """Return what two parts of a fold have in common: entities, near-duplicates, structures."""
        tables = [
            shared(fold, "cell"),
            shared(fold, "drug"),
            across(fold, "near_duplicate", "cell", self.near_duplicates),
            across(fold, "same_structure", "drug", self.same_structures),
        ]
        return pd.concat([t for t in tables if len(t)] or tables[:1], ignore_index=True)


def leak_counts(leaks: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Return the count of each kind per two parts, over folds; log what reaches test."""
    out: dict[str, dict[str, int]] = {}
    for (kind, axis), text in KINDS.items():
        rows = leaks[(leaks["kind"] == kind) & (leaks["axis"] == axis)]
        count: dict[str, int] = {}
        for part, other in zip(rows["part"], rows["other_part"], strict=True):
            name = " and ".join(sorted((part, other)))
            count[name] = count.get(name, 0) + 1
        out[f"{kind}_{axis}"] = count
        reach = sum(n for name, n in count.items() if "test" in name)
        if reach and kind != "shared":
            log.info("Leakage: %d %s, test among them (leakage.csv)", reach, text)
        elif reach:
            log.info("Note: %d %s, test among them, as the split has it", reach, text)
    return out
