"""Densities of several sets of values over one axis."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmdrp.io.text import label

COLOURS = ("#707070", "#e69f00", "#d55e00", "#0072b2", "#009e73")


def densities(
    samples: Mapping[str, npt.NDArray[np.floating]], what: str, title: str = ""
) -> Figure:
    """Draw the density of each named sample; ``what`` says what the values are."""
    figure = Figure(figsize=(5.6, 3.6), layout="constrained")
    axis = figure.subplots()
    draw_densities(axis, samples, what)
    axis.set_title(label(title), fontsize=10)
    return figure


def draw_densities(
    axis: Axes, samples: Mapping[str, npt.NDArray[np.floating]], what: str, points: int = 240
) -> None:
    """Draw into an axis: smooth lines over what holds 99 % of each sample.

    The kernel's width is Scott's, of the spread between quartiles where that is less, so that a
    long tail neither smears the middle nor stretches the axis.
    """
    low = min(float(np.quantile(v, 0.005)) for v in samples.values())
    high = max(float(np.quantile(v, 0.995)) for v in samples.values())
    if not high > low:
        low, high = low - 0.5, high + 0.5
    for (name, values), colour in zip(samples.items(), COLOURS, strict=False):
        at, height = _smooth(values, low, high, points)
        axis.plot(at, height, color=colour, label=label(name), linewidth=1.6)
    axis.set_xlabel(label(what))
    axis.set_ylabel("density")
    axis.set_xlim(low, high)
    axis.set_ylim(bottom=0)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False, fontsize=8)


def _smooth(
    values: npt.NDArray[np.floating], low: float, high: float, points: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return places and a Gaussian kernel density there, from a fine histogram."""
    fine = np.linspace(low, high, points + 1)
    step = fine[1] - fine[0]
    quarter, three = np.quantile(values, [0.25, 0.75])
    spread = min(float(np.std(values)), float(three - quarter) / 1.349) or float(np.std(values))
    width = max(1.06 * spread * len(values) ** -0.2, step)
    reach = int(np.ceil(4 * width / step))
    edges = low + step * np.arange(-reach, points + reach + 1)
    count, _ = np.histogram(values, edges)
    kernel = np.exp(-0.5 * (step * np.arange(-reach, reach + 1) / width) ** 2)
    smooth = np.convolve(count / (len(values) * step), kernel / kernel.sum(), mode="valid")
    return (fine[1:] + fine[:-1]) / 2, smooth
