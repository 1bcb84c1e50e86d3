"""Bars of each drug's strongest features."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mmdrp.io.text import label, labels

COLOURS = (
    "#4063a3",
    "#c4622d",
    "#3f8f6b",
    "#8a5aa8",
    "#b3882c",
    "#5b8fb9",
    "#a34a5c",
    "#777777",
    "#222222",
)


def biomarker_bars(
    ranking: pd.DataFrame, names: Mapping[str, str] | None = None, unit: str = "", top: int = 10
) -> Figure:
    """Draw ``drug, source, feature, mean_abs, rank``: one panel per drug, colour by source.

    ``unit`` is that of the response, ``names`` are the drugs' names.
    """
    drugs = list(dict.fromkeys(ranking["drug"]))
    sources = sorted(set(ranking["source"]))
    colour = {s: COLOURS[i % len(COLOURS)] for i, s in enumerate(sources)}
    columns = min(3, len(drugs))
    rows = -(-len(drugs) // columns)
    figure = Figure(figsize=(4.2 * columns, 3.2 * rows), layout="constrained")
    axes = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    for axis, drug in zip(axes, drugs, strict=False):
        part = ranking[ranking["drug"] == drug].nsmallest(top, "rank")[::-1]
        axis.barh(range(len(part)), part["mean_abs"], color=[colour[s] for s in part["source"]])
        axis.set_yticks(range(len(part)), labels(part["feature"]), fontsize=8)
        axis.set_title(label((names or {}).get(drug, drug)), fontsize=10)
        shown = f" ({label(unit)})" if unit else ""
        axis.set_xlabel(f"mean |attribution|{shown}", fontsize=8)
        axis.tick_params(axis="x", labelsize=8)
        axis.locator_params(axis="x", nbins=5)  # long decimals would run into each other
        axis.spines[["top", "right"]].set_visible(False)
    for axis in axes[len(drugs) :]:
        axis.set_visible(False)
    handles = [figure.axes[0].barh([0], [0], color=colour[s], label=label(s)) for s in sources]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(sources), fontsize=9)
    return figure
