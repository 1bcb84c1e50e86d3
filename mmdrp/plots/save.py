"""A figure as PNG for reading and as SVG for editing."""

from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure


def save(figure: Figure, folder: Path, stem: str) -> list[Path]:
    """Write ``stem.png`` and ``stem.svg``; the same figure gives the same SVG, without a date."""
    paths = [folder / f"{stem}.png", folder / f"{stem}.svg"]
    figure.savefig(paths[0], dpi=150)
    with mpl.rc_context({"svg.hashsalt": "mmdrp", "svg.fonttype": "none"}):
        figure.savefig(paths[1], dpi=150, metadata={"Date": None})
    return paths
