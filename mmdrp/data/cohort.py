"""Responses of tumours to drugs, beside what is known of the tumours: what `associate` compares."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.data import tables
from mmdrp.data.mutations import Mutations, read_mutations
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError

log = logging.getLogger(__name__)
PREDICTIONS = "predictions.parquet"


@dataclass(frozen=True)
class Cohort:
    """Tumours x drugs, with mutations and annotation of the same tumours in the same order."""

    cells: Sequence[str]
    drugs: Sequence[str]
    response: npt.NDArray[np.float64]
    """(tumours, drugs), NaN where there is none"""
    annotation: pd.DataFrame
    """the ``cells`` table, one row per tumour"""
    mutations: Mutations
    type_column: str = "tissue"

    @property
    def kind(self) -> npt.NDArray[np.str_]:
        """Cancer type of each tumour, "" where unknown."""
        return self.annotation[self.type_column].fillna("").astype(str).to_numpy(dtype=str)

    def choose(self, drugs: Sequence[str] | None) -> "Cohort":
        """Return the cohort with these drugs only, by id or name; None: all."""
        if drugs is None:
            return self
        known = list(self.drugs)
        columns = [known.index(d) for name in drugs for d in named(name, known, required=True)]
        columns = list(dict.fromkeys(columns))
        return replace(self, drugs=[known[j] for j in columns], response=self.response[:, columns])


@dataclass(frozen=True)
class Responses:
    """A long table ``cell, drug, COLUMN`` laid out as tumours x drugs, NaN where it has no row."""

    cells: list[str]
    drugs: list[str]
    values: npt.NDArray[np.float64]
    source: str


def read_cohort(
    responses: Responses, data: str | Path, require: Sequence[str] = (), type_column: str = "tissue"
) -> Cohort:
    """Read mutations and annotation of the tumours that have responses from a study folder.

    Tumours in both that also stand in every table of ``require`` are kept.
    """
    folder = Path(data)
    annotation = _annotation(folder, type_column)
    mutations = read_mutations(table_of(folder, "mutation"))
    have = set(mutations.ids)
    for name in require:
        if name != "mutation":
            have &= set(tables.read_columns(table_of(folder, name), "cell").index)
    rows = [i for i, cell in enumerate(responses.cells) if cell in have]
    if not rows:
        raise MmdrpError(
            f"{responses.source} and {folder} have no tumour in common (such as "
            f"{responses.cells[0]!r} and {next(iter(sorted(have)), 'none')!r}); are they of the "
            "same study?"
        )
    if len(rows) < len(responses.cells):
        log.info(
            "%d of %d tumours are compared; the others lack %s",
            len(rows), len(responses.cells), " or ".join(dict.fromkeys(["mutation", *require])),
        )  # fmt: skip
    kept = [responses.cells[i] for i in rows]
    return Cohort(
        kept, responses.drugs, responses.values[rows], annotation.reindex(kept),
        mutations.select(kept), type_column,
    )  # fmt: skip


def measured(data: str | Path, measure: str) -> Responses:
    """Return what a study itself measured, instead of predictions."""
    frame = Study.read(data).response(measure)
    return _laid_out(frame, "value", f"response {measure}")


def predicted(path: str | Path, column: str = "pred") -> Responses:
    """Read a table of predictions, or ``predictions.parquet`` of a folder."""
    path = Path(path)
    path = path / PREDICTIONS if path.is_dir() else path
    frame = tables.read_frame(path, None, ("cell", "drug"))
    tables.check_header(path, list(frame.columns), [column])
    if not pd.api.types.is_numeric_dtype(frame[column]):
        raise MmdrpError(f"{path.name}: column {column!r} holds text, not numbers")
    if frame.empty:
        raise MmdrpError(f"{path.name}: has no rows")
    for name in ("cell", "drug"):
        empty = frame[name].isna().to_numpy()
        if empty.any():
            raise MmdrpError(f"{tables.cell(path, name, int(np.argmax(empty)))}: empty name")
    twice = frame.duplicated(["cell", "drug"]).to_numpy()
    if twice.any():
        i = int(np.argmax(twice))
        who = f"{frame['cell'].iloc[i]}/{frame['drug'].iloc[i]}"
        raise MmdrpError(
            f"{tables.cell(path, 'drug', i, who)}: the same tumour and drug twice; give the "
            "predictions of one run"
        )
    responses = _laid_out(frame, column, path.name)
    if np.isinf(responses.values).any():
        raise MmdrpError(f"{path.name}: column {column!r} holds an infinite value")
    return responses


def _laid_out(frame: pd.DataFrame, column: str, source: str) -> Responses:
    row, cells = pd.factorize(frame["cell"], sort=True)
    place, drugs = pd.factorize(frame["drug"], sort=True)
    response = np.full((len(cells), len(drugs)), np.nan)
    response[row, place] = frame[column].to_numpy(dtype=np.float64)
    return Responses(list(map(str, cells)), list(map(str, drugs)), response, source)


def table_of(folder: Path, name: str) -> Path:
    """Return the file of a table of the folder, or say that it lacks it."""
    if not folder.is_dir():
        raise MmdrpError(f"data={folder}: there is no such folder")
    path = tables.find(folder, name)
    if path is None:
        raise MmdrpError(f"data={folder}: has no table {name!r} ({name}.csv, .parquet, .feather)")
    return path


def named(name: str, known: Sequence[str], required: bool = False) -> list[str]:
    """Return the drugs of this id, or all of this name, whatever its case and hyphens.

    A drug screened under several ids is several drugs: ``Afatinib (GDSC:1032)``.
    """
    found = [d for d in known if d == name] or [d for d in known if _plain(d) == _plain(name)]
    if required and not found:
        near = [d for d in known if _plain(name)[:3] in _plain(d)][:5]
        hint = f"; similar: {', '.join(near)}" if near else ""
        raise MmdrpError(f"drugs: the predictions have no drug {name!r}{hint}")
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", re.sub(r"\s*\(GDSC:\d+\)$", "", name).casefold())


def _annotation(folder: Path, type_column: str) -> pd.DataFrame:
    path = table_of(folder, "cells")
    frame = tables.read_frame(path, "cell", (type_column,)).set_index("cell")
    if not frame[type_column].fillna("").astype(bool).any():
        log.info("%s: no tumour has a cancer type (column %r)", path.name, type_column)
    return frame
