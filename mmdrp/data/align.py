"""New samples against the lines of training: how features differ, and how to make them alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from mmdrp.data.source import Table
from mmdrp.errors import MmdrpError

Array = npt.NDArray[np.float64]
LEVELS = np.linspace(0, 1, 21)
"""of the quantiles that a checkpoint keeps of each feature: every twentieth"""
METHODS = ("none", "zscore", "quantile")
FEWEST = 10
"""samples of a group that may be aligned by itself; smaller groups are aligned together"""


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
        return cls(
            list(table.features), np.nanmean(x, 0), np.nanstd(x, 0), np.nanquantile(x, LEVELS, 0)
        )

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

    def shift(self, table: Table, used: npt.NDArray[np.int64]) -> pd.DataFrame:
        """Compare a table with the lines, a row per feature of those ``used``.

        ``shift`` is the difference of means in standard deviations of the lines, ``outside`` the
        share of values beyond the least and the largest of the lines. Features without any value
        are left out.
        """
        x = table.values[:, used].astype(np.float64)
        n = np.isfinite(x).sum(0)
        used, x, n = used[n > 0], x[:, n > 0], n[n > 0]
        low, high = self.quantiles[0, used], self.quantiles[-1, used]
        slack = 1e-6 * np.maximum(np.abs(low), np.abs(high))  # float32 in the checkpoint
        beyond = (x < low - slack) | (x > high + slack)
        mean, sd = self.mean[used], self.sd[used]
        return pd.DataFrame(
            {
                "feature": [self.features[j] for j in used],
                "n": n,
                "mean_lines": mean,
                "sd_lines": sd,
                "mean_new": np.nanmean(x, 0),
                "sd_new": np.nanstd(x, 0),
                "shift": (np.nanmean(x, 0) - mean) / np.where(sd > 0, sd, np.nan),
                "outside": beyond.sum(0) / n,
            }
        )

    def align(self, table: Table, how: str, groups: Mapping[str, str] | None = None) -> Table:
        """Return the table with each feature's distribution moved to that of the lines.

        ``zscore``: mean and standard deviation; ``quantile``: the whole distribution, by rank.
        With ``groups`` (id -> cohort) each cohort is moved by itself, so that differences between
        cohorts vanish; groups of fewer than ``FEWEST`` samples are moved together.
        """
        if how not in METHODS:
            raise MmdrpError(f"align={how}: choose among: {', '.join(METHODS)}")
        if how == "none" or self.binary or not len(table.ids):
            return table
        out = table.values.astype(np.float64, copy=True)
        move = self._scored if how == "zscore" else self._ranked
        for rows in _cohorts(table.ids, groups):
            out[rows] = move(out[rows])
        return Table(table.axis, table.ids, table.features, out.astype(np.float32))

    def _scored(self, x: Array) -> Array:
        known = np.isfinite(x).sum(0) > 0
        x = x.copy()
        part = x[:, known]
        sd = np.nanstd(part, 0)
        scaled = (part - np.nanmean(part, 0)) / np.where(sd > 0, sd, np.inf)
        x[:, known] = self.mean[known] + self.sd[known] * scaled
        return x

    def _ranked(self, x: Array) -> Array:
        out = x.copy()
        for j in range(x.shape[1]):
            seen = np.isfinite(x[:, j])
            if seen.any():
                rank = pd.Series(x[seen, j]).rank(method="average").to_numpy()
                out[seen, j] = np.interp((rank - 0.5) / seen.sum(), LEVELS, self.quantiles[:, j])
        return out


def _cohorts(ids: Sequence[str], groups: Mapping[str, str] | None) -> list[npt.NDArray[np.int64]]:
    """Return row numbers of each group; small groups and samples of none make up the last."""
    if groups is None:
        return [np.arange(len(ids))]
    kind = pd.Series([groups.get(str(name), "") for name in ids])
    small = kind.groupby(kind).transform("size") < FEWEST
    kind[small.to_numpy()] = ""
    return [np.flatnonzero(kind == one) for one in sorted(set(kind))]
