"""Missing responses filled from the nearest drugs, as DeepDR does (Chiu et al. 2019)."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.data.response import Examples
from mmdrp.errors import MmdrpError

Array = npt.NDArray[np.float64]


def impute(matrix: pd.DataFrame, k: int = 5) -> pd.DataFrame:
    """Fill a drugs x lines matrix by the weighted mean of the ``k`` nearest drugs.

    The numbers of R's ``VIM::kNN(k, numFun = laeken::weightedMean, weightDist = TRUE)`` (Kowarik
    and Templ 2016): lines from left to right, each filled before the next is looked at; Gower
    distance over the other lines; weight 1 - distance. A line measured for no drug stays empty.
    Where VIM stops because no neighbour is nearer than 1, the neighbours count alike.

    Imputed values are no data: give it training lines only, and score measured pairs only.
    """
    if k < 1:
        raise MmdrpError(f"k={k}: at least one neighbour is needed")
    filled = matrix.to_numpy(dtype=np.float64, copy=True)
    if np.isinf(filled).any():
        i, j = map(int, np.argwhere(np.isinf(filled))[0])
        raise MmdrpError(f"response: drug {matrix.index[i]}, line {matrix.columns[j]}: infinite")
    missing = np.isnan(filled)
    # The sum over lines is kept up to date instead of being taken anew for every line.
    total = np.zeros((len(filled), len(filled)))
    for column in filled.T:
        total += _apart(column)
    for j in np.flatnonzero(missing.any(axis=0) & ~missing.all(axis=0)).tolist():
        own = _apart(filled[:, j])
        gaps, donors = np.flatnonzero(missing[:, j]), np.flatnonzero(~missing[:, j])
        distance = (total - own)[np.ix_(gaps, donors)] / max(filled.shape[1] - 1, 1)
        filled[gaps, j] = _weighted(distance, filled[donors, j], k)
        total += _apart(filled[:, j]) - own
    return pd.DataFrame(filled, index=matrix.index, columns=matrix.columns)


def fill(examples: Examples, rows: npt.NDArray[np.bool_], k: int) -> Examples:
    """Return a panel whose chosen rows, those of training, are imputed from each other alone."""
    if examples.layout != "by_cell":
        raise MmdrpError(f"impute={k}: only a panel has gaps to fill; use response=ic50, or null")
    y = examples.y.copy()
    y[rows] = impute(pd.DataFrame(examples.y[rows].T), k).to_numpy().T
    return replace(examples, y=y)


@dataclass(frozen=True)
class NearestDrugs:
    """Imputation learned on training lines: distances between drugs, to be used on other lines."""

    drugs: list[str]
    distance: Array
    """(drugs, drugs), over the imputed training lines"""
    k: int = 5

    @classmethod
    def fit(cls, matrix: pd.DataFrame, k: int = 5) -> "NearestDrugs":
        """Learn from a drugs x training lines matrix."""
        filled = impute(matrix, k).to_numpy()
        distance = np.mean([_apart(column) for column in filled.T], axis=0)
        return cls(list(map(str, matrix.index)), distance, k)

    def transform(self, matrix: pd.DataFrame) -> pd.DataFrame:
        """Fill a drugs x lines matrix of any lines; each line by its own measured drugs only."""
        if list(map(str, matrix.index)) != self.drugs:
            raise MmdrpError("the drugs to impute are not those that were learned from")
        filled = matrix.to_numpy(dtype=np.float64, copy=True)
        for j, missing in enumerate(np.isnan(filled).T):
            if missing.any() and not missing.all():
                rows = self.distance[np.ix_(missing, ~missing)]
                filled[missing, j] = _weighted(rows, filled[~missing, j], self.k)
        return pd.DataFrame(filled, index=matrix.index, columns=matrix.columns)


def _apart(column: Array) -> Array:
    """Gower distance of every two drugs on one line; unmeasured lies beyond the largest value."""
    seen = column[~np.isnan(column)]
    spread = np.ptp(seen) if len(seen) else 0.0
    # Imputed from equal values, a line spreads by rounding only, by which VIM would divide.
    scaled = column / (spread if spread > 1e-12 * np.abs(seen).max(initial=0) else 1.0)
    beyond = np.nanmax(scaled) + 1 if len(seen) else 1.0
    scaled = np.where(np.isnan(scaled), beyond, scaled)
    out: Array = np.abs(scaled[:, None] - scaled[None, :])
    return out


def _weighted(distance: Array, y: Array, k: int) -> Array:
    """Return the weighted mean of ``y`` (donors,) for each row of ``distance`` (gaps, donors).

    A weight below a tenth of the least positive one is raised to that; places that lack a donor
    go to the first one at that least weight. Where none is positive all measured count alike.
    """
    # Sums taken in another order differ in the last bits: equal distances must stay equal, for
    # the earlier drug to win, and a distance of 1 must weigh nothing.
    order = np.argsort(distance.round(12), axis=1, kind="stable")[:, :k]
    weight, values = 1 - np.take_along_axis(distance, order, axis=1), y[order]
    weight[np.abs(weight) < 1e-12] = 0
    short = k - weight.shape[1]
    if short > 0:
        weight = np.pad(weight, ((0, 0), (0, short)), constant_values=-np.inf)
        values = np.pad(values, ((0, 0), (0, short)), constant_values=y[0])
    least = np.where(weight > 0, weight, np.inf).min(axis=1, keepdims=True)
    alike = np.where(np.isfinite(weight), 1.0, 0.0)
    weight = np.where(np.isinf(least), alike, np.maximum(weight, least / 10))
    out: Array = (weight * values).sum(axis=1) / weight.sum(axis=1)
    return out
