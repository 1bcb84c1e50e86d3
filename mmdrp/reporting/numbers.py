"""Frames as tables of a page: numbers with three digits, gaps as a dash."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from mmdrp.reporting.page import Head, Table, words

GAP = "–"


def figure(value: Any, digits: int = 3) -> str:
    """Return a number with so many significant digits, whole ones as they are.

    >>> figure(1.50207), figure(43651.0), figure(1.2e-7), figure(float("nan")), figure(-0.0446)
    ('1.50', '43651', '1.2e-07', '–', '-0.0446')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)) or value is pd.NA:
        return GAP
    number = float(value)
    if math.isinf(number):
        return "inf" if number > 0 else "-inf"
    if number.is_integer() and abs(number) < 1e9:
        return str(int(number))
    size = math.floor(math.log10(abs(number)))
    if size < -4 or size > 6:
        return f"{number:.{digits - 2}e}"
    return f"{number:.{max(0, digits - 1 - size)}f}"


def table_of(
    frame: pd.DataFrame, caption: str, heads: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
) -> Table:  # fmt: skip
    """Return a frame as a table; ``heads`` chooses columns and says what each means.

    Columns that the frame lacks are left out, as are those without a value.
    """
    chosen = [c for c in (heads or frame.columns) if c in frame and _said(frame[c])]
    about, named = heads or {}, names or {}
    numeric = {c: _numeric(frame[c]) for c in chosen}
    columns = [[figure(v) if numeric[c] else _text(v) for v in frame[c].tolist()] for c in chosen]
    return Table(
        caption,
        [Head(named.get(c, words(str(c))), about.get(c, ""), numeric[c]) for c in chosen],
        list(zip(*columns, strict=True)),
    )


def _said(column: pd.Series) -> bool:
    return not len(column) or bool(column.notna().any() and column.astype(str).ne("").any())


def _numeric(column: pd.Series) -> bool:
    bools = pd.api.types.is_bool_dtype(column)
    return bool(pd.api.types.is_numeric_dtype(column)) and not bools


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return GAP
    return str(value) or GAP
