"""Bars of each drug's strongest features."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mmdrp.io.text import label, labels
from mmdrp.palette import colours_of


def biomarker_bars(
    ranking: pd.DataFrame, names: Mapping[str, str] | None = None, unit: str = "", top: int = 10
) -> Figure:
    """Draw ``drug, source, feature, mean_abs, rank``: one panel per drug, colour by source.

    Bars go to the left where ``direction`` says that a high value lowers the response. All panels
    have one scale.

    ``unit`` is that of the response, ``names`` are the drugs' names.
    """
    drugs = list(dict.fromkeys(ranking["drug"]))
    sources = sorted(set(ranking["source"]))
    colour = colours_of(sources)
    sign = np.where(ranking["direction"].fillna(0) < 0, -1.0, 1.0) if "direction" in ranking else 1
    ranking = ranking.assign(signed=sign * ranking["mean_abs"])
    shown = ranking[ranking["rank"] <= top]["signed"]
    widest = 1.08 * float(shown.abs().max() or 1.0)
    signed = bool((shown < 0).any())
    columns = min(3, len(drugs))
    rows = -(-len(drugs) // columns)
    figure = Figure(figsize=(4.2 * columns, 3.2 * rows), layout="constrained")
    axes = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    for axis, drug in zip(axes, drugs, strict=False):
        part = ranking[ranking["drug"] == drug].nsmallest(top, "rank")[::-1]
        axis.barh(range(len(part)), part["signed"], color=[colour[s] for s in part["source"]])
        axis.set_yticks(range(len(part)), labels(part["feature"]), fontsize=8)
        lines = f" (n = {int(part['n'].max())})" if "n" in part else ""
        axis.set_title(label((names or {}).get(drug, drug)) + lines, fontsize=10)
        axis.set_xlim(-widest if signed else 0, widest)  # one scale: panels can be compared
        axis.axvline(0, color="#888888", linewidth=0.8)
        in_unit = f" ({label(unit)})" if unit else ""
        what = "mean |attribution|, signed" if signed else "mean |attribution|"
        axis.set_xlabel(f"{what}{in_unit}", fontsize=8)
        axis.tick_params(axis="x", labelsize=8)
        axis.locator_params(axis="x", nbins=5)  # long decimals would run into each other
        axis.spines[["top", "right"]].set_visible(False)
    for axis in axes[len(drugs) :]:
        axis.set_visible(False)
    handles = [figure.axes[0].barh([0], [0], color=colour[s], label=label(s)) for s in sources]
    figure.legend(
        handles=handles,
        loc="outside lower center",
        ncols=min(len(sources), 2 * columns),
        fontsize=9,
    )
    gap = "; " if columns > 1 else "\n"  # one panel is too narrow for one row of words
    side = f"{gap}left: a high value lowers the response, right: raises it" if signed else ""
    figure.suptitle(f"Strongest features per drug{side}", fontsize=10 if columns > 1 else 8)
    return figure
