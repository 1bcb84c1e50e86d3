"""Box plots of response in carriers and others, one panel per comparison."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from mmdrp.plots.volcano import SMALLEST

MUTATED, OTHERS = "#c4622d", "#4063a3"
SHOWN = 400


@dataclass(frozen=True)
class Comparison:
    """One panel: responses of carriers and others, with what to write above them."""

    title: str
    carriers: npt.NDArray[np.float64]
    others: npt.NDArray[np.float64]
    names: tuple[str, str]
    """below the boxes: carriers, others"""
    note: str = ""


def boxes(panels: Sequence[Comparison], unit: str, columns: int = 4) -> Figure:
    """Draw the panels; up to 400 tumours of each box are dots, drawn evenly over their order."""
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
                np.linspace(0, len(values) - 1, min(len(values), SHOWN), dtype=int)
            ]
            spread = jitter.uniform(-0.22, 0.22, len(dots))
            axis.scatter(place + spread, dots, s=4, c=colour, linewidths=0, alpha=0.5)
        axis.set_xticks(
            [1, 2],
            [
                f"{panel.names[1]}\nn={len(panel.others)}",
                f"{panel.names[0]}\nn={len(panel.carriers)}",
            ],
            fontsize=8,
        )
        axis.set_title(f"{panel.title}\n{panel.note}", fontsize=8.5)
        axis.tick_params(axis="y", labelsize=8)
        axis.spines[["top", "right"]].set_visible(False)
    for axis in axes[len(panels) :]:
        axis.set_visible(False)
    figure.supylabel(f"response ({unit})", fontsize=9)
    return figure


def shown(p: float) -> str:
    """Return a p as it is written in a title; one too small for a number has no other name."""
    return f"p = {p:.1e}" if p >= SMALLEST else "p < 1e-308"
