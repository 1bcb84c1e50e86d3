"""Volcano plot of associations: change of response against how sure it is."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmdrp.io.text import label
from mmdrp.palette import COLOURS as COLOURS
from mmdrp.palette import colours_of
from mmdrp.tumours.comparison import SMALLEST

GREY = "#c9c9c9"
MAX_LABELS = 14


def volcano(table: pd.DataFrame, group: str, unit: str, alpha: float, title: str) -> Figure:
    """Draw ``difference`` against ``p`` (adjusted), coloured by ``group``, extremes by ``label``.

    Rows that reach ``alpha`` have the colour of one of the ten commonest groups; points are an
    image inside the SVG, where a hundred thousand shapes would be too many.
    """
    figure = Figure(figsize=(8.6, 6.2), layout="constrained")
    axis = figure.subplots()
    height = -np.log10(np.clip(table["p"].fillna(1.0).to_numpy(float), SMALLEST, 1))
    across = table["difference"].to_numpy(float)
    hit = table["p"].to_numpy(float) < alpha
    axis.scatter(across[~hit], height[~hit], s=4, c=GREY, linewidths=0, rasterized=True)
    names = table[group].astype(str).to_numpy()
    common = list(pd.Series(names[hit]).value_counts().index)
    every = set(names) if len(set(names)) <= len(COLOURS) else common[: len(COLOURS)]
    shade = colours_of(every)  # of all that is tested, so that figures agree
    for name in common[: len(COLOURS)]:
        rows, colour = hit & (names == name), shade[name]
        axis.scatter(
            across[rows],
            height[rows],
            s=9,
            c=colour,
            linewidths=0,
            label=label(name),
            rasterized=True,
        )
    others = hit & ~np.isin(names, common[: len(COLOURS)])
    if others.any():
        axis.scatter(
            across[others], height[others], s=9, c="#8f8f8f", linewidths=0, label="others",
            rasterized=True,
        )  # fmt: skip
    axis.axhline(-np.log10(alpha), color="#888888", lw=0.8, ls="--")
    axis.axvline(0, color="#dddddd", lw=0.8, zorder=0)
    _name_extremes(axis, across, height, table["label"].astype(str).to_numpy(), hit)
    axis.set_xlabel(f"difference of mean response, mutated - wild-type ({label(unit)})")
    floor = " (at 308: p too small for a number)" if height.max(initial=0) >= 308 else ""
    axis.set_ylabel(f"-log10 adjusted p{floor}")
    axis.set_ylim(bottom=-0.02 * max(height.max(initial=0), -np.log10(alpha)))
    axis.set_title(f"{label(title)} (n = {len(table)} tests drawn)", fontsize=11)
    if not hit.any():
        axis.text(0.5, 0.97, f"no adjusted p is under {alpha:g}", transform=axis.transAxes,
                  ha="center", va="top", fontsize=9)  # fmt: skip
    axis.spines[["top", "right"]].set_visible(False)
    if hit.any():
        axis.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5),
                    markerscale=2, title=group, title_fontsize=8)  # fmt: skip
    return figure


def _name_extremes(
    axis: Axes,
    across: np.ndarray,
    height: np.ndarray,
    labels: np.ndarray,
    hit: np.ndarray,
) -> None:
    """Write the names of the most extreme points that have room."""
    if not hit.any():
        return
    x, y = across / max(np.abs(across[hit]).max(), 1e-12), height / max(height[hit].max(), 1e-12)
    order = np.flatnonzero(hit)[np.argsort(-(np.abs(x[hit]) * 1.2 + y[hit]), kind="stable")]
    placed: list[tuple[float, float]] = []
    for i in order[:400]:
        if all(abs(x[i] - a) > 0.34 or abs(y[i] - b) > 0.04 for a, b in placed):
            placed.append((x[i], y[i]))
            axis.annotate(
                label(labels[i]), (across[i], height[i]), xytext=(3 if x[i] > 0 else -3, 2),
                textcoords="offset points", fontsize=6.5, ha="left" if x[i] > 0 else "right",
            )  # fmt: skip
        if len(placed) == MAX_LABELS:
            break
    # Room for the longest name beyond the outermost point, as a share of an axis of 380 points.
    longest = max((len(label(labels[i])) for i in order[:400]), default=0)
    room = min(0.4, 3.6 * longest / 380)
    axis.margins(x=max(0.08, room / (1 - 2 * room)))
