"""A figure as PNG for reading and as SVG for editing."""

import warnings
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.figure import Figure

from mmdrp.io.files import whole

LARGEST = 5
"""times that a figure is made 1.4 times as wide and as high"""
COLLAPSED = "constrained_layout not applied because axes sizes collapsed"


def save(figure: Figure, folder: Path, stem: str) -> list[Path]:
    """Write ``stem.png`` and ``stem.svg``; the same figure gives the same SVG, without a date."""
    paths = [folder / f"{stem}.png", folder / f"{stem}.svg"]
    with whole(paths[0]) as path:
        draw(figure, path, format="png", dpi=150)
    fixed = mpl.rc_context({"svg.hashsalt": "mmdrp", "svg.fonttype": "none"})
    with whole(paths[1]) as path, fixed:
        draw(figure, path, format="svg", dpi=150, metadata={"Date": None})
    return paths


def draw(figure: Figure, path: Path, **options: Any) -> None:
    """Write a figure; a letter that the font lacks is drawn as a box, without a word.

    Where long names leave no room for what is drawn, the figure is made larger.
    """
    for enlarged in range(LARGEST + 1):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph|Matplotlib currently does not support")
            action: Literal["error", "ignore"] = "error" if enlarged < LARGEST else "ignore"
            warnings.filterwarnings(action, message=COLLAPSED)
            try:
                figure.savefig(path, **options)
                return
            except UserWarning as error:
                if COLLAPSED not in str(error):
                    raise
                figure.set_size_inches(*(1.4 * figure.get_size_inches()))
