"""Splits into training, validation and test: folds of ids, never of positions."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import KFold

from mmdrp.data.response import Examples
from mmdrp.errors import MmdrpError

Ids = npt.NDArray[np.str_]


@dataclass(frozen=True)
class Part:
    """The examples whose id on every named axis is among those listed."""

    ids: Mapping[str, frozenset[str]]
    """axis -> ids; the axis "pair" holds "cell\\tdrug" """

    def mask(self, examples: Examples) -> npt.NDArray[np.bool_]:
        """Return which examples belong to the part, (n,)."""
        inside = np.ones(len(examples), dtype=bool)
        for axis, wanted in self.ids.items():
            inside &= pd.Index(axis_ids(examples, axis)).isin(list(wanted))
        return inside


@dataclass(frozen=True)
class Fold:
    """Training, validation and test as ids; what is in none of them is not used."""

    train: Part
    validation: Part
    test: Part

    def parts(self) -> dict[str, Part]:
        """Return the three parts by name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    def check(self) -> "Fold":
        """Refuse a fold whose parts share an id on an axis that they are split along."""
        parts = list(self.parts().items())
        for i, (one, a) in enumerate(parts):
            for two, b in parts[i + 1 :]:
                for axis in a.ids.keys() & b.ids.keys():
                    if shared := a.ids[axis] & b.ids[axis]:
                        raise MmdrpError(
                            f"fold: {axis} {min(shared)!r} is both in {one} and in {two}"
                        )
        for name, part in parts:
            if any(not ids for ids in part.ids.values()):
                raise MmdrpError(f"fold: {name} is empty; choose fewer folds or a larger share")
        return self

    def write(self, path: Path) -> None:
        """Save as JSON: part -> axis -> sorted ids."""
        named = {
            name: {axis: sorted(ids) for axis, ids in part.ids.items()}
            for name, part in self.parts().items()
        }
        path.write_text(json.dumps(named, indent=0, ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, path: Path) -> "Fold":
        """Read a fold that ``write`` saved, ours or another's."""
        try:
            raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            parts = {
                name: Part({axis: frozenset(map(str, ids)) for axis, ids in raw[name].items()})
                for name in ("train", "validation", "test")
            }
        except FileNotFoundError:
            raise MmdrpError(f"{path}: there is no such fold file") from None
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise MmdrpError(f"{path}: not a fold file: {error}") from error
        return cls(**parts).check()


def axis_ids(examples: Examples, axis: str) -> Ids:
    """Return the id of each example on an axis; "pair" joins both."""
    if axis == "pair":
        cells, drugs = examples.ids["cell"], examples.ids["drug"]
        return np.char.add(np.char.add(cells, "\t"), drugs)
    return examples.ids[axis]


@dataclass(frozen=True)
class Split:
    """K folds along one or more axes; validation is a share of what is not test."""

    folds: int = 5
    validation: float = 0.1
    seed: int = 0
    axes: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if self.folds < 2:
            raise MmdrpError(f"split.folds={self.folds}: needs at least 2")
        if not 0 < self.validation < 1:
            raise MmdrpError(f"split.validation={self.validation}: choose a share between 0 and 1")

    def __call__(self, examples: Examples, cells: pd.DataFrame, fold: int) -> Fold:
        """Return fold number ``fold``; ``cells`` is the annotation, for splits that use it."""
        if not 0 <= fold < self.folds:
            raise MmdrpError(
                f"fold={fold}: split.folds={self.folds} has folds 0 to {self.folds - 1}"
            )
        drawn = {axis: self._draw(axis, examples, cells, fold) for axis in self._axes(examples)}
        names = ("train", "validation", "test")
        parts = [Part({a: frozenset(ids[i]) for a, ids in drawn.items()}) for i in range(3)]
        return Fold(**dict(zip(names, parts, strict=True))).check()

    def _axes(self, examples: Examples) -> tuple[str, ...]:
        for axis in self.axes:
            if axis not in examples.ids:
                raise MmdrpError(unsuited(type(self).__name__))
        return self.axes

    def _draw(
        self, axis: str, examples: Examples, cells: pd.DataFrame, fold: int
    ) -> tuple[Ids, Ids, Ids]:
        del cells
        ids = np.unique(axis_ids(examples, axis))
        return self._kfold(ids, fold)

    def _kfold(self, ids: Ids, fold: int) -> tuple[Ids, Ids, Ids]:
        if len(ids) < self.folds:
            raise MmdrpError(f"split.folds={self.folds}: there are only {len(ids)} ids to split")
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


class TissueSplit(Split):
    """Whole tissues are held out; validation is made of further whole tissues."""

    axes = ("cell",)

    def _draw(
        self, axis: str, examples: Examples, cells: pd.DataFrame, fold: int
    ) -> tuple[Ids, Ids, Ids]:
        if "tissue" not in cells:
            raise MmdrpError("split=tissue: the study's cells table has no column 'tissue'")
        ids = np.unique(axis_ids(examples, axis))
        tissue = cells["tissue"].reindex(ids).replace("", np.nan).fillna("unknown").astype(str)
        size = tissue.value_counts()
        if len(size) <= self.folds:
            raise MmdrpError(f"split.folds={self.folds}: there are only {len(size)} tissues")
        # Largest first onto the smallest fold keeps folds even; the shuffle breaks ties by seed.
        order = size.sample(frac=1, random_state=self.seed).sort_values(
            ascending=False, kind="stable"
        )
        load = np.zeros(self.folds)
        home: dict[str, int] = {}
        for name, count in order.items():
            home[str(name)] = int(load.argmin())
            load[home[str(name)]] += count
        test = tissue.map(home).to_numpy() == fold
        rest = [str(n) for n in size.index if home[str(n)] != fold]
        held = self._held(rest, size, int((~test).sum()), fold)
        inner = ~test & tissue.isin(held).to_numpy()
        return ids[~test & ~inner], ids[inner], ids[test]

    def _held(self, rest: list[str], size: pd.Series, lines: int, fold: int) -> list[str]:
        held: list[str] = []
        for name in np.random.default_rng([self.seed, fold]).permutation(rest):
            if len(held) < len(rest) - 1:
                held.append(str(name))
            if size[held].sum() >= self.validation * lines:
                break
        return held


def unsuited(split: str) -> str:
    """Say why a split that holds out drugs means nothing when each drug is an output."""
    return (
        f"{split} holds out drugs, but with response.layout=by_cell each drug is an output; "
        "use response=auc (or response.layout=by_pair)"
    )
