"""Checks that a study's tables pass wherever they come from, a folder or memory."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from mmdrp.data import tables
from mmdrp.data.study.measures import out_of_range
from mmdrp.errors import MmdrpError

LARGEST = 1e12
"""a response beyond it is a mistake, and its square leaves the range of numbers"""
RESPONSE = ("measure", "cell", "drug", "value")


def check_response(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return a response table with its values as float64, finite, each pair once per measure."""
    values = pd.to_numeric(frame["value"], errors="coerce").astype(np.float64)
    bad = ~np.isfinite(values.to_numpy())
    if bad.any():
        i = int(np.argmax(bad))
        where, shown = tables.cell(path, "value", i), str(frame["value"].iloc[i])[:40]
        advice = "leave unmeasured pairs out"
        if np.isinf(values.iloc[i]):
            advice = "of a curve that never falls to half, give the highest dose (or use auc)"
        raise MmdrpError(f"{where}: {shown!r} is not a finite number; {advice}")
    twice = frame.duplicated(["measure", "cell", "drug"]).to_numpy()
    if twice.any():
        i = int(np.argmax(twice))
        who = "/".join(str(frame[column].iloc[i]) for column in RESPONSE[:3])
        where = tables.cell(path, "drug", i, who)
        raise MmdrpError(f"{where}: duplicate row; average replicates first")
    large = (values.abs() > LARGEST).to_numpy()
    if large.any():
        i = int(np.argmax(large))
        where = tables.cell(path, "value", i)
        raise MmdrpError(f"{where}: {values.iloc[i]:g} is larger than any response ({LARGEST:g})")
    return frame.assign(value=values)


def check_ranges(
    frame: pd.DataFrame, measures: Mapping[str, Mapping[str, str]], path: Path
) -> None:
    """Refuse the first value that the unit of its measure cannot have."""
    if flaw := out_of_range(frame, measures):
        raise MmdrpError(f"{tables.cell(path, 'value', flaw[0])}: {flaw[1]}")


def check_listed(path: Path, column: str, ids: Sequence[str], listed: pd.Index) -> None:
    """Refuse an id that the ``cells`` or ``drugs`` table does not list."""
    missing = ~pd.Index(ids).isin(listed)
    if missing.any():
        i = int(np.argmax(missing))
        raise MmdrpError(
            f"{tables.cell(path, column, i)}: {ids[i]!r} is not in the {column}s table"
        )
