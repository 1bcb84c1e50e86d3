"""Folds drawn evenly: over lines, drugs, both, or single examples."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import pandas as pd

from mmdrp.data.response import Examples
from mmdrp.data.split.fold import Fold, Ids, Part, axis_ids
from mmdrp.errors import MmdrpError
from mmdrp.options import Range, Share, check, hints_of


@dataclass(frozen=True)
class Split:
    """K folds along one or more axes; validation is a share of what is not test."""

    folds: Annotated[int, Range(least=2)] = 5
    validation: Share = 0.1
    seed: Annotated[int, Range(least=0)] = 0
    axes: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        for name, hint in hints_of(type(self)).items():
            if name in self.__dataclass_fields__:
                check(getattr(self, name), hint, f"split.{name}")

    def __call__(
        self,
        examples: Examples,
        cells: pd.DataFrame,
        fold: int,
        drugs: pd.DataFrame | None = None,
    ) -> Fold:
        """Return fold number ``fold``; ``cells`` and ``drugs`` are the annotation, indexed by id.

        Splits that hold out whole groups read them: tissue of lines, ``smiles`` of drugs.
        """
        if not 0 <= fold < self.folds:
            raise MmdrpError(
                f"fold={fold}: split.folds={self.folds} has folds 0 to {self.folds - 1}"
            )
        annotation = {"cell": cells, "drug": pd.DataFrame() if drugs is None else drugs}
        drawn = {
            axis: self._draw(axis, examples, annotation, fold) for axis in self._axes(examples)
        }
        names = ("train", "validation", "test")
        parts = [Part({a: frozenset(ids[i]) for a, ids in drawn.items()}) for i in range(3)]
        return Fold(**dict(zip(names, parts, strict=True))).check()

    def _axes(self, examples: Examples) -> tuple[str, ...]:
        for axis in self.axes:
            if axis not in examples.ids:
                raise MmdrpError(unsuited(type(self).__name__))
        return self.axes

    def _draw(
        self, axis: str, examples: Examples, annotation: Mapping[str, pd.DataFrame], fold: int
    ) -> tuple[Ids, Ids, Ids]:
        del annotation
        ids = np.unique(axis_ids(examples, axis))
        return self._kfold(ids, fold)

    def _kfold(self, ids: Ids, fold: int) -> tuple[Ids, Ids, Ids]:
        if len(ids) < self.folds:
            raise MmdrpError(f"split.folds={self.folds}: there are only {len(ids)} ids to split")
        from sklearn.model_selection import (
            KFold,  # a second, which refusing an option need not take
        )

        halves = list(KFold(self.folds, shuffle=True, random_state=self.seed).split(ids))
        rest, test = halves[fold]
        rng = np.random.default_rng([self.seed, fold])
        rest = rng.permutation(rest)
        cut = max(1, round(self.validation * len(rest)))
        return np.sort(ids[rest[cut:]]), np.sort(ids[rest[:cut]]), ids[test]


class CellSplit(Split):
    """Lines of the test fold are never seen in training (cell-blind)."""

    axes = ("cell",)


class DrugSplit(Split):
    """Drugs of the test fold are never seen in training (drug-blind)."""

    axes = ("drug",)


class BothSplit(Split):
    """Neither lines nor drugs of the test fold are seen; pairs of one known side are left out."""

    axes = ("cell", "drug")


class RandomSplit(Split):
    """Examples at random: pairs where drugs are an axis, else lines."""

    def _axes(self, examples: Examples) -> tuple[str, ...]:
        return ("pair",) if examples.layout == "by_pair" else ("cell",)


def unsuited(split: str) -> str:
    """Say why a split that holds out drugs means nothing when each drug is an output."""
    return (
        f"{split} holds out drugs, but with response.layout=by_cell each drug is an output; "
        "use response=auc (or response.layout=by_pair)"
    )
