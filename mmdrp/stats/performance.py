"""Scores of long prediction tables ``cell, drug, y, pred``."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

Array = npt.NDArray[np.float64]


def pearson(y: Array, pred: Array) -> float:
    """Pearson's r; NaN where either is constant or fewer than three values are there."""
    if len(y) < 3:
        return float("nan")
    a, b = y - y.mean(), pred - pred.mean()
    # Relative to the values: a constant in float32 is not exactly constant after averaging.
    if a.std() <= 1e-7 * max(1.0, abs(y.mean())) or b.std() <= 1e-7 * max(1.0, abs(pred.mean())):
        return float("nan")
    return float((a @ b) / np.sqrt((a @ a) * (b @ b)))


def spearman(y: Array, pred: Array) -> float:
    """Spearman's rank correlation; NaN where either is constant."""
    return pearson(rankdata(y), rankdata(pred))


def per_group(
    frame: pd.DataFrame, group: str, statistic: Callable[[Array, Array], float], least: int = 10
) -> pd.Series:
    """Return a statistic of (y, pred) for every drug or line with ``least`` measured values."""
    out = {
        name: statistic(part["y"].to_numpy(float), part["pred"].to_numpy(float))
        for name, part in frame.groupby(group, sort=True)
        if len(part) >= least
    }
    return pd.Series(out, dtype=float)


def effects(train: pd.DataFrame, frame: pd.DataFrame) -> Array:
    """Return the mean-effects prediction: grand mean + line effect + drug effect (DrEval).

    Line effects are means of what drug effects leave, so drugs measured in few lines do not tilt
    them. An unseen line or drug contributes no effect.
    """
    grand = float(train["y"].mean())
    drug = train.groupby("drug")["y"].mean() - grand
    rest = train["y"] - grand - train["drug"].map(drug)
    line = rest.groupby(train["cell"]).mean()
    return (
        grand + frame["drug"].map(drug).fillna(0.0) + frame["cell"].map(line).fillna(0.0)
    ).to_numpy(float)


def scores(frame: pd.DataFrame, normal: Array) -> dict[str, float]:
    """Score one model: pooled, per drug, and with the mean effects ``normal`` subtracted.

    A drug whose prediction is constant counts 0 in the per-drug means: it orders no lines.
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
    }


def _mean(values: pd.Series) -> float:
    return float(values.fillna(0.0).mean()) if len(values) else float("nan")


def _zero(value: float) -> float:
    return 0.0 if np.isnan(value) else value
