"""Bars of modalities: how much of each drug's predictions each of them carries."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from mmdrp.io.text import label, labels
from mmdrp.palette import colours_of


def share_bars(shares: pd.DataFrame, drugs: Sequence[str]) -> Figure:
    """Draw ``drug, source, carried``: one stacked bar per drug, as shares of the sum."""
    part = shares[shares["drug"].isin(list(drugs))]
    wide = part.pivot_table(index="drug", columns="source", values="carried", aggfunc="mean")
    wide = wide.div(wide.sum(axis=1).where(lambda v: v > 0, 1.0), axis=0).fillna(0.0)
    main = wide.mean().sort_values(ascending=False).index
    wide = wide[main].sort_values(main[0])
    figure = Figure(figsize=(6.4, 0.22 * len(wide) + 1.4), layout="constrained")
    axis = figure.subplots()
    left = pd.Series(0.0, index=wide.index)
    colour = colours_of(wide.columns)
    for source in wide:
        shade = colour[str(source)]
        axis.barh(range(len(wide)), wide[source], left=left, color=shade, label=label(source))
        left = left + wide[source]
    axis.set_yticks(range(len(wide)), labels(wide.index), fontsize=8)
    axis.set_ylim(-0.6, len(wide) - 0.4)
    axis.set_xlim(0, 1)
    axis.set_xlabel("share of the predictions carried (mean size of a modality's part)", fontsize=8)
    axis.tick_params(axis="x", labelsize=8)
    axis.spines[["top", "right"]].set_visible(False)
    axis.set_title(f"What each modality carries, n = {len(wide)} drugs", fontsize=10)
    figure.legend(loc="outside upper center", ncols=min(5, len(main)), fontsize=8, frameon=False)
    return figure
