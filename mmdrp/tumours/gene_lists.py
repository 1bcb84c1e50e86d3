"""Genes in order, best first: read from a list or from a table, in one direction of change."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd

from mmdrp.errors import MmdrpError, OptionError
from mmdrp.io.text import exact
from mmdrp.options import Range, checked

Direction = Literal["both", "up", "down"]
CHANGES = ("log2_fold_change", "difference")


@dataclass(frozen=True)
class GeneList:
    """The first genes of a ranking, and those they were chosen among."""

    genes: list[str]
    background: list[str] | None
    """None where the file does not say: it lists the chosen ones only"""
    background_is: str
    """where the background comes from"""


@checked
def read_genes(
    path: str | Path,
    *,
    top: Annotated[int, Range(least=1)] = 300,
    direction: Direction = "both",
    background: str | Path | None = None,
) -> GeneList:
    """Read the first ``top`` genes of a list (.txt) or of a table's column ``gene``.

    ``direction`` takes those that are higher (``up``) or lower (``down``) by the column
    ``difference`` or ``log2_fold_change``. The background is a file of its own or, where the file
    lists more than ``top`` genes, all of them. Raises MmdrpError that names the file.
    """
    ranked = _ranking(Path(path), direction)
    everything = _ranking(Path(path), "both")
    if background is not None:
        genes, about = _ranking(Path(background), "both"), f"genes of {background}"
        return GeneList(ranked[:top], genes, about)
    if len(everything) > top:
        return GeneList(ranked[:top], everything, f"all genes of {path}")
    return GeneList(ranked[:top], None, "")


def in_direction(frame: pd.DataFrame, direction: Direction, where: str = "expression") -> pd.Series:
    """Return which rows change in this direction, by ``log2_fold_change`` or ``difference``."""
    if direction == "both":
        return pd.Series(True, frame.index)
    column = next((c for c in CHANGES if c in frame), None)
    if column is None:
        raise OptionError(f"{where}: direction={direction} needs a column 'difference'")
    return frame[column] > 0 if direction == "up" else frame[column] < 0


def _ranking(path: Path, direction: Direction) -> list[str]:
    if path.suffix in (".txt", ".list"):
        try:
            genes = pd.Series(path.read_text(encoding="utf-8").split(), dtype=object)
        except (OSError, UnicodeDecodeError) as error:
            raise MmdrpError(f"{path.name}: not a readable text file: {error}") from error
    else:
        from mmdrp.data import tables

        frame = tables.read_frame(path, None, ["gene"])
        # expression.csv of `mmdrp extremes` has apostrophes before names that begin with a sign
        genes = frame["gene"].map(exact)[in_direction(frame, direction, path.name)]
    genes = genes.dropna().drop_duplicates()
    if genes.empty:
        raise MmdrpError(f"{path.name}: holds no gene")
    return list(genes)
