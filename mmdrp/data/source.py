"""What a network may look at: one table of features per source."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor


class Source(Protocol):
    """A modality of the cell lines, or the structure of the drugs: the drug is one more source."""

    @property
    def axis(self) -> str:
        """Whose features these are: "cell" or "drug"."""
        ...

    @property
    def ids(self) -> Sequence[str]:
        """Who has a row."""
        ...

    @property
    def features(self) -> Sequence[str]:
        """The name of each column."""
        ...

    def locate(self, ids: Sequence[str] | npt.NDArray[np.str_]) -> npt.NDArray[np.int64]:
        """Return the row of each id, -1 where it was not measured."""
        ...

    def take(self, rows: npt.NDArray[np.int64]) -> Any:
        """Return the features of these rows: a tensor (u, d), or a ``MolBatch`` of u molecules."""
        ...

    def place(self, device: torch.device) -> Self:
        """Return the source with its features on ``device``."""
        ...


@dataclass(frozen=True)
class Table:
    """A dense source: omics or fingerprints, ``values`` (n, d) float32, NaN where unmeasured."""

    axis: str
    ids: Sequence[str]
    features: Sequence[str]
    values: npt.NDArray[np.float32]
    _row: dict[str, int] = field(init=False, repr=False, compare=False)
    _tensor: Tensor = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.ids), len(self.features)):
            raise ValueError(
                f"values are {self.values.shape}, ids and features say "
                f"({len(self.ids)}, {len(self.features)})"
            )
        object.__setattr__(self, "_row", {name: i for i, name in enumerate(self.ids)})
        values = np.ascontiguousarray(self.values, dtype=np.float32)
        if not values.flags.writeable:  # torch shares memory only with arrays it may write to
            values = values.copy()
        object.__setattr__(self, "_tensor", torch.from_numpy(values))

    @property
    def dim(self) -> int:
        """Number of features."""
        return len(self.features)

    def locate(self, ids: Sequence[str] | npt.NDArray[np.str_]) -> npt.NDArray[np.int64]:
        """Return the row of each id, -1 where it was not measured."""
        return np.array([self._row.get(str(name), -1) for name in ids], dtype=np.int64)

    def take(self, rows: npt.NDArray[np.int64]) -> Tensor:
        """Return these rows, (u, d); a row of -1 comes back as NaN, for its presence is False."""
        if not len(self.ids):
            return torch.full((len(rows), self.dim), torch.nan)
        index = torch.from_numpy(rows).to(self._tensor.device)
        out = self._tensor.index_select(0, index.clamp(min=0))
        # Asked of the array, not of the tensor: a GPU would have to be waited for.
        return out.masked_fill_(index[:, None] < 0, torch.nan) if (rows < 0).any() else out

    def place(self, device: torch.device) -> Self:
        """Return the table with its rows on ``device``: ``take`` then gathers them there."""
        placed = replace(self)
        object.__setattr__(placed, "_tensor", self._tensor.to(device))
        return placed

    def select(self, ids: Sequence[str]) -> "Table":
        """Return the table of those ids that it has, in their order."""
        rows = self.locate(ids)
        kept = rows[rows >= 0]
        return Table(self.axis, [self.ids[r] for r in kept], self.features, self.values[kept])

    def filled(self, value: float) -> "Table":
        """Return the table with every gap filled by ``value``."""
        return Table(self.axis, self.ids, self.features, np.nan_to_num(self.values, nan=value))

    def align(self, features: Sequence[str]) -> "Table":
        """Return the table with exactly these features, matched by name, NaN where it lacks one."""
        column = {name: j for j, name in enumerate(self.features)}
        found = np.array([column.get(name, -1) for name in features], dtype=np.int64)
        values = np.full((len(self.ids), len(features)), np.nan, dtype=np.float32)
        values[:, found >= 0] = self.values[:, found[found >= 0]]
        return Table(self.axis, self.ids, list(features), values)
