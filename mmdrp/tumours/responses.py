"""Responses of samples to drugs: a tidy or a wide table laid out as samples x drugs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.errors import OptionError

KEYS = ("cell", "drug")
LARGEST = 1e12
"""a response beyond it is a mistake, and its square leaves the range of numbers"""
HIGHER = ("resistant", "sensitive")


@dataclass(frozen=True)
class Responses:
    """Samples x drugs, NaN where there is no response; both sorted by id."""

    samples: list[str]
    drugs: list[str]
    values: npt.NDArray[np.float64]
    where: str
    """what the table is called in errors: an argument or a file"""
    unit: str | None = None
    """None where the table does not state it"""
    higher: str | None = None

    def stating(self, given: Mapping[str, str | None]) -> "Responses":
        """Return the responses with the unit and direction that are given, if they are."""
        unit, higher = given.get("unit") or self.unit, given.get("higher") or self.higher
        return replace(self, unit=unit, higher=higher)


def response_matrix(frame: pd.DataFrame, column: str = "pred", where: str = "pred") -> Responses:
    """Lay out a tidy table (``cell, drug, COLUMN``) or a wide one (index: samples, one drug each).

    Unit and direction are taken from columns ``unit`` and ``higher`` of a tidy table, or from
    ``frame.attrs``. Raises OptionError that begins with ``where`` and names column and row.
    """
    is_tidy = set(KEYS) <= set(frame.columns)
    responses = _tidy(frame, column, where) if is_tidy else _wide(frame, where)
    if np.isinf(responses.values).any():
        raise OptionError(f"{where}: column {column!r} holds an infinite value")
    if (np.abs(responses.values) > LARGEST).any():
        raise OptionError(f"{where}: column {column!r} holds a value beyond {LARGEST:g}")
    responses = responses.stating({key: _stated(frame, key, where) for key in ("unit", "higher")})
    if responses.higher not in (None, *HIGHER):
        raise OptionError(f"{where}: higher={responses.higher}: expected {' or '.join(HIGHER)}")
    return responses


def _tidy(frame: pd.DataFrame, column: str, where: str) -> Responses:
    if column not in frame:
        columns = ", ".join(map(str, frame.columns[:6]))
        raise OptionError(f"{where}: has no column {column!r} (its columns: {columns})")
    if not pd.api.types.is_numeric_dtype(frame[column]):
        raise OptionError(f"{where}: column {column!r} holds text, not numbers")
    if frame.empty:
        raise OptionError(f"{where}: has no rows")
    for name in KEYS:
        empty = frame[name].isna().to_numpy()
        if empty.any():
            raise OptionError(
                f"{where}: column {name!r}, row {int(np.argmax(empty)) + 1}: empty name"
            )
    repeated = frame.duplicated(list(KEYS)).to_numpy()
    if repeated.any():
        i = int(np.argmax(repeated))
        who = f"{frame['cell'].iloc[i]}/{frame['drug'].iloc[i]}"
        raise OptionError(
            f"{where}: column 'drug', row {i + 1} ({who}): the same sample and drug twice; give "
            "the predictions of one run"
        )
    row, samples = pd.factorize(frame["cell"].astype(str), sort=True)
    place, drugs = pd.factorize(frame["drug"].astype(str), sort=True)
    values = np.full((len(samples), len(drugs)), np.nan)
    values[row, place] = frame[column].to_numpy(dtype=np.float64)
    return Responses(list(map(str, samples)), list(map(str, drugs)), values, where)


def _wide(frame: pd.DataFrame, where: str) -> Responses:
    for drug, kind in frame.dtypes.items():
        if not pd.api.types.is_numeric_dtype(kind):
            raise OptionError(
                f"{where}: column {drug!r} holds text; expected columns cell, drug and a number, "
                "or samples x drugs"
            )
    if frame.empty:
        raise OptionError(f"{where}: has no rows or no drugs")
    if frame.columns.nlevels > 1:
        raise OptionError(f"{where}: its columns have {frame.columns.nlevels} levels, not one drug")
    check_samples(frame.index, where)
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise OptionError(f"{where}: the drug {twice!r} stands there twice")
    rows = np.argsort(frame.index.astype(str).to_numpy(dtype=str), kind="stable")
    columns = np.argsort(frame.columns.astype(str).to_numpy(dtype=str), kind="stable")
    values = np.ascontiguousarray(frame.to_numpy(dtype=np.float64)[rows][:, columns])
    return Responses(
        [str(frame.index[i]) for i in rows], [str(frame.columns[j]) for j in columns], values, where
    )


def check_samples(index: "pd.Index[Any]", where: str) -> None:
    """Refuse an empty or repeated id of a frame's index; ``where`` names the argument."""
    if index.nlevels > 1:
        raise OptionError(f"{where}: its index has {index.nlevels} levels; give one id per row")
    if index.isna().any():
        raise OptionError(f"{where}: row {int(np.argmax(index.isna())) + 1}: empty name")
    if not index.is_unique:
        twice = index[index.duplicated()][0]
        raise OptionError(f"{where}: the sample {twice!r} stands there twice")


def _stated(frame: pd.DataFrame, key: str, where: str) -> str | None:
    """Return what a tidy table's column, or the frame's ``attrs``, says of unit or direction."""
    if key in frame and set(KEYS) <= set(frame.columns):
        values = frame[key].dropna().astype(str).unique()
        if len(values) > 1:
            raise OptionError(f"{where}: column {key!r} says {values[0]!r} and {values[1]!r}")
        if len(values):
            return str(values[0])
    text = frame.attrs.get(key)
    return None if text is None else str(text)
