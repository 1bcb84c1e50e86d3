"""Box plots of response in carriers and others, one panel per comparison."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from mmdrp.io.text import label, labels
from mmdrp.tumours.comparison import Comparison

MUTATED, OTHERS = "#c4622d", "#4063a3"
MAX_DOTS = 400


def boxes(panels: Sequence[Comparison], unit: str, columns: int = 4) -> Figure:
    """Draw the panels; up to 400 samples of each box are dots, drawn evenly over their order."""
    columns = min(columns, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(2.7 * columns + 0.3, 3.4 * rows), layout="constrained")
    axes = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    jitter = np.random.default_rng(0)
    for axis, panel in zip(axes, panels, strict=False):
        sides = [panel.others, panel.carriers]
        art = axis.boxplot(
            sides, widths=0.6, showfliers=False, patch_artist=True,
            medianprops={"color": "black"},
        )  # fmt: skip
        for patch, colour in zip(art["boxes"], (OTHERS, MUTATED), strict=True):
            patch.set(facecolor=colour, alpha=0.35)
        for place, (values, colour) in enumerate(zip(sides, (OTHERS, MUTATED), strict=True), 1):
            dots = np.sort(values)[
                np.linspace(0, len(values) - 1, min(len(values), MAX_DOTS), dtype=int)
            ]
            spread = jitter.uniform(-0.22, 0.22, len(dots))
            axis.scatter(place + spread, dots, s=4, c=colour, linewidths=0, alpha=0.5)
        axis.set_xticks(
            [1, 2],
            [
                f"{label(panel.names[1])}\nn={len(panel.others)}",
                f"{label(panel.names[0])}\nn={len(panel.carriers)}",
            ],
            fontsize=8,
        )
        note = "\n".join(labels(panel.note.split("\n")))
        axis.set_title(f"{label(panel.title)}\n{note}", fontsize=8.5)
        axis.tick_params(axis="y", labelsize=8)
        axis.spines[["top", "right"]].set_visible(False)
    for axis in axes[len(panels) :]:
        axis.set_visible(False)
    figure.supylabel(f"response ({label(unit)})", fontsize=9)
    return figure
