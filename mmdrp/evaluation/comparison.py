"""Are two models different, or is it the folds? Tests over folds, for two models and for many."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import friedmanchisquare, rankdata, t

from mmdrp.evaluation.metrics import Array


@dataclass(frozen=True)
class Paired:
    """Mean difference of two models over folds, its interval and p-value."""

    difference: float
    low: float
    high: float
    p: float
    folds: int


def corrected_t(difference: Array, ratio: float, level: float = 0.95) -> Paired:
    """Corrected resampled t-test (Nadeau & Bengio 2003, equation 9) on differences of folds (k,).

    ``ratio`` is test rows / training rows. Training sets overlap, so the variance of the mean is
    s^2 (1 / k + ratio), not s^2 / k. One fold has no interval: NaN. ``level`` is that of the
    interval; the unit is that of the differences.

    >>> paired = corrected_t(np.array([0.1, 0.2, 0.3, 0.2, 0.2]), ratio=0.25)
    >>> round(paired.low, 3), round(paired.high, 3), round(paired.p, 4)
    (0.068, 0.332, 0.0135)
    """
    k, mean = len(difference), float(np.mean(difference))
    if k < 2:
        return Paired(mean, float("nan"), float("nan"), float("nan"), k)
    error = float(np.std(difference, ddof=1) * np.sqrt(1 / k + ratio))
    reach = float(t.ppf(0.5 + level / 2, k - 1)) * error
    # Equal in every fold: no difference, or one without any spread.
    p = float(2 * t.sf(abs(mean) / error, k - 1)) if error > 0 else float(mean == 0)
    return Paired(mean, mean - reach, mean + reach, p, k)


def differences(
    values: pd.DataFrame, ratio: float, level: float = 0.95, metric: str = ""
) -> pd.DataFrame:
    """Compare every two columns of folds x models: ``model, other, difference, low, high, p``.

    Only folds that both have count. ``difference`` is model minus other; ``metric`` is a column.
    """
    rows = []
    for model, other in combinations(values.columns, 2):
        gap = (values[model] - values[other]).dropna().to_numpy(float)
        if not len(gap):
            continue
        paired = corrected_t(gap, ratio, level)
        rows.append({"metric": metric, "model": model, "other": other, **vars(paired)})
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Ranked:
    """Friedman's test over folds, the mean rank of each model, and Conover's pairwise p-values."""

    statistic: float
    p: float
    rank: pd.Series
    """mean rank per model, 1 the best"""
    pairwise: pd.DataFrame
    """models x models: two-sided p-values, uncorrected"""
    folds: int


def friedman_conover(values: pd.DataFrame, lower_is_better: bool) -> Ranked | None:
    """Rank models within folds (folds x models): Friedman, then Conover (1999, section 5.8).

    t = |R_i - R_j| / sqrt(2 (b A - sum R^2) / ((b - 1)(k - 1))) with (b - 1)(k - 1) degrees of
    freedom; A is the sum of squared ranks, R the rank sums, b folds, k models. None with fewer
    than three models or two complete folds.

    >>> values = pd.DataFrame({"a": [1.0, 1, 2], "b": [2.0, 3, 1], "c": [3.0, 2, 3]})
    >>> ranked = friedman_conover(values, lower_is_better=True)
    >>> ranked.rank.round(2).to_dict(), round(ranked.p, 3)
    ({'a': 1.33, 'b': 2.0, 'c': 2.67}, 0.264)
    """
    complete = values.dropna()
    b, k = complete.shape
    if k < 3 or b < 2:
        return None
    signed = complete.to_numpy(float) * (1 if lower_is_better else -1)
    ranks = np.vstack([rankdata(row) for row in signed])
    total, squares = ranks.sum(0), float((ranks**2).sum())
    names = list(complete.columns)
    if np.ptp(ranks) == 0:  # all models equal in every fold
        none = pd.DataFrame(1.0, index=names, columns=names)
        return Ranked(0.0, 1.0, pd.Series(ranks.mean(0), index=names), none, b)
    test = friedmanchisquare(*signed.T)
    spread = np.sqrt(max(0.0, 2 * (b * squares - float(total @ total)) / ((b - 1) * (k - 1))))
    gap = np.abs(total[:, None] - total[None, :])
    # Every fold ranks the models alike: any gap is beyond what the folds can tell.
    ratio = np.where(gap > 0, np.inf, 0.0) if spread == 0 else gap / spread
    pairwise = pd.DataFrame(2 * t.sf(ratio, (b - 1) * (k - 1)), index=names, columns=names)
    rank = pd.Series(ranks.mean(0), index=names)
    return Ranked(float(test.statistic), float(test.pvalue), rank, pairwise, b)
