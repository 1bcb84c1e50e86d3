"""Training, validation and test as ids, never as positions; read and written as JSON."""

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.data.response import Examples
from mmdrp.errors import MmdrpError
from mmdrp.io.files import whole
from mmdrp.io.sums import check_unchanged

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

    def with_validation(self) -> "Fold":
        """Return the fold whose training part is training and validation together.

        Along two axes that is every known line with every known drug, which includes training
        lines with validation drugs.
        """
        both = {axis: ids | self.validation.ids[axis] for axis, ids in self.train.ids.items()}
        return Fold(Part(both), self.validation, self.test)

    def without_test(self) -> "Fold":
        """Return the fold whose test part is learned from, too, and is empty then."""
        both = {axis: ids | self.test.ids[axis] for axis, ids in self.train.ids.items()}
        nothing = Part({axis: frozenset() for axis in self.test.ids})
        return Fold(Part(both), self.validation, nothing)

    @classmethod
    def everything(cls, examples: Examples) -> "Fold":
        """Return the fold that learns from all lines and holds out nothing."""
        nothing = Part({"cell": frozenset()})
        return cls(Part({"cell": frozenset(map(str, examples.ids["cell"]))}), nothing, nothing)

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

    def check_known(self, cells: Collection[str], drugs: Collection[str]) -> "Fold":
        """Refuse ids of lines and drugs that a study does not have."""
        known = {"cell": set(map(str, cells)), "drug": set(map(str, drugs))}
        for name, part in self.parts().items():
            for axis, joined in part.ids.items():
                axes = ("cell", "drug") if axis == "pair" else (axis,)
                for place, one in enumerate(axes):
                    ids = {i.split("\t")[place] for i in joined} if axis == "pair" else joined
                    if unknown := sorted(ids - known[one]):
                        raise MmdrpError(
                            f"fold: {name}: {one} {unknown[0][:60]!r} is not in the study "
                            f"({len(unknown)} of {len(ids)} are not); is it another study's fold?"
                        )
        return self

    def check_axes(self, axes: Collection[str]) -> "Fold":
        """Refuse a fold along drugs where each drug is an output: ``axes`` are the examples'."""
        along = {axis for part in self.parts().values() for axis in part.ids}
        if "drug" not in axes and along - {"cell"}:
            raise MmdrpError(
                f"fold: it is split along {min(along - {'cell'})!r}, but here each drug is an "
                "output; use response=auc (or response.layout=by_pair)"
            )
        return self

    def write(self, path: Path) -> None:
        """Save as JSON, whole or not at all: part -> axis -> sorted ids."""
        named = {
            name: {axis: sorted(ids) for axis, ids in part.ids.items()}
            for name, part in self.parts().items()
        }
        with whole(path) as half:
            half.write_text(json.dumps(named, indent=0, ensure_ascii=False) + "\n", "utf-8")

    @classmethod
    def read(
        cls, path: Path, cells: Collection[str] | None = None, drugs: Collection[str] = ()
    ) -> "Fold":
        """Read a fold that ``write`` saved, ours or another's.

        With ``cells`` and ``drugs``, the ids of a study, it is refused where it lists others.
        """
        try:
            raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            parts = {name: _part(name, raw[name]) for name in ("train", "validation", "test")}
            if len({frozenset(part.ids) for part in parts.values()}) > 1:
                raise ValueError("train, validation and test are not split along the same axes")
            fold = cls(**parts).check()
            check_unchanged(path)
            return fold if cells is None else fold.check_known(cells, drugs)
        except FileNotFoundError:
            raise MmdrpError(f"{path}: there is no such fold file") from None
        except KeyError as error:
            raise MmdrpError(f"{path}: not a fold file: it has no {error}") from error
        except (OSError, ValueError, AttributeError, TypeError, RecursionError) as error:
            raise MmdrpError(f"{path}: not a fold file: {str(error)[:100]}") from error
        except MmdrpError as error:
            raise MmdrpError(f"{path}: {error}") from error


def _part(name: str, raw: Mapping[str, Any]) -> Part:
    for axis, ids in raw.items():
        if axis not in ("cell", "drug", "pair"):
            raise ValueError(f"{name}: axis {axis[:40]!r}; there are: cell, drug, pair")
        if not isinstance(ids, list) or not all(isinstance(i, str | int) for i in ids):
            raise ValueError(f"{name}.{axis}: expected a list of ids")
        if len(set(map(str, ids))) < len(ids):
            twice = next(i for i, n in Counter(map(str, ids)).items() if n > 1)
            raise ValueError(f"{name}.{axis}: {twice[:40]!r} stands there twice")
        if axis == "pair" and not all(str(i).count("\t") == 1 for i in ids):
            raise ValueError(f"{name}.pair: expected cell, a tab, drug")
    if not raw:
        raise ValueError(f"{name}: lists no axis")
    return Part({axis: frozenset(map(str, ids)) for axis, ids in raw.items()})


def axis_ids(examples: Examples, axis: str) -> Ids:
    """Return the id of each example on an axis; "pair" joins both."""
    if axis == "pair":
        cells, drugs = examples.ids["cell"], examples.ids["drug"]
        return np.char.add(np.char.add(cells, "\t"), drugs)
    return examples.ids[axis]
