"""Cox regression on one covariate with strata, and the stratified log-rank test."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2

Array = npt.NDArray[np.float64]
STEPS, SMALL = 50, 1e-10
FARTHEST = 20.0
"""a coefficient of a standardised covariate beyond it means that no finite one is best"""


def cox(
    score: Array, time: Array, event: Array, stratum: npt.NDArray[np.int_]
) -> tuple[Array, str]:
    """Return the log hazard ratio of ``score`` (n,) and its standard error, and why there is none.

    The partial likelihood (Cox 1972) with a baseline per stratum, ties by Efron (1977), maximised
    by Newton's steps. ``event`` is 1 where the event was seen at ``time``, 0 where it was not by
    then. Where the score tells perfectly who fails first, the likelihood has no maximum: NaN.

    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=500)
    >>> time = rng.exponential(np.exp(-0.5 * x))
    >>> found, why = cox(x, time, np.ones(500), np.zeros(500, int))
    >>> bool(abs(found[0] - 0.5) < 2 * found[1]), why
    (True, '')
    """
    beta = 0.0
    sets = [_sorted(score[stratum == s], time[stratum == s], event[stratum == s])
            for s in np.unique(stratum)]  # fmt: skip
    level, first, second = _likelihood(beta, sets)
    for _ in range(STEPS):
        if second <= 0:
            return np.full(2, np.nan), "Cox: the score never differs among those at risk"
        step = first / second
        # Halve a step that overshoots: the likelihood is concave, so a short one always gains.
        for _ in range(STEPS):
            new = _likelihood(beta + step, sets)
            if np.isfinite(new[0]) and new[0] >= level - SMALL:
                break
            step /= 2
        beta += step
        level, first, second = new
        if abs(beta) > FARTHEST:
            return np.full(2, np.nan), "Cox: the score tells perfectly who fails first"
        if abs(step) < SMALL:
            break
    if second <= SMALL:
        return np.full(2, np.nan), "Cox: the score tells perfectly who fails first"
    return np.array([beta, 1 / np.sqrt(second)]), ""


def log_rank(
    group: npt.NDArray[np.bool_], time: Array, event: Array, stratum: npt.NDArray[np.int_]
) -> float:
    """Return the p of the log-rank test (Mantel 1966) of two groups, within strata; NaN if none.

    >>> time = np.arange(1.0, 9.0)
    >>> p = log_rank(time > 4, time, np.ones(8), np.zeros(8, int))
    >>> round(p, 4)
    0.0067
    """
    gap, variance = 0.0, 0.0
    for s in np.unique(stratum):
        inside = stratum == s
        x, at, _ = _sorted(group[inside].astype(float), time[inside], event[inside])
        for start, failed in at:
            n, d = len(x) - start, len(failed)
            share = float(x[start:].mean())
            gap += float(x[failed].sum()) - d * share
            variance += d * share * (1 - share) * (n - d) / (n - 1) if n > 1 else 0.0
    return float(chi2.sf(gap**2 / variance, 1)) if variance > 0 else float("nan")


Sorted = tuple[Array, list[tuple[int, npt.NDArray[np.int_]]], int]


def _sorted(x: Array, time: Array, event: Array) -> Sorted:
    """Return x by time, and per time with an event where its risk set begins and who fails."""
    order = np.argsort(time, kind="stable")
    x, time, event = x[order], time[order], event[order]
    return x, list(_failures(time, event)), len(x)


def _failures(time: Array, event: Array) -> Iterator[tuple[int, npt.NDArray[np.int_]]]:
    for t in np.unique(time[event == 1]):
        yield int(np.searchsorted(time, t)), np.flatnonzero((time == t) & (event == 1))


def _likelihood(beta: float, sets: list[Sorted]) -> tuple[float, float, float]:
    """Return the log partial likelihood, its slope, and minus its curvature."""
    level = first = second = 0.0
    for x, at, _ in sets:
        with np.errstate(over="ignore"):
            e = np.exp(beta * x)
        powers = np.stack([e, e * x, e * x * x])
        behind = powers[:, ::-1].cumsum(1)[:, ::-1]
        for start, failed in at:
            shares = np.arange(len(failed)) / len(failed)
            s0, s1, s2 = behind[:, start, None] - powers[:, failed].sum(1)[:, None] * shares
            mean = s1 / s0
            level += beta * float(x[failed].sum()) - float(np.log(s0).sum())
            first += float(x[failed].sum() - mean.sum())
            second += float((s2 / s0 - mean**2).sum())
    return level, first, second
