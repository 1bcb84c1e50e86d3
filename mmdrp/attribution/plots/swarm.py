"""Swarms of a drug's leading features: one point per line, coloured by the feature's value."""

import matplotlib
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from mmdrp.io.text import label

Array = npt.NDArray[np.float64]
BINS = 80
MAP = "coolwarm"


def swarm(table: pd.DataFrame, title: str, unit: str = "unit of the response") -> Figure:
    """Draw ``source, feature, value, attribution``, features in their order from the top down.

    A value's colour is its rank among the lines: blue low, red high.
    """
    keys = list(dict.fromkeys(zip(table["source"], table["feature"], strict=True)))
    groups = dict(iter(table.groupby(["source", "feature"])))
    figure = Figure(figsize=(6.4, 0.42 * len(keys) + 1.6), layout="constrained")
    axis = figure.subplots()
    colours = matplotlib.colormaps[MAP]
    widest = float(table["attribution"].abs().max()) or 1.0
    for place, key in enumerate(reversed(keys)):
        part = groups[key]
        x = part["attribution"].to_numpy(np.float64)
        values = part["value"]
        ranks = values.rank(pct=True) if values.nunique() > 2 else values == values.max()
        high = ranks.to_numpy(np.float64)
        height = place + spread(x, widest)
        axis.scatter(x, height, s=7, c=colours(high), linewidths=0, rasterized=True)
    labels = [label(f"{feature} ({source})") for source, feature in reversed(keys)]
    axis.set_yticks(range(len(keys)), labels, fontsize=8)
    axis.axvline(0, color="#999999", linewidth=0.8, zorder=0)
    most = max(len(part) for part in groups.values())
    axis.set_title(f"{label(title)} (n = {most} lines)", fontsize=10)
    axis.set_xlabel(f"part in the prediction ({label(unit)})", fontsize=8)
    axis.tick_params(axis="x", labelsize=8)
    axis.spines[["top", "right"]].set_visible(False)
    bar = figure.colorbar(ScalarMappable(cmap=MAP), ax=axis, ticks=[0, 1], aspect=30, pad=0.02)
    bar.ax.set_yticklabels(["low", "high"], fontsize=8)
    bar.set_label("value of the feature", fontsize=8)
    return figure


def spread(x: Array, widest: float) -> Array:
    """Return a height for each point, within +-0.4, so that points of one place lie apart."""
    cell = np.round(x / widest * BINS).astype(int)
    _, inverse, count = np.unique(cell, return_inverse=True, return_counts=True)
    order = np.argsort(inverse, kind="stable")
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    place = np.empty(len(x), dtype=int)
    place[order] = np.arange(len(x)) - first[inverse[order]]
    side = np.where(place % 2, -1.0, 1.0) * ((place + 1) // 2)
    step = min(0.06, 0.8 / max(1, int(count.max())))
    heights: Array = side * step
    return heights
