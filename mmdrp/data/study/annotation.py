"""What is known of samples and drugs, as users hold it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mmdrp.data.source import Table
from mmdrp.errors import MmdrpError
from mmdrp.io.frames import as_ids, distinct

TEXTS = ("name", "smiles", "target", "targets")
"""columns of a drugs frame that hold texts"""


def samples_frame(
    given: Any, tables: Mapping[str, Table], long: pd.DataFrame | None
) -> pd.DataFrame:
    """Return the ``cells`` table: the samples given, or else all that the other frames name."""
    named = {name: list(table.ids) for name, table in tables.items()}
    if long is not None:
        named = {"response": long["cell"].tolist(), **named}
    if given is None:
        found = sorted({sample for ids in named.values() for sample in ids})
        return pd.DataFrame(index=pd.Index(found, name="cell", dtype=str))
    cells = _annotation(given, "samples", "cell")
    for name, ids in named.items():
        _check_listed(ids, cells.index, name, "sample", "samples")
    return cells


def drugs_frame(given: Any, screened: Sequence[str]) -> pd.DataFrame:
    """Return the ``drugs`` table: the drugs given, or else those with a response."""
    if given is None:
        return pd.DataFrame(index=pd.Index(sorted(screened), name="drug", dtype=str))
    if isinstance(given, Mapping):
        given = pd.Series(dict(given), dtype=object)
    if isinstance(given, pd.Series):
        given = given.to_frame("smiles")
    drugs = _annotation(given, "drugs", "drug")
    for column in TEXTS:
        if column in drugs:
            drugs[column] = _texts(drugs, column)
    _check_listed(screened, drugs.index, "response", "drug", "drugs")
    return drugs


def _annotation(given: Any, frame: str, key: str) -> pd.DataFrame:
    if not isinstance(given, pd.DataFrame):
        raise MmdrpError(
            f"{frame}: expected a data frame indexed by id, not {type(given).__name__}"
        )
    columns = distinct(as_ids(given.columns, frame, "columns"), frame, "column")
    if key in columns:
        raise MmdrpError(f"{frame}: has a column {key!r}; give it as the index: set_index({key!r})")
    index = distinct(as_ids(given.index, frame), frame, "id")
    out = given.copy()
    out.index = pd.Index(index, name=key, dtype=str)
    out.columns = pd.Index(columns, dtype=str)
    return out


def _texts(frame: pd.DataFrame, column: str) -> pd.Series:
    """Return a column of texts, "" where there is none."""
    values = frame[column].astype(object)
    values = values.where(~frame[column].isna().to_numpy(), "")
    for i, value in enumerate(values):
        if not isinstance(value, str):
            who = frame.index[i]
            where = f"drugs: column {column!r}, row {i + 1} ({who})"
            raise MmdrpError(f"{where}: {value!r} is not a text")
    return values.map(str).astype("str")  # numpy's texts are no plain ones in a checkpoint


def _check_listed(
    ids: Iterable[str], listed: pd.Index, frame: str, what: str, annotation: str
) -> None:
    given = pd.Index(list(ids))
    missing = ~given.isin(listed)
    if missing.any():
        name = given[int(np.argmax(missing))]
        raise MmdrpError(
            f"{frame}: {what} {name!r} is not in {annotation}; add it there, or leave it out"
        )
