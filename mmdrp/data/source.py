"""What a network may look at: one table of features per source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.io.frames import as_ids, distinct, numbers

if TYPE_CHECKING:  # tables are read and written without torch, whose import takes seconds
    import torch
    from torch import Tensor

Role = Literal["features", "base_only"]
"""who looks at a source: the network and the base, or the base alone"""


class Source(Protocol):
    """A modality of the cell lines, or the structure of the drugs: the drug is one more source."""

    @property
    def axis(self) -> str:
        """Whose features these are: "cell" or "drug"."""
        ...

    @property
    def role(self) -> Role:
        """Who looks at it: ``features``, the network and the base; ``base_only``, the base."""
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
    role: Role = "features"
    _row: dict[str, int] = field(init=False, repr=False, compare=False)
    _tensor: Tensor | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.ids), len(self.features)):
            raise ValueError(
                f"values are {self.values.shape}, ids and features say "
                f"({len(self.ids)}, {len(self.features)})"
            )
        check_source(self.axis, self.role)
        object.__setattr__(self, "_row", {name: i for i, name in enumerate(self.ids)})

    @classmethod
    def from_frame(
        cls, frame: pd.DataFrame, axis: str = "cell", role: Role = "features", name: str = "frame"
    ) -> Self:
        """Return the table of a data frame: ids in the index, one numeric column per feature.

        ``name`` is what the frame is called in errors. Raises MmdrpError at a text, an infinite
        value, an empty id, or an id or feature that stands there twice.

        >>> frame = pd.DataFrame({"TP53": [1, 0]}, index=["A549", "HL60"])
        >>> table = Table.from_frame(frame)
        >>> table.ids, table.features, table.frame().loc["A549", "TP53"].item()
        (['A549', 'HL60'], ['TP53'], 1.0)
        """
        rows = distinct(as_ids(frame.index, name), name, "id")
        features = distinct(as_ids(frame.columns, name, "columns"), name, "feature")
        return cls(axis, rows, features, numbers(frame, rows, name), role)

    def frame(self) -> pd.DataFrame:
        """Return the table as a data frame, (n, d) float32, ids in the index."""
        index = pd.Index(list(self.ids), name=self.axis, dtype=str)
        return pd.DataFrame(self.values, index, pd.Index(list(self.features), dtype=str), copy=True)

    @property
    def dim(self) -> int:
        """Number of features."""
        return len(self.features)

    def locate(self, ids: Sequence[str] | npt.NDArray[np.str_]) -> npt.NDArray[np.int64]:
        """Return the row of each id, -1 where it was not measured."""
        return np.array([self._row.get(str(name), -1) for name in ids], dtype=np.int64)

    def take(self, rows: npt.NDArray[np.int64]) -> Tensor:
        """Return these rows, (u, d); a row of -1 comes back as NaN, for its presence is False."""
        import torch

        if not len(self.ids):
            return torch.full((len(rows), self.dim), torch.nan)
        tensor = self._values()
        index = torch.from_numpy(rows).to(tensor.device)
        out = tensor.index_select(0, index.clamp(min=0))
        # Asked of the array, not of the tensor: a GPU would have to be waited for.
        return out.masked_fill_(index[:, None] < 0, torch.nan) if (rows < 0).any() else out

    def place(self, device: torch.device) -> Self:
        """Return the table with its rows on ``device``: ``take`` then gathers them there."""
        placed = replace(self)
        object.__setattr__(placed, "_tensor", self._values().to(device))
        return placed

    def _values(self) -> Tensor:
        """Return the values as a tensor, made when first asked for."""
        import torch

        if self._tensor is None:
            values = np.ascontiguousarray(self.values, dtype=np.float32)
            if not values.flags.writeable:  # torch shares memory only with arrays it may write to
                values = values.copy()
            object.__setattr__(self, "_tensor", torch.from_numpy(values))
        assert self._tensor is not None
        return self._tensor

    def select(self, ids: Sequence[str]) -> Table:
        """Return the table of those ids that it has, in their order."""
        rows = self.locate(ids)
        kept = rows[rows >= 0]
        return replace(self, ids=[self.ids[r] for r in kept], values=self.values[kept])

    def filled(self, value: float) -> Table:
        """Return the table with every gap filled by ``value``."""
        return replace(self, values=np.nan_to_num(self.values, nan=value))

    def align(self, features: Sequence[str]) -> Table:
        """Return the table with exactly these features, matched by name, NaN where it lacks one."""
        column = {name: j for j, name in enumerate(self.features)}
        found = np.array([column.get(name, -1) for name in features], dtype=np.int64)
        values = np.full((len(self.ids), len(features)), np.nan, dtype=np.float32)
        values[:, found >= 0] = self.values[:, found[found >= 0]]
        return replace(self, features=list(features), values=values)


def check_source(axis: str, role: str) -> None:
    """Refuse an axis or a role that there is not."""
    if axis not in ("cell", "drug"):
        raise ValueError(f"axis={axis!r}: choose cell or drug")
    if role not in get_args(Role):
        raise ValueError(f"role={role!r}: choose {' or '.join(get_args(Role))}")
