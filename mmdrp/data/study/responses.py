"""Responses as users hold them: a tidy frame, samples x drugs, or one of these per measure."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from mmdrp.errors import MmdrpError
from mmdrp.io.frames import as_ids, distinct, numbers, numeric_column

ALIASES = {"cell": ("cell", "sample", "line"), "drug": ("drug",), "value": ("value", "y")}
"""column of a tidy frame -> names that it may have"""


def read_responses(given: Any, measure: str, notes: list[str]) -> pd.DataFrame | None:
    """Return the long table ``measure, cell, drug, value``, replicates averaged and counted."""
    if given is None:
        return None
    if not isinstance(given, Mapping):
        given = _by_measure(given, measure)
    if not given:
        raise MmdrpError("response: holds no measure; give None where nothing was measured")
    parts = []
    for name, frame in given.items():
        if not isinstance(name, str) or not name.strip() or not name.isprintable():
            raise MmdrpError(f"response: {name!r} is no name of a measure")
        parts.append(_averaged(_long(frame, f"response {name}"), name, notes))
    return pd.concat(parts, ignore_index=True)


def _by_measure(given: Any, measure: str) -> dict[str, Any]:
    """Return one frame per measure; a tidy frame may have a column ``measure``."""
    if not isinstance(measure, str) or not measure.strip():
        raise MmdrpError(f"measure={str(measure)[:40]}: expected a name, such as ic50")
    if not isinstance(given, pd.DataFrame):
        raise MmdrpError(
            f"response: expected a data frame, or measure -> data frame, not {type(given).__name__}"
        )
    if "measure" not in given or not _tidy(given, "response"):
        return {measure: given}
    names = as_ids(given["measure"], "response", "column 'measure'")
    of_row = np.array(names, dtype=object)
    return {name: given[of_row == name] for name in dict.fromkeys(names)}


def _long(given: Any, frame: str) -> pd.DataFrame:
    """Return ``cell, drug, value`` of the measured pairs."""
    if not isinstance(given, pd.DataFrame):
        raise MmdrpError(f"{frame}: expected a data frame, not {type(given).__name__}")
    columns = _tidy(given, frame)
    if columns:
        cells = as_ids(given[columns["cell"]], frame, f"column {columns['cell']!r}")
        drugs = as_ids(given[columns["drug"]], frame, f"column {columns['drug']!r}")
        pairs = [f"{c}/{d}" for c, d in zip(cells, drugs, strict=True)]
        value = numeric_column(given[columns["value"]], pairs, frame)
        long = pd.DataFrame({"cell": cells, "drug": drugs, "value": value})
    else:
        long = _melted(given, frame)
    long = long.dropna(subset="value").reset_index(drop=True)
    if long.empty:
        raise MmdrpError(f"{frame}: holds no value")
    return long


def _tidy(given: pd.DataFrame, frame: str) -> dict[str, str]:
    """Return what cell, drug and value are called in a tidy frame; nothing if it is wide."""
    names = list(given.columns)
    there = {key: [n for n in names if n in options] for key, options in ALIASES.items()}
    if not all(there.values()):
        return {}
    for key, columns in there.items():
        if len(columns) > 1:
            raise MmdrpError(f"{frame}: columns {columns[0]!r} and {columns[1]!r} both mean {key}")
    return {key: columns[0] for key, columns in there.items()}


def _melted(given: pd.DataFrame, frame: str) -> pd.DataFrame:
    """Lay out samples x drugs."""
    if not given.size:
        raise MmdrpError(f"{frame}: holds no value")
    try:
        rows = as_ids(given.index, frame)
        drugs = distinct(as_ids(given.columns, frame, "columns"), frame, "drug")
        values = numbers(given, rows, frame, np.float64)
    except MmdrpError as error:
        if not set(given.columns) & {name for names in ALIASES.values() for name in names}:
            raise
        lacking = [key for key, names in ALIASES.items() if not set(names) & set(given.columns)]
        raise MmdrpError(
            f"{error}; taken for samples x drugs, for it has no column {lacking[0]!r}"
        ) from None
    return pd.DataFrame(
        {
            "cell": np.repeat(np.array(rows, dtype=object), len(drugs)),
            "drug": np.tile(np.array(drugs, dtype=object), len(rows)),
            "value": values.reshape(-1),
        }
    )


def _averaged(long: pd.DataFrame, measure: str, notes: list[str]) -> pd.DataFrame:
    """Return one row per pair, the mean of its values."""
    pairs = len(long)
    if long.duplicated(["cell", "drug"]).any():
        mean = long.groupby(["cell", "drug"], sort=False)["value"].mean()
        long = mean.rename("value").reset_index()
        notes.append(f"response {measure}: {pairs - len(long)} replicate values were averaged")
    out = long.astype({"cell": "str", "drug": "str"})
    out.insert(0, "measure", pd.Series(measure, out.index, dtype="str"))
    return out
