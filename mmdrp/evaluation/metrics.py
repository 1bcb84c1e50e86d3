"""Scores of long prediction tables ``cell, drug, y, pred``.

Errors are in the unit of the response (``mse`` in its square); correlations have none.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm, rankdata

Array = npt.NDArray[np.float64]
MIN_COUNT = 10
"""measured values that a drug, line or other group must have for a correlation or R2"""


def pearson(y: Array, pred: Array) -> float:
    """Return Pearson's r of two vectors (n,); NaN where either is constant or n is below 3.

    >>> pearson(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0]))
    1.0
    >>> pearson(np.array([1.0, 2.0, 3.0]), np.ones(3))
    nan
    """
    if len(y) < 3:
        return float("nan")
    a, b = y - y.mean(), pred - pred.mean()
    # Relative to the values: a constant in float32 is not exactly constant after averaging.
    if a.std() <= 1e-7 * max(1.0, abs(y.mean())) or b.std() <= 1e-7 * max(1.0, abs(pred.mean())):
        return float("nan")
    return float((a @ b) / np.sqrt((a @ a) * (b @ b)))


def spearman(y: Array, pred: Array) -> float:
    """Return Spearman's rank correlation of two vectors (n,), ties at their mean rank; NaN as r.

    >>> round(spearman(np.array([1.0, 2.0, 3.0]), np.array([1.0, 10.0, 100.0])), 12)
    1.0
    """
    return pearson(rankdata(y), rankdata(pred))


def per_group(
    frame: pd.DataFrame,
    group: str,
    statistic: Callable[[Array, Array], float],
    min_count: int = MIN_COUNT,
) -> pd.Series:
    """Return a statistic of (y, pred) for each ``group``, such as "drug", of ``min_count`` rows.

    >>> frame = pd.DataFrame({"drug": ["x"] * 3, "y": [1.0, 2, 3], "pred": [1.0, 2, 4]})
    >>> per_group(frame, "drug", pearson, min_count=3).round(3).to_dict()
    {'x': 0.982}
    """
    out = {
        name: statistic(rows["y"].to_numpy(float), rows["pred"].to_numpy(float))
        for name, rows in frame.groupby(group, sort=True)
        if len(rows) >= min_count
    }
    return pd.Series(out, dtype=float)


def effects(train: pd.DataFrame, frame: pd.DataFrame) -> Array:
    """Return the mean-effects prediction of each row of ``frame``, (n,): mean + line + drug effect.

    ``train`` has ``cell, drug, y``, ``frame`` has ``cell, drug``. Line effects are means of what
    drug effects leave, so drugs measured in few lines do not tilt them. An unseen line or drug
    contributes no effect. Source: DrEval (Bernett et al. 2025), naive mean effects predictor.

    >>> train = pd.DataFrame({"cell": list("AAB"), "drug": list("xyx"), "y": [1.0, 5.0, 3.0]})
    >>> effects(train, pd.DataFrame({"cell": ["B", "new"], "drug": ["y", "x"]})).tolist()
    [6.0, 2.0]
    """
    grand = float(train["y"].mean())
    drug = train.groupby("drug")["y"].mean() - grand
    residual = train["y"] - grand - train["drug"].map(drug)
    line = residual.groupby(train["cell"]).mean()
    return (
        grand + frame["drug"].map(drug).fillna(0.0) + frame["cell"].map(line).fillna(0.0)
    ).to_numpy(float)


def group_mean(train: pd.DataFrame, rows: pd.DataFrame, axis: str) -> Array:
    """Return the training mean of each row's ``axis`` (drug or cell), (n,).

    A drug or line that training does not have gets the mean of all training rows.

    >>> train = pd.DataFrame({"cell": ["A", "B"], "drug": ["x", "x"], "y": [1.0, 3.0]})
    >>> group_mean(train, pd.DataFrame({"cell": ["B", "C"]}), "cell").tolist()
    [3.0, 2.0]
    """
    mean = train.groupby(axis)["y"].mean()
    return rows[axis].map(mean).fillna(train["y"].mean()).to_numpy(float)


INTERVAL = ("coverage", "width", "interval_score", "crps")
"""scores of intervals, in percent and in the unit of the response"""
LEVEL = 0.9
"""of the intervals that predictions of held-out rows have"""


def interval_scores(
    y: Array, pred: Array, lower: Array, upper: Array, sd: Array, level: float = LEVEL
) -> dict[str, float]:
    """Score intervals around predictions, each (n,): how many hold, how wide, how well both.

    ``coverage`` is the percentage of y inside, ``width`` the mean width, ``interval_score`` the
    width plus 2 / (1 - level) times what y is beyond an end (Gneiting and Raftery 2007), ``crps``
    that of a Gaussian with the prediction as mean and ``sd``. Less is better, but for coverage.

    >>> one, zero = np.ones(2), np.zeros(2)
    >>> found = interval_scores(np.array([0.0, 3.0]), zero, -one, one, one, 0.9)
    >>> found["coverage"], found["width"], round(found["interval_score"], 6)
    (50.0, 2.0, 22.0)
    >>> round(found["crps"], 4)
    1.3351
    """
    beyond = np.maximum(lower - y, 0) + np.maximum(y - upper, 0)
    z = (y - pred) / np.maximum(sd, 1e-12)
    crps = sd * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
    return {
        "coverage": float(100 * ((y >= lower) & (y <= upper)).mean()),
        "width": float((upper - lower).mean()),
        "interval_score": float((upper - lower + 2 / (1 - level) * beyond).mean()),
        "crps": float(crps.mean()),
    }


def intervals_of(frame: pd.DataFrame) -> dict[str, float]:
    """Score the intervals of a table of predictions; nothing where it has none.

    >>> intervals_of(pd.DataFrame({"y": [1.0], "pred": [1.0]}))
    {}
    """
    if not {"lower", "upper", "sd"} <= set(frame.columns):
        return {}
    y, pred, lower, upper, sd = frame[["y", "pred", "lower", "upper", "sd"]].to_numpy(float).T
    return interval_scores(y, pred, lower, upper, sd)


def scores(frame: pd.DataFrame, normal: Array) -> dict[str, float]:
    """Score one model: pooled, per drug, and with the mean effects ``normal`` (n,) subtracted.

    ``frame`` has ``cell, drug, y, pred``, n measured rows. A drug whose prediction is constant
    counts 0 in the per-drug means: it orders no lines. NaN where a metric has nothing to stand on,
    such as fewer than ``MIN_COUNT`` rows per drug.

    >>> frame = pd.DataFrame({"cell": list("ABC"), "drug": "x", "y": [1.0, 2, 3], "pred": 2.0})
    >>> values = scores(frame, np.zeros(3))
    >>> round(values["mse"], 3), values["r2"], values["pearson"], values["n"]
    (0.667, 0.0, nan, 3.0)
    """
    y, pred = frame["y"].to_numpy(float), frame["pred"].to_numpy(float)
    error = y - pred
    mse = float((error**2).mean())
    return {
        "mse": mse,
        "rmse": float(np.sqrt(mse)),
        "mae": float(np.abs(error).mean()),
        "r2": float(1 - mse / y.var()) if y.var() > 0 else float("nan"),
        "pearson": pearson(y, pred),
        "pearson_per_drug": _mean(per_group(frame, "drug", pearson)),
        "spearman_per_drug": _mean(per_group(frame, "drug", spearman)),
        "pearson_per_line": _mean(per_group(frame, "cell", pearson)),
        "pearson_normalised": _zero(pearson(y - normal, pred - normal)),
        "n": float(len(frame)),
        **intervals_of(frame),
    }


def _mean(values: pd.Series) -> float:
    return float(values.fillna(0.0).mean()) if len(values) else float("nan")


def _zero(value: float) -> float:
    return 0.0 if np.isnan(value) else value
