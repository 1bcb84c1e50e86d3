"""Scores of one set of predictions in every scope: pooled, per drug, line, tissue, presence."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from scipy.stats import kendalltau

from mmdrp.evaluation.metrics import MIN_COUNT, Array, intervals_of, pearson, spearman


def kendall(y: Array, pred: Array) -> float:
    """Return Kendall's tau-b of two vectors (n,); NaN where either is constant or n is below 3.

    >>> round(kendall(np.array([1.0, 2, 3]), np.array([1.0, 3, 2])), 6)
    0.333333
    """
    if np.isnan(pearson(y, pred)):
        return float("nan")
    return float(kendalltau(y, pred).statistic)


def r2(y: Array, pred: Array) -> float:
    """Return the share of the variance of y (n,) explained; NaN where y is constant.

    >>> r2(np.array([1.0, 2, 3]), np.array([1.0, 2, 3]))
    1.0
    """
    spread = float(((y - y.mean()) ** 2).sum())
    return float(1 - ((y - pred) ** 2).sum() / spread) if spread > 0 else float("nan")


RELATIONS: Mapping[str, Callable[[Array, Array], float]] = {
    "r2": r2,
    "pearson": pearson,
    "spearman": spearman,
    "kendall": kendall,
}


def measured(y: Array, pred: Array, normal: Array) -> dict[str, float]:
    """Return the metrics of a group of rows, raw and with the mean effects ``normal`` taken off.

    Errors are the same either way. With fewer than ``MIN_COUNT`` rows there are errors only; a
    correlation of a constant prediction is NaN.
    """
    error = y - pred
    mse = float((error**2).mean())
    out = {"mse": mse, "rmse": mse**0.5, "mae": float(np.abs(error).mean())}
    if len(y) < MIN_COUNT:
        return out
    raw = _related(y, pred)
    # Within a drug of unseen lines the mean effects are one number, which changes no relation.
    alone = raw if np.ptp(normal) == 0 else _related(y - normal, pred - normal)
    return out | raw | {f"{name}_normalised": value for name, value in alone.items()}


def _related(y: Array, pred: Array) -> dict[str, float]:
    if np.isnan(pearson(y, pred)):  # one of them constant
        return {**dict.fromkeys(RELATIONS, float("nan")), "r2": r2(y, pred)}
    return {name: relation(y, pred) for name, relation in RELATIONS.items()}


def scoped(frame: pd.DataFrame, normal: Array, groups: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Return ``scope, id, metric, value, n`` of predictions ``cell, drug, y, pred``.

    Where there are intervals (``lower, upper, sd``) their scores follow. ``groups`` maps further
    scopes (tissue, presence) to the label of each line; a line without one is left out of it.
    """
    columns = [frame["y"].to_numpy(float), frame["pred"].to_numpy(float), normal]
    out = _named("pooled", "all", columns, frame)
    labels = {"drug": frame["drug"], "line": frame["cell"]}
    labels |= {scope: frame["cell"].map(label) for scope, label in groups.items()}
    for scope, label in labels.items():
        for name, rows in frame.groupby(label.to_numpy(), sort=True).indices.items():
            some = [column[rows] for column in columns]
            out += _named(scope, str(name), some, frame.iloc[rows])
    return pd.DataFrame(out, columns=["scope", "id", "metric", "value", "n"])


Row = tuple[str, str, str, float, int]


def _named(scope: str, name: str, columns: list[Array], frame: pd.DataFrame) -> list[Row]:
    y, pred, normal = columns
    values = measured(y, pred, normal) | intervals_of(frame)
    return [(scope, name, metric, value, len(y)) for metric, value in values.items()]
