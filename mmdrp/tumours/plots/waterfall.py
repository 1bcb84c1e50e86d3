"""Waterfall plot: every tumour's response in order, extremes in colour; and what they are."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mmdrp.io.text import label
from mmdrp.palette import colours_of
from mmdrp.tumours.plots.volcano import COLOURS, GREY

SENSITIVE, RESISTANT = "#2f7f5f", "#b5442f"
MIN_SHARE = 0.1
"""types under this share of both groups are drawn as others (Chiu et al. 2019, figure 5b)"""


def waterfall(value: pd.Series, group: pd.Series, drug: str, unit: str) -> Figure:
    """Draw each tumour's response minus the median, from the lowest to the highest."""
    ordered = value.dropna().sort_values(kind="stable")
    middle = float(ordered.median())
    height = ordered.to_numpy(float) - middle
    side = group.reindex(ordered.index).to_numpy()
    colour = np.select([side == "sensitive", side == "resistant"], [SENSITIVE, RESISTANT], GREY)
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axis = figure.subplots()
    axis.vlines(np.arange(len(ordered)), 0, height, colors=list(colour), lw=0.6, rasterized=True)
    axis.axhline(0, color="black", lw=0.6)
    for name, shade in (("sensitive", SENSITIVE), ("resistant", RESISTANT)):
        axis.plot([], [], color=shade, lw=3, label=f"{name}: {int((side == name).sum())}")
    axis.legend(fontsize=8, frameon=False, loc="upper left")
    axis.set_xlabel(f"{len(ordered)} tumours in order", fontsize=9)
    axis.set_ylabel(f"response - median of {middle:.2f} ({label(unit)})", fontsize=9)
    axis.set_title(label(drug), fontsize=11)
    axis.spines[["top", "right"]].set_visible(False)
    return figure


def type_shares(table: pd.DataFrame, drug: str) -> Figure:
    """Draw the share of each cancer type among sensitive, resistant and all tumours, stacked."""
    columns = ["share_sensitive", "share_resistant", "share_all"]
    large = table[(table[columns[:2]] >= MIN_SHARE).any(axis=1)].head(len(COLOURS))
    figure = Figure(figsize=(6.4, 3.0), layout="constrained")
    axis = figure.subplots()
    names = ["sensitive", "resistant", "all"]
    left = np.zeros(len(columns))
    every = table["type"] if len(table) <= len(COLOURS) else large["type"]
    shade = colours_of(every)
    for _, row in large.iterrows():
        colour = shade[str(row["type"])]
        share = row[columns].to_numpy(float)
        axis.barh(names, share, left=left, color=colour, label=label(row["type"]))
        for i in np.flatnonzero(share >= 0.06):
            axis.text(left[i] + share[i] / 2, float(i), f"{share[i]:.0%}", ha="center", va="center",
                      fontsize=7, color="white")  # fmt: skip
        left += share
    if (1 - left > 1e-9).any():
        axis.barh(names, 1 - left, left=left, color=GREY, label="others")
    axis.invert_yaxis()
    axis.set_xlim(0, 1)
    axis.set_xlabel("share of tumours", fontsize=9)
    axis.set_title(f"{label(drug)}: cancer types", fontsize=11)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure
