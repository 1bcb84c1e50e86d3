"""Training, validation and test as ids, never as positions; read and written as JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

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

    def with_validation(self) -> "Fold":
        """Return the fold whose training part is training and validation together.

        Along two axes that is every known line with every known drug, which includes training
        lines with validation drugs.
        """
        both = {axis: ids | self.validation.ids[axis] for axis, ids in self.train.ids.items()}
        return Fold(Part(both), self.validation, self.test)

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
