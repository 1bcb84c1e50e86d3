"""Sources x targets: how models of one study do on another, as a heat map per model."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from mmdrp.io.text import label, labels

if TYPE_CHECKING:
    from mmdrp.evaluation.across.report import AcrossReport

DARK = 0.6
"""share of the scale above which numbers are white"""


def across_plot(report: "AcrossReport") -> Figure:
    """Draw r within drug, sources in rows, targets in columns, one scale for all panels.

    A panel per model that reads features, and the screens themselves: how far the other study's own
    measurement of a line tells the target's. Framed: the target's own folds.
    """
    models = [m for m in dict.fromkeys(report.pairs["model"]) if _reads(report.pairs, m)]
    panels = {name: report.matrix(model=name) for name in models}
    panels["the screens themselves"] = report.agreement
    most = max(0.1, *(float(np.nanmax(t.to_numpy(float))) for t in panels.values()))
    side = 1.0 + 0.75 * len(report.agreement)
    figure = Figure(figsize=(side * len(panels) + 1.0, side + 0.8), layout="constrained")
    axes = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
    for axis, (name, table) in zip(axes, panels.items(), strict=True):
        values = table.to_numpy(float)
        picture = axis.imshow(values, cmap="Blues", vmin=0, vmax=most)
        axis.set_title(label(name), fontsize=9)
        axis.set_xticks(range(len(table)), labels(table.columns), fontsize=8, rotation=30)
        axis.set_yticks(range(len(table)), labels(table.index), fontsize=8)
        for (i, j), value in np.ndenumerate(values):
            if np.isfinite(value):
                dark = "white" if value > DARK * most else "black"
                axis.text(j, i, f"{value:.2f}", ha="center", va="center", fontsize=9, color=dark)
        if name in models:
            for i in range(len(table)):
                frame = Rectangle((i - 0.47, i - 0.47), 0.94, 0.94, fill=False, lw=1.4, ec="black")
                axis.add_patch(frame)
        axis.tick_params(length=0)
        axis.spines[:].set_visible(False)
    axes[0].set_ylabel("trained on", fontsize=9)
    figure.supxlabel("tested on (framed: the target's own folds)", fontsize=9)
    figure.colorbar(picture, ax=list(axes), shrink=0.8, label="r within drug")
    return figure


def _reads(pairs: pd.DataFrame, model: str) -> bool:
    """Whether a model tells lines apart at all: a drug's mean has 0 everywhere."""
    rows = pairs[pairs["model"] == model]
    return bool((rows[["r", "own_r"]].fillna(0).abs() > 0).any().any())
