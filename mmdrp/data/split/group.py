"""Folds that hold out whole groups: tissues of lines, scaffolds of drugs."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmdrp.data.chem.scaffold import scaffold
from mmdrp.data.response import Examples
from mmdrp.data.split.fold import Ids, axis_ids
from mmdrp.data.split.kfold import Split
from mmdrp.errors import MmdrpError


class GroupSplit(Split):
    """Whole groups are held out; validation is made of further whole groups."""

    def _draw(
        self, axis: str, examples: Examples, annotation: Mapping[str, pd.DataFrame], fold: int
    ) -> tuple[Ids, Ids, Ids]:
        ids = np.unique(axis_ids(examples, axis))
        group = self.groups(ids, annotation[axis])
        size = group.value_counts()
        if len(size) <= self.folds:
            raise MmdrpError(f"split.folds={self.folds}: there are only {len(size)} {self.what()}")
        # Largest first onto the smallest fold keeps folds even; the shuffle breaks ties by seed.
        order = size.sample(frac=1, random_state=self.seed).sort_values(
            ascending=False, kind="stable"
        )
        load = np.zeros(self.folds)
        home: dict[str, int] = {}
        for name, count in order.items():
            home[str(name)] = int(load.argmin())
            load[home[str(name)]] += count
        test = group.map(home).to_numpy() == fold
        rest = [str(n) for n in size.index if home[str(n)] != fold]
        held = self._held(rest, size, int((~test).sum()), fold)
        inner = ~test & group.isin(held).to_numpy()
        return ids[~test & ~inner], ids[inner], ids[test]

    def groups(self, ids: Ids, table: pd.DataFrame) -> pd.Series:
        """Return the group of each id, from the annotation of its axis."""
        raise TypeError("GroupSplit is abstract: choose TissueSplit or ScaffoldSplit")

    def what(self) -> str:
        """Return what the groups are called."""
        return "groups"

    def _held(self, rest: list[str], size: pd.Series, ids: int, fold: int) -> list[str]:
        held: list[str] = []
        for name in np.random.default_rng([self.seed, fold]).permutation(rest):
            if len(held) < len(rest) - 1:
                held.append(str(name))
            if size[held].sum() >= self.validation * ids:
                break
        return held


class TissueSplit(GroupSplit):
    """Whole tissues are held out; lines without one are a group of their own."""

    axes = ("cell",)

    def groups(self, ids: Ids, table: pd.DataFrame) -> pd.Series:
        """Return the tissue of each line."""
        if "tissue" not in table:
            raise MmdrpError("split=tissue: the study's cells table has no column 'tissue'")
        tissue = table["tissue"].reindex(ids).replace("", np.nan)
        return tissue.fillna("unknown").astype(str)

    def what(self) -> str:
        """Return what the groups are called."""
        return "tissues"


@dataclass(frozen=True)
class ScaffoldSplit(GroupSplit):
    """Whole Murcko scaffolds are held out: no test drug shares one with a drug of training.

    A drug without a ring, or without SMILES, is a group of its own. ``generic`` groups by
    skeleton, whatever the atoms and bonds.
    """

    generic: bool = False
    axes = ("drug",)

    def groups(self, ids: Ids, table: pd.DataFrame) -> pd.Series:
        """Return the scaffold of each drug, or a name of its own if it has none."""
        if "smiles" not in table:
            raise MmdrpError("split=scaffold: the study's drugs table has no column 'smiles'")
        smiles = table["smiles"].reindex(ids).fillna("").astype(str)
        # A tab stands in no SMILES, so an id is never taken for a scaffold.
        group = [
            (text and scaffold(text, str(d), self.generic)) or f"\t{d}"
            for d, text in smiles.items()
        ]
        return pd.Series(group, index=ids)

    def what(self) -> str:
        """Return what the groups are called."""
        return "scaffolds"
