"""Drawings as SVG that takes its colours from the page: light, dark, or on paper."""

import math
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup, escape

WIDTH = 560


class Drawing:
    """Shapes over two axes; ``x`` and ``y`` turn values into places."""

    def __init__(
        self, title: str, x: tuple[float, float], y: tuple[float, float], *, height: int = 320,
        left: int = 64, bottom: int = 46, width: int = WIDTH, top: int = 12,
    ) -> None:  # fmt: skip
        self.title, self.width, self.height = title, width, height
        self.box = (left, top, width - 14, height - bottom)
        self.range_x, self.range_y = _widened(x), _widened(y)
        self.parts: list[str] = []

    def x(self, value: float) -> float:
        """Return the place of a value across."""
        low, high = self.range_x
        return round(self.box[0] + (value - low) / (high - low) * (self.box[2] - self.box[0]), 1)

    def y(self, value: float) -> float:
        """Return the place of a value upwards."""
        low, high = self.range_y
        return round(self.box[3] - (value - low) / (high - low) * (self.box[3] - self.box[1]), 1)

    def add(self, shape: str, label: str = "", **attributes: object) -> None:
        """Add a shape; ``label`` is what a pointer over it says."""
        said = " ".join(
            f'{k.rstrip("_").replace("_", "-")}="{escape(str(v))}"' for k, v in attributes.items()
        )
        inner = f"<title>{escape(label)}</title>" if label else ""
        self.parts.append(f"<{shape} {said}>{inner}</{shape}>")

    def text(self, x: float, y: float, text: str, anchor: str = "middle", **more: object) -> None:
        """Write a text."""
        said = "".join(f' {k}="{escape(str(v))}"' for k, v in more.items())
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{said}>{escape(text)}</text>'
        )

    def line(self, a: tuple[float, float], b: tuple[float, float], kind: str = "rule") -> None:
        """Draw a line between two points in the axes' own units."""
        self.add("line", x1=self.x(a[0]), y1=self.y(a[1]), x2=self.x(b[0]), y2=self.y(b[1]),
                 class_=kind)  # fmt: skip

    def path(self, x: Sequence[float], y: Sequence[float], kind: str, label: str = "") -> None:
        """Draw a line through points."""
        points = " ".join(f"{self.x(a)},{self.y(b)}" for a, b in zip(x, y, strict=True))
        self.add("polyline", label, points=points, class_=f"line {kind}")

    def axes(self, across: str, upwards: str, *, ticks_y: bool = True) -> None:
        """Draw ticks with their numbers, and what the axes are."""
        left, top, right, base = self.box
        for value in ticks(*self.range_x):
            self.add("line", x1=self.x(value), x2=self.x(value), y1=top, y2=base, class_="grid")
            self.text(self.x(value), base + 16, f"{value:g}")
        for value in ticks(*self.range_y) if ticks_y else []:
            self.add("line", x1=left, x2=right, y1=self.y(value), y2=self.y(value), class_="grid")
            self.text(left - 6, self.y(value) + 4, f"{value:g}", "end")
        self.text((left + right) / 2, self.height - 8, across)
        if upwards:
            middle = (top + base) / 2
            self.text(14, middle, upwards, transform=f"rotate(-90 14 {middle:.0f})")

    def legend(self, entries: Sequence[tuple[str, str]]) -> None:
        """Name colours above the axes: class, text."""
        x = float(self.box[0])
        for kind, name in entries:
            self.add("rect", x=x, y=4, width=11, height=11, class_=kind)
            self.text(x + 16, 14, name, "start")
            x += 34 + 7 * len(name)

    def svg(self) -> Markup:
        """Return the drawing; a screen reader reads its title."""
        return Markup(
            f'<svg viewBox="0 0 {self.width} {self.height}" role="img" '
            f'aria-label="{escape(self.title)}">' + "".join(self.parts) + "</svg>"
        )  # every text in it was escaped above


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Return round numbers between two ends.

    >>> ticks(0.0, 1.0)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    rough = (high - low) / about
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(s * size for s in (1, 2, 2.5, 5, 10) if s * size >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{i * step:.12g}") for i in range(first, last + 1)]


def _widened(ends: tuple[float, float]) -> tuple[float, float]:
    low, high = (float(v) if np.isfinite(v) else 0.0 for v in ends)
    return (low, high) if high > low else (low - 0.5, low + 0.5)
