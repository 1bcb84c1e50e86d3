"""Data frames taken apart: ids, feature names and numbers, each flaw named by frame and row."""

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.errors import MmdrpError

Values = npt.NDArray[np.float32]
UNNAMED = re.compile(r"\s*|Unnamed: \d+(_level_\d+)?")
"""what a column is called that has no name, by files and by pandas"""
ROW_NUMBERS = frozenset(("index", "level_0", "x", "x1", "v1", "...1", "row", "rownames", "rowname"))
"""how pandas and R call the numbers of rows (in lower case) that they wrote as a column"""


def cell(frame: str, column: object, row: int, who: object = None) -> str:
    """Say where a value stands: frame, column, and row counted from 1."""
    name = "" if who is None else f" ({who})"
    return f"{frame}: column {column!r}, row {row + 1}{name}"


def as_ids(given: Iterable[Any], frame: str, what: str = "index") -> list[str]:
    """Return ids as texts; whole numbers are ids too. Raises MmdrpError at an empty one."""
    if isinstance(given, pd.MultiIndex):
        raise MmdrpError(f"{frame}: {what} has {given.nlevels} levels; give one id per row")
    ids = [_id(value, f"{frame}: {what}, row {i + 1}") for i, value in enumerate(given)]
    for i, name in enumerate(ids if what == "columns" else ()):
        if UNNAMED.fullmatch(name):
            raise MmdrpError(f"{frame}: column {i + 1} ({name}) has no name; drop it, or name it")
    return ids


def is_row_number(name: str, values: npt.NDArray[Any]) -> bool:
    """Whether a column only counts the rows, from 0 or 1, and is called like it.

    >>> is_row_number("index", np.arange(3)), is_row_number("TP53", np.arange(3))
    (True, False)
    """
    if name.casefold() not in ROW_NUMBERS or len(values) < 3 or values[0] not in (0, 1):
        return False
    return bool((values == np.arange(len(values)) + values[0]).all())


def _id(value: Any, where: str) -> str:
    if isinstance(value, str):
        if not value.strip():
            raise MmdrpError(f"{where}: empty id")
        if not value.isprintable():
            raise MmdrpError(f"{where}: {value!r} holds characters that cannot be printed")
        return str(value)
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    if pd.api.types.is_scalar(value) and pd.isna(value):
        raise MmdrpError(f"{where}: empty id")
    raise MmdrpError(f"{where}: {value!r} is no id; give texts or whole numbers")


def distinct(names: list[str], frame: str, what: str) -> list[str]:
    """Return names of which none stands there twice."""
    first: dict[str, int] = {}
    for i, name in enumerate(names):
        if name in first:
            places = f"{first[name] + 1} and {i + 1}"
            raise MmdrpError(f"{frame}: {what} {name!r} stands there twice ({places})")
        first[name] = i
    return names


def numbers(
    given: pd.DataFrame, rows: list[str], frame: str, dtype: type[np.floating] = np.float32
) -> npt.NDArray[Any]:
    """Return a frame's values as ``dtype``, NaN where unmeasured; no text, nothing infinite.

    ``rows`` are the ids of the rows, for errors.
    """
    if not all(map(_numeric, given.dtypes)):
        columns = (given.iloc[:, j] for j in range(given.shape[1]))
        read = [_as_floats(column, rows, frame) for column in columns]
        given = pd.DataFrame(np.stack(read, axis=1), given.index, given.columns)
    with np.errstate(over="ignore"):
        wide = given.to_numpy(dtype=dtype, na_value=np.nan)
    if np.isinf(wide).any():
        i, j = map(int, np.argwhere(np.isinf(wide))[0])
        raise MmdrpError(f"{cell(frame, given.columns[j], i, rows[i])}: infinite")
    return wide


def numeric_column(column: pd.Series, rows: list[str], frame: str) -> npt.NDArray[np.float64]:
    """Return a column as float64, NaN where it is empty; no text, nothing infinite."""
    return numbers(column.to_frame(), rows, frame, np.float64)[:, 0]


def average(values: Values, rows: list[str]) -> tuple[Values, list[str], int]:
    """Return one row per id, means of its rows' measured values; and how many rows were merged."""
    names = list(dict.fromkeys(rows))
    if len(names) == len(rows):
        return values, names, 0
    place = {name: i for i, name in enumerate(names)}
    at = np.array([place[name] for name in rows])
    total, count = (np.zeros((len(names), values.shape[1])) for _ in range(2))
    np.add.at(total, at, np.nan_to_num(values, nan=0.0).astype(np.float64))
    np.add.at(count, at, ~np.isnan(values))
    with np.errstate(invalid="ignore"):
        mean = (total / count).astype(np.float32)
    return mean, names, len(rows) - len(names)


def _numeric(dtype: Any) -> bool:
    kind = getattr(dtype, "kind", "O")
    return kind in "biuf" and not isinstance(dtype, pd.SparseDtype | pd.CategoricalDtype)


def _as_floats(column: pd.Series, rows: list[str], frame: str) -> npt.NDArray[np.float64]:
    """Return a column of any dtype, refusing the first value that is no number."""
    if _numeric(column.dtype):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    out = np.full(len(column), np.nan)
    for i, value in enumerate(column.astype(object)):
        if isinstance(value, int | float | np.floating | np.integer | np.bool_):
            try:
                out[i] = float(value)
            except OverflowError:  # an integer of more than 300 digits
                out[i] = np.inf
        elif not (pd.api.types.is_scalar(value) and pd.isna(value)):
            shown = repr(value)
            shown = shown if len(shown) <= 40 else f"{shown[:37]}..."
            raise MmdrpError(f"{cell(frame, column.name, i, rows[i])}: {shown} is not a number")
    return out
