"""Correlations within drug, and their intervals by resampling patients."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

Array = npt.NDArray[np.float64]


def within_drug(found: pd.DataFrame, least: int, pred: str = "pred") -> dict[str, float]:
    """Return mean ``r`` and ``rho`` of ``value`` and ``pred`` over drugs with ``least`` lines.

    Also ``drugs``, ``lines`` and ``rows``. A constant prediction has 0; NaN where no drug counts.

    >>> one = pd.DataFrame({"cell": list("abc"), "drug": "x", "value": [1.0, 2, 4],
    ...     "pred": [0.0, 1, 2]})
    >>> round(within_drug(one, 3)["r"], 3), round(within_drug(one, 3)["rho"], 3)
    (0.982, 1.0)
    """
    laid = _laid(found, least, pred)
    ones = np.ones((1, laid[0].shape[0]))
    r = _correlations(*laid, ones)[0]
    rho = _correlations(_ranks(laid[0]), _ranks(laid[1]), ones)[0]
    count = {"drugs": len(r), "lines": found["cell"].nunique(), "rows": len(found)}
    return {**count, "r": _mean(r), "rho": _mean(rho)}


def resampled(
    found: pd.DataFrame, least: int, weight: Mapping[str, Array], pred: str = "pred"
) -> Array:
    """Return the mean r over folds and drugs (draws,) of patients drawn with replacement.

    ``found`` has ``fold, patient, cell, drug, value`` and ``pred``; ``weight`` says how often each
    patient was drawn, (draws,).
    """
    folds = []
    for _, rows in found.groupby("fold"):
        y, p = _laid(rows, least, pred)
        if not y.size:
            continue
        who = rows.drop_duplicates("cell").set_index("cell")["patient"].sort_index()
        times = np.stack([weight[name] for name in who], axis=1)
        r = _correlations(y, p, times)
        there = np.isfinite(r)
        with np.errstate(all="ignore"):
            folds.append(np.where(there, r, 0.0).sum(1) / there.sum(1))
    draws = len(next(iter(weight.values())))
    return np.mean(folds, axis=0) if folds else np.full(draws, np.nan)


def drawn(patients: "pd.Series[str]", draws: int, seed: int) -> dict[str, Array]:
    """Return how often each patient is drawn, (draws,), where all are resampled together."""
    names = sorted(set(patients))
    rng = np.random.default_rng(seed)
    times = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=draws)
    return dict(zip(names, times.T.astype(float), strict=True))


def interval(values: Array, level: float) -> tuple[float, float]:
    """Return percentiles of resampled values; NaN where there are none."""
    there = values[np.isfinite(values)]
    if not len(there):
        return float("nan"), float("nan")
    low, high = np.quantile(there, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _laid(found: pd.DataFrame, least: int, pred: str) -> tuple[Array, Array]:
    """Return values and predictions, lines (sorted) x drugs with ``least`` lines that differ."""
    wide = found.pivot(index="cell", columns="drug", values=["value", pred]).sort_index()
    y, p = wide["value"].to_numpy(float), wide[pred].to_numpy(float)
    there = np.isfinite(y) & np.isfinite(p)
    y, p = np.where(there, y, np.nan), np.where(there, p, np.nan)
    enough = there.sum(0) >= max(least, 3)
    y, p = y[:, enough], p[:, enough]
    differ = np.nanmax(y, axis=0) > np.nanmin(y, axis=0) if y.size else np.zeros(0, dtype=bool)
    return y[:, differ], p[:, differ]


def _ranks(values: Array) -> Array:
    """Return ranks within each column; NaN keep their place."""
    return np.apply_along_axis(_ranked, 0, values) if values.size else values


def _ranked(column: Array) -> Array:
    out = np.full(len(column), np.nan)
    there = np.isfinite(column)
    out[there] = rankdata(column[there])
    return out


def _correlations(y: Array, p: Array, weight: Array) -> Array:
    """Return Pearson's r per column of lines x drugs, (draws, drugs), under weights of lines.

    A constant prediction has 0; a draw in which the values do not differ has NaN.
    """
    there = np.isfinite(y)
    a = np.where(there, y - _centre(y), 0.0)
    b = np.where(there, p - _centre(p), 0.0)
    constant = np.abs(b).max(0, initial=0) <= 1e-9 * np.maximum(1, np.abs(_centre(p)))
    n = weight @ there
    with np.errstate(all="ignore"):
        ma, mb = weight @ a / n, weight @ b / n
        vaa, vbb = weight @ a**2 / n - ma**2, weight @ b**2 / n - mb**2
        r: Array = (weight @ (a * b) / n - ma * mb) / np.sqrt(vaa * vbb)
    r = np.where(np.isfinite(r), np.clip(r, -1, 1), np.nan)
    r[:, constant] = 0.0
    return r


def _centre(values: Array) -> Array:
    return np.nanmean(values, axis=0) if values.size else np.zeros(values.shape[1])


def _mean(values: Array) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")
