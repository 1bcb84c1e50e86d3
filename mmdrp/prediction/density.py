"""Densities of several sets of values over one axis."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmdrp.io.shards.blocks import row_groups, rows_of
from mmdrp.io.text import label

COLOURS = ("#707070", "#e69f00", "#d55e00", "#0072b2", "#009e73")
MAX_DRAWN = 1_000_000
"""predictions that a density is drawn from, evenly spread over the file"""


def densities(
    samples: Mapping[str, npt.NDArray[np.floating]], what: str, title: str = ""
) -> Figure:
    """Draw the density of each named sample; ``what`` says what the values are."""
    figure = Figure(figsize=(5.6, 3.6), layout="constrained")
    axis = figure.subplots()
    draw_densities(axis, samples, what)
    axis.set_title(label(title), fontsize=10)
    return figure


def predicted_density(
    path: Path, measured: Sequence[float], what: str, samples: int, drugs: int
) -> Figure | None:
    """Draw predictions over what was measured in the lines of training (DeepDR, Figure 2a).

    ``measured`` are evenly spaced quantiles. None where there is nothing to draw: fewer than two
    predictions.
    """
    pred = _drawn(path)
    if not measured or len(pred) < 2:
        return None
    # The checkpoint keeps quantiles: as many evenly spaced ones are a sample of the responses.
    sample = np.interp(np.linspace(0, 1, 20_000), np.linspace(0, 1, len(measured)), measured)
    n = f"predicted, {samples} samples x {drugs} drugs"
    return densities({"measured in lines of training": sample, n: pred}, what, f"Predicted {what}")


def _drawn(path: Path) -> npt.NDArray[np.floating]:
    """Return predictions evenly spread over a file, at most about ``MAX_DRAWN``."""
    step, skipped, parts = max(1, rows_of(path) // MAX_DRAWN), 0, []
    for table in row_groups(path, ["pred"]):
        pred = table["pred"].to_numpy()
        pred = pred[np.isfinite(pred)]
        parts.append(pred[-skipped % step :: step])
        skipped += len(pred)
    return np.concatenate(parts) if parts else np.empty(0)


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
