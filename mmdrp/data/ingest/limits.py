"""Values that a release cannot hold: refused by file, column and row, with what they may be."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.data.tables import cell
from mmdrp.errors import MmdrpError


def within(
    path: Path,
    column: str,
    values: npt.NDArray[np.float64],
    least: float,
    most: float,
    advice: str = "mend it, or leave the row out",
) -> None:
    """Refuse the first value outside a range; NaN passes. Rows are those of the file."""
    bad = (values < least) | (values > most)
    if bad.any():
        i = int(np.argmax(bad))
        span = f"{least:g} to {most:g}" if np.isfinite(most) else f"{least:g} or more"
        raise MmdrpError(f"{cell(path, column, i)}: {values[i]:.6g} is not in {span}; {advice}")


def fraction(path: Path, column: str, values: npt.NDArray[np.float64], most: float = 1.5) -> None:
    """Refuse an area under a curve that is no fraction of 1; in percent, it says so."""
    known = values[np.isfinite(values)]
    percent = known.size > 0 and float(np.median(known)) > most and float(known.max()) <= 200
    advice = "in percent? take a hundredth" if percent else "mend it, or leave the row out"
    within(path, column, values, -0.01, most, advice)


def same_for_each(path: Path, frame: pd.DataFrame, key: str, column: str) -> None:
    """Refuse an id (column ``key``) that goes by two names (``column``); "" is no name."""
    known = frame[(frame[key] != "") & (frame[column] != "")]
    first = known.groupby(key)[column].transform("first")
    other = known.index[first != known[column]]
    if len(other):
        i = int(other[0])
        ident, name = frame[key].loc[i], frame[column].loc[i]
        raise MmdrpError(
            f"{cell(path, column, i)}: {name[:30]!r}, but {key} {ident[:20]} is "
            f"{first.loc[i][:30]!r} above; give each its own id, or one name"
        )
