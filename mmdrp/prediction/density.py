"""Densities of several sets of values over one axis."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmdrp.io.text import label

COLOURS = ("#777777", "#b3882c", "#c4622d", "#4063a3", "#3f8f6b")


def densities(samples: Mapping[str, npt.NDArray[np.floating]], what: str) -> Figure:
    """Draw the density of each named sample; ``what`` says what the values are."""
    figure = Figure(figsize=(5.2, 3.4), layout="constrained")
    draw_densities(figure.subplots(), samples, what)
    return figure


def draw_densities(
    axis: Axes, samples: Mapping[str, npt.NDArray[np.floating]], what: str, bins: int = 120
) -> None:
    """Draw into an axis: normalised histograms as lines, so that tails are seen as they are."""
    low = min(float(np.quantile(v, 0.0005)) for v in samples.values())
    high = max(float(np.quantile(v, 0.9995)) for v in samples.values())
    if not high > low:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, bins + 1)
    centres = (edges[1:] + edges[:-1]) / 2
    for (name, values), colour in zip(samples.items(), COLOURS, strict=False):
        height, _ = np.histogram(values, edges)
        share = height / len(values) / np.diff(edges)
        axis.plot(centres, share, color=colour, label=label(name), linewidth=1.4)
    axis.set_xlabel(label(what))
    axis.set_ylabel("density")
    axis.set_ylim(bottom=0)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False, fontsize=8)
