"""Area under the ROC curve within strata: its value, bootstrap interval and permutation p."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

Array = npt.NDArray[np.float64]
AT_ONCE = 500
"""resamples held at a time"""


@dataclass(frozen=True)
class Ranking:
    """How well scores rank responders above others of the same stratum."""

    auroc: float
    low: float
    high: float
    p: float
    """two-sided"""
    pairs: int
    """responder and other of one stratum: what the area is a share of"""
    strata: int
    """that hold both"""


def stratified_auroc(
    score: Array,
    responds: npt.NDArray[np.bool_],
    stratum: npt.NDArray[np.int_],
    *,
    bootstrap: int = 2000,
    permutations: int = 9999,
    level: float = 0.95,
    seed: int = 0,
) -> Ranking | None:
    """Return the share of pairs (responder, other) of one stratum that ``score`` (n,) ranks right.

    Ties count half. Strata weigh by their pairs, so that one stratum gives the usual area (Hanley
    and McNeil 1982). The interval takes the percentiles of areas of resampled patients, responders
    and others of each stratum apart; p permutes responses within strata (Phipson and Smyth 2010).
    None where no stratum holds both.

    >>> found = stratified_auroc(np.arange(4.0), np.array([False, True, False, True]),
    ...     np.zeros(4, int), bootstrap=10, permutations=10)
    >>> found.auroc, found.pairs
    (0.75, 4)
    """
    rng = np.random.default_rng(seed)
    groups = [np.flatnonzero(stratum == s) for s in np.unique(stratum)]
    groups = [g for g in groups if 0 < responds[g].sum() < len(g)]
    if not groups:
        return None
    wins = [_wins(score[g[responds[g]]], score[g[~responds[g]]]) for g in groups]
    pairs = sum(w.size for w in wins)
    area = float(sum(w.sum() for w in wins)) / pairs
    resampled = sum(_resampled(w, bootstrap, rng) for w in wins) / pairs
    tail = (1 - level) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail])
    ranks = [rankdata(score[g]) for g in groups]
    sizes = [int(responds[g].sum()) for g in groups]
    chance = sum(_permuted(r, n, permutations, rng) for r, n in zip(ranks, sizes, strict=True))
    beyond = np.abs(chance / pairs - 0.5) >= abs(area - 0.5) - 1e-12
    p = (1 + int(beyond.sum())) / (1 + permutations)
    return Ranking(area, float(low), float(high), p, pairs, len(groups))


def _wins(above: Array, below: Array) -> Array:
    """Return responders x others: 1 where the responder scores higher, 1/2 where equal."""
    gap = above[:, None] - below[None, :]
    wins: Array = (gap > 0) + 0.5 * (gap == 0)
    return wins


def _resampled(wins: Array, times: int, rng: np.random.Generator) -> Array:
    """Return the wins (times,) of patients drawn with replacement."""
    n, m = wins.shape
    out = []
    for start in range(0, times, AT_ONCE):
        k = min(AT_ONCE, times - start)
        rows = rng.multinomial(n, np.full(n, 1 / n), size=k).astype(float)
        columns = rng.multinomial(m, np.full(m, 1 / m), size=k).astype(float)
        out.append(((rows @ wins) * columns).sum(1))
    return np.concatenate(out)


def _permuted(ranks: Array, responders: int, times: int, rng: np.random.Generator) -> Array:
    """Return the wins (times,) where the responders of a stratum are drawn by chance."""
    out = []
    for start in range(0, times, AT_ONCE):
        k = min(AT_ONCE, times - start)
        drawn = rng.permuted(np.tile(ranks, (k, 1)), axis=1)[:, :responders]
        out.append(drawn.sum(1) - responders * (responders + 1) / 2)
    return np.concatenate(out)
