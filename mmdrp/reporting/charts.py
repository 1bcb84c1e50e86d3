"""The drawings of a report: densities, curves, bars and lines."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from mmdrp.reporting.numbers import figure
from mmdrp.reporting.svg import WIDTH, Drawing

Array = npt.NDArray[np.float64]
CELLS = 48
KINDS = 8
"""colours of the style sheet, ``k0`` to ``k7``"""


def agreement(measured: Array, predicted: Array, unit: str, title: str) -> Markup:
    """Draw how often each measured value goes with each predicted one, and where both agree."""
    both = np.concatenate([measured, predicted])
    low, high = np.quantile(both, [0.001, 0.999])
    drawing = Drawing(title, (low, high), (low, high), height=440)
    drawing.axes(f"predicted ({unit})", f"measured ({unit})")
    edges = np.linspace(*drawing.range_x, CELLS + 1)
    count, *_ = np.histogram2d(predicted, measured, bins=[edges, edges])
    most = max(1.0, float(count.max()))
    for i, j in np.argwhere(count > 0):
        x, y = drawing.x(edges[i]), drawing.y(edges[j + 1])
        drawing.add(
            "rect", x=x, y=y, width=round(drawing.x(edges[i + 1]) - x, 1),
            height=round(drawing.y(edges[j]) - y, 1), class_="k0",
            opacity=f"{0.12 + 0.88 * (count[i, j] / most) ** 0.5:.2f}",
        )  # fmt: skip
    drawing.line((low, low), (high, high))
    return drawing.svg()


def histogram(
    values: Array, across: str, title: str, bins: int = 30, upwards: str = "drugs"
) -> Markup:
    """Draw how often values occur, with their median."""
    count, edges = np.histogram(values, bins)
    drawing = Drawing(title, (edges[0], edges[-1]), (0, float(count.max())), height=260)
    drawing.axes(across, upwards)
    for n, a, b in zip(count, edges[:-1], edges[1:], strict=True):
        drawing.add("rect", f"{figure(a)} to {figure(b)}: {n}", x=drawing.x(a) + 0.5,
                    y=drawing.y(float(n)), width=max(0.5, drawing.x(b) - drawing.x(a) - 1),
                    height=round(drawing.y(0) - drawing.y(float(n)), 1), class_="k0")  # fmt: skip
    middle = float(np.median(values))
    drawing.line((middle, 0), (middle, float(count.max())), "rule")
    drawing.text(drawing.x(middle) + 5, drawing.box[1] + 12, f"median {figure(middle)}", "start")
    return drawing.svg()


def curves(
    lines: Mapping[str, tuple[Sequence[float], Sequence[float]]], across: str, upwards: str,
    title: str, diagonal: bool = False,
) -> Markup:  # fmt: skip
    """Draw named lines; ``diagonal`` adds where both axes agree."""
    x = np.concatenate([np.asarray(v[0], float) for v in lines.values()])
    y = np.concatenate([np.asarray(v[1], float) for v in lines.values()])
    room = 0.06 * (float(y.max()) - float(y.min()))
    ends = (float(y.min()) - room, float(y.max()) + room)
    drawing = Drawing(title, (float(x.min()), float(x.max())), ends, top=26)
    drawing.axes(across, upwards)
    if diagonal:
        low, high = max(drawing.range_x[0], ends[0]), min(drawing.range_x[1], ends[1])
        drawing.line((low, low), (high, high))
    for i, (name, (xs, ys)) in enumerate(lines.items()):
        drawing.path(xs, ys, f"k{i % KINDS}", name)
        for a, b in zip(xs, ys, strict=True):
            drawing.add("circle", f"{name}: {figure(a)}, {figure(b)}", cx=drawing.x(a),
                        cy=drawing.y(b), r=3, class_=f"k{i % KINDS}")  # fmt: skip
    if len(lines) > 1:
        drawing.legend([(f"k{i % KINDS}", name) for i, name in enumerate(lines)])
    return drawing.svg()


def bars(
    names: Sequence[str], values: Sequence[float], across: str, title: str,
    low: Sequence[float] | None = None, high: Sequence[float] | None = None,
    kinds: Sequence[int] | None = None,
) -> Markup:  # fmt: skip
    """Draw a bar per name, to the right or the left of 0, with the ends of intervals."""
    value = np.nan_to_num(np.asarray(values, float))
    ends = [a for given in (low, high) if given is not None for a in given if np.isfinite(a)]
    least, most = min(0.0, *value, *ends), max(0.0, *value, *ends)
    room = 0.04 * (most - least)
    left = min(230, 22 + 7 * max(map(len, names)))
    drawing = Drawing(
        title, (least - room * (least < 0), most + room * (most > 0)), (0, len(names)), left=left,
        height=60 + 22 * len(names), width=WIDTH + 60,
    )  # fmt: skip
    drawing.axes(across, "", ticks_y=False)
    for i, name in enumerate(names):
        y = drawing.y(len(names) - i - 0.5)
        a, b = sorted((drawing.x(0.0), drawing.x(float(value[i]))))
        kind = 0 if kinds is None else kinds[i] % KINDS
        drawing.add("rect", f"{name}: {figure(float(values[i]))}", x=a, y=y - 7,
                    width=round(max(0.8, b - a), 1), height=14, class_=f"k{kind}")  # fmt: skip
        cut = (left - 16) // 7
        shown = name if len(name) <= cut else f"{name[: cut - 1]}…"
        drawing.text(left - 8, y + 4, shown, "end")
        if low is not None and high is not None and np.isfinite([low[i], high[i]]).all():
            drawing.add("line", x1=drawing.x(low[i]), x2=drawing.x(high[i]), y1=y, y2=y,
                        class_="whisker")  # fmt: skip
    drawing.line((0.0, 0.0), (0.0, float(len(names))), "rule")
    return drawing.svg()
