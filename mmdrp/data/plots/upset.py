"""Which modalities lines have together, and how well each such set is predicted: upset plots."""

from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.io.text import label, labels
from mmdrp.options import Range, checked
from mmdrp.palette import OTHERS, colours_of

INK = "#333333"


@checked
def plot_modalities(study: Study, *, most: Annotated[int, Range(least=1)] = 20) -> Figure:
    """Draw how many lines of a study have which modalities together: an upset plot (Lex 2014).

    A column is a set of modalities that lines have, the ``most`` frequent ones; bars on the left
    count the lines that have each modality. Raises MmdrpError where the study has no modalities.
    """
    if not study.modalities:
        raise MmdrpError(f"study {study.name!r} has no modalities to draw")
    has = pd.DataFrame(
        {name: study.cells.index.isin(study.modality(name).ids) for name in study.modalities}
    )
    sets = has.apply(lambda row: "+".join(has.columns[row]) or "none", axis=1)
    counts = sets.value_counts()
    title = f"Modalities of {study.name}, n = {len(has)} lines"
    return modality_sets(counts, title, "lines", most=most, rows=has.sum())


def modality_sets(
    counts: pd.Series, title: str, what: str, *, most: int = 20,
    rows: pd.Series | None = None, scores: pd.DataFrame | None = None, metric: str = "",
) -> Figure:  # fmt: skip
    """Draw counts of sets named ``a+b`` above a matrix of dots that says what each set holds.

    ``rows``: a count per modality, for bars on the left. ``scores``: sets x models, drawn as points
    above; ``metric`` names them with their unit.
    """
    counts = counts.sort_values(ascending=False, kind="stable")[:most]
    held = [set(str(name).split("+")) - {"none"} for name in counts.index]
    names = sorted({n for one in held for n in one}, key=lambda n: -sum(n in one for one in held))
    names = names or ["none"]
    wide, high = 0.36 * len(counts) + 3.6, 0.26 * len(names)
    heights = ([1.9] if scores is not None else []) + [1.4, max(high, 0.5)]
    figure = Figure(figsize=(wide, sum(heights) + 0.9), layout="constrained")
    bars = [1.0, max(0.36 * len(counts), 1.6)] if rows is not None else [1.0]
    grid = figure.subplots(
        len(heights), len(bars), squeeze=False, height_ratios=heights, width_ratios=bars
    )
    for row in grid[:-1]:
        for empty in row[:-1]:
            empty.set_visible(False)
    place = np.arange(len(counts))
    if scores is not None:
        _points(grid[0][-1], scores.reindex(counts.index), metric)
    above, dots = grid[-2][-1], grid[-1][-1]
    above.bar(place, counts.to_numpy(), color=INK, width=0.6)
    above.set_ylabel(what, fontsize=8)
    for x, n in zip(place, counts, strict=True):
        above.annotate(f"{n:,}", (x, n), ha="center", va="bottom", fontsize=6.5)
    above.margins(y=0.18)
    for x, one in zip(place, held, strict=True):
        inside = [y for y, name in enumerate(names) if name in one]
        outside = [y for y in range(len(names)) if y not in inside]
        dots.scatter([x] * len(outside), outside, s=26, color=OTHERS, alpha=0.5, linewidths=0)
        dots.scatter([x] * len(inside), inside, s=26, color=INK, linewidths=0)
        if inside:
            dots.plot([x, x], [inside[0], inside[-1]], color=INK, linewidth=1.4)
    dots.set_yticks(range(len(names)), labels(names), fontsize=8)
    dots.set_ylim(len(names) - 0.5, -0.5)
    if rows is not None:
        _counts(grid[-1][0], rows, names, what)
    for axis in grid[:, -1]:
        axis.set_xlim(-0.6, len(counts) - 0.4)
        axis.set_xticks([])
        axis.tick_params(axis="y", labelsize=8)
        axis.spines[["top", "right", "bottom"]].set_visible(False)
    dots.spines[["left"]].set_visible(False)
    dots.tick_params(length=0)
    figure.suptitle(label(title), fontsize=10)
    return figure


def _points(axis: Axes, scores: pd.DataFrame, metric: str) -> None:
    colour = colours_of(scores.columns)
    shift = np.linspace(-0.2, 0.2, scores.shape[1]) if scores.shape[1] > 1 else [0.0]
    for offset, model in zip(shift, scores, strict=True):
        place = np.arange(len(scores)) + offset
        axis.plot(
            place, scores[model], "o", ms=4, color=colour[str(model)], label=label(str(model))
        )
    axis.set_ylabel(label(metric), fontsize=8)
    axis.legend(fontsize=7, frameon=False, loc="best")


def _counts(axis: Axes, rows: pd.Series, names: list[str], what: str) -> None:
    """Bars per modality, growing to the left, on the rows of the dots."""
    values = rows.reindex(names).fillna(0)
    axis.barh(range(len(names)), values, color=INK, height=0.6)
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.set_xlim(float(values.max()) * 1.05 or 1, 0)
    axis.set_yticks([])
    axis.set_xlabel(what, fontsize=8)
    axis.tick_params(axis="x", labelsize=7)
    axis.spines[["top", "left"]].set_visible(False)
