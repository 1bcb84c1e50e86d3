"""New samples against the lines of training: how features differ, and how to make them alike."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.data.source import Table
from mmdrp.errors import MmdrpError
from mmdrp.prediction.combat import FEWEST, combat
from mmdrp.training.reference import LEVELS, Array, Reference

METHODS = ("none", "zscore", "quantile", "combat")
MIN_GROUP = 10
"""samples of a group that may be aligned by itself; smaller groups are aligned together"""


def shift(reference: Reference, table: Table, used: npt.NDArray[np.int64]) -> pd.DataFrame:
    """Compare a table with the lines, a row per feature of those ``used``.

    ``shift`` is the difference of means in standard deviations of the lines, ``outside`` the
    share of values beyond the least and the largest of the lines. Features without any value
    are left out.
    """
    x = table.values[:, used].astype(np.float64)
    n = np.isfinite(x).sum(0)
    used, x, n = used[n > 0], x[:, n > 0], n[n > 0]
    low, high = reference.quantiles[0, used], reference.quantiles[-1, used]
    slack = 1e-6 * np.maximum(np.abs(low), np.abs(high))  # float32 in the checkpoint
    beyond = (x < low - slack) | (x > high + slack)
    mean, sd = reference.mean[used], reference.sd[used]
    return pd.DataFrame(
        {
            "feature": [reference.features[j] for j in used],
            "n": n,
            "mean_lines": mean,
            "sd_lines": sd,
            "mean_new": np.nanmean(x, 0),
            "sd_new": np.nanstd(x, 0),
            "shift": (np.nanmean(x, 0) - mean) / np.where(sd > 0, sd, np.nan),
            "outside": beyond.sum(0) / n,
        }
    )


def align(
    reference: Reference, table: Table, how: str, groups: Mapping[str, str] | None = None
) -> Table:
    """Return the table with each feature's distribution moved to that of the lines.

    ``zscore``: mean and standard deviation; ``quantile``: the whole distribution, by rank;
    ``combat``: as ``zscore``, each feature's shift and scale shrunk towards those of all.
    With ``groups`` (id -> cohort) each cohort is moved by itself, so that differences between
    cohorts vanish; groups of fewer than ``MIN_GROUP`` samples are moved together.
    """
    if how not in METHODS:
        raise MmdrpError(f"align={how}: choose among: {', '.join(METHODS)}")
    if how == "none" or reference.binary or not len(table.ids):
        return table
    out = table.values.astype(np.float64, copy=True)
    move = {"zscore": _scored, "quantile": _ranked, "combat": _combat}[how]
    for rows in _cohorts(table.ids, groups):
        if 0 < len(rows) < FEWEST:  # it would become the average line, whatever it was
            alone = table.ids[rows[0]][:40]
            raise MmdrpError(
                f"align={how}: needs at least two samples; one ({alone}) has no distribution"
            )
        out[rows] = move(reference, out[rows])
    return Table(table.axis, table.ids, table.features, out.astype(np.float32))


def _scored(reference: Reference, x: Array) -> Array:
    known = np.isfinite(x).sum(0) > 0
    x = x.copy()
    part = x[:, known]
    sd = np.nanstd(part, 0)
    scaled = (part - np.nanmean(part, 0)) / np.where(sd > 0, sd, np.inf)
    x[:, known] = reference.mean[known] + reference.sd[known] * scaled
    return x


def _combat(reference: Reference, x: Array) -> Array:
    return combat(x, reference.mean, reference.sd)


def _ranked(reference: Reference, x: Array) -> Array:
    out = x.copy()
    for j in range(x.shape[1]):
        seen = np.isfinite(x[:, j])
        if seen.any():
            rank = pd.Series(x[seen, j]).rank(method="average").to_numpy()
            out[seen, j] = np.interp((rank - 0.5) / seen.sum(), LEVELS, reference.quantiles[:, j])
    return out


def _cohorts(ids: Sequence[str], groups: Mapping[str, str] | None) -> list[npt.NDArray[np.int64]]:
    """Return row numbers of each group; small groups and samples of none make up the last."""
    if groups is None:
        return [np.arange(len(ids))]
    kind = pd.Series([groups.get(str(name), "") for name in ids])
    small = kind.groupby(kind).transform("size") < MIN_GROUP
    kind[small.to_numpy()] = ""
    return [np.flatnonzero(kind == one) for one in sorted(set(kind))]
