"""What a checkpoint remembers of the lines of training, to compare new samples with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from mmdrp.batch import is_annotation
from mmdrp.data.batches.datamodule import ResponseData
from mmdrp.data.source import Table

Array = npt.NDArray[np.float64]
LEVELS = np.linspace(0, 1, 21)
"""of the quantiles that a checkpoint keeps of each feature: every twentieth"""


@dataclass(frozen=True)
class Reference:
    """What the lines of training had: per feature mean, standard deviation, quantiles."""

    features: list[str]
    mean: Array
    sd: Array
    quantiles: Array
    """(levels, features): from the least to the largest value"""

    @classmethod
    def of(cls, table: Table) -> "Reference":
        """Learn from the rows of a table; NaN is unmeasured."""
        x = table.values.astype(np.float64)
        gone = np.isnan(x).all(axis=0)
        x = np.where(gone, 0.0, x)
        return cls(list(table.features), np.nanmean(x, 0), np.nanstd(x, 0), quantiles_of(x))

    def plain(self) -> dict[str, torch.Tensor]:
        """Return what a checkpoint holds."""
        parts = {"mean": self.mean, "sd": self.sd, "quantiles": self.quantiles}
        return {name: torch.from_numpy(part.astype(np.float32)) for name, part in parts.items()}

    @classmethod
    def read(cls, features: Sequence[str], plain: Mapping[str, Any]) -> "Reference":
        """Return what a checkpoint held."""
        parts = (plain[name].double().numpy() for name in ("mean", "sd", "quantiles"))
        return cls(list(features), *parts)

    @property
    def binary(self) -> bool:
        """Whether all values were 0 or 1, as mutations are: nothing there can be aligned."""
        return bool(np.isin(self.quantiles[[0, -1]], (0.0, 1.0)).all())


def quantiles_of(x: Array) -> Array:
    """Return the quantiles (levels, d) at ``LEVELS`` of what was measured of each column (n, d).

    NumPy's linear ones, by one sort of everything: ``nanquantile`` goes column by column in Python
    and takes longer than fitting a base.

    >>> quantiles_of(np.array([[1.0, 3.0], [2.0, np.nan], [5.0, 1.0]]))[[0, 10, 20]]
    array([[1., 1.],
           [2., 2.],
           [5., 3.]])
    """
    ordered = np.sort(np.ascontiguousarray(x.T), axis=1)  # NaN go last
    place = LEVELS[:, None] * np.maximum(np.isfinite(ordered).sum(1) - 1, 0)
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, ordered.shape[1] - 1)
    columns = np.arange(len(ordered))
    below, above = ordered[columns, low], ordered[columns, high]
    above = np.where(place == low, below, above)
    out: Array = below + (place - low) * (above - below)
    return out


def reference_of(name: str, table: object, data: ResponseData) -> dict[str, torch.Tensor] | None:
    """Return mean (d,), sd (d,) and quantiles (21, d) of a line source over training lines."""
    if not isinstance(table, Table) or table.axis != "cell" or is_annotation(name):
        return None
    rows = table.select(data.train_ids["cell"])
    return Reference.of(rows).plain() if len(rows.ids) else None
