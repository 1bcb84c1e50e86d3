"""The tables of a cohort, read from predictions and a study folder."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from mmdrp.data import tables
from mmdrp.data.study import Study
from mmdrp.data.study.manifest import NAME, Manifest
from mmdrp.errors import MmdrpError
from mmdrp.io.marker import check_finished
from mmdrp.io.sums import check_unchanged
from mmdrp.tumours.mutations import Mutations, read_mutations
from mmdrp.tumours.responses import KEYS, Responses, response_matrix

log = logging.getLogger(__name__)
PREDICTIONS = "predictions.parquet"
METADATA = {"unit": b"mmdrp.unit", "higher": b"mmdrp.higher"}
"""keys of the schema of ``predictions.parquet``"""


@dataclass(frozen=True)
class CohortTables:
    """What `mmdrp.tumours.Cohort` is made of."""

    responses: Responses
    mutations: Mutations
    annotation: pd.DataFrame
    expression: pd.DataFrame | None
    """float32, or None without such a table"""
    expression_unit: str


def measured(folder: Path, measure: str) -> Responses:
    """Return what a study itself measured, with the unit and direction of its manifest."""
    study = Study.read(folder)
    found = response_matrix(study.response(measure), "value", f"response {measure}")
    unit = study.unit(measure) or "unit not stated"
    return replace(found, unit=unit, higher=str(study.higher(measure)))


def predicted(path: Path, column: str = "pred") -> Responses:
    """Read a table of predictions, or ``predictions.parquet`` of a folder."""
    if path.is_dir():
        check_finished(path, "predictions=")
        path = path / PREDICTIONS
    frame = tables.read_frame(path, None, KEYS)
    check_unchanged(path)
    found = response_matrix(frame, column, path.name)
    metadata = pq.read_schema(path).metadata if path.suffix == ".parquet" else None
    there = {key: (metadata or {}).get(name) for key, name in METADATA.items()}
    return found.stating({key: value.decode() if value else None for key, value in there.items()})


def read_tables(
    folder: Path,
    responses: Responses,
    require: Sequence[str],
    type_column: str,
    genes: Sequence[str] | None,
) -> CohortTables:
    """Read mutations, annotation and expression of a study folder.

    Samples that lack one of the other tables in ``require`` are taken from the responses.
    """
    annotation = _annotation(folder, type_column)
    mutations = read_mutations(table_of(folder, "mutation"))
    for name in require:
        if name not in ("mutation", "expression"):
            responses = _within(responses, table_of(folder, name), name)
    if "expression" in require:
        table_of(folder, "expression")
    return CohortTables(
        responses, mutations, annotation, _expression(folder, genes), expression_unit(folder)
    )


def table_of(folder: Path, name: str) -> Path:
    """Return the file of a table of the folder, or say that it lacks it."""
    if not folder.is_dir():
        raise MmdrpError(f"data={folder}: there is no such folder")
    path = tables.find(folder, name)
    if path is None:
        raise MmdrpError(f"data={folder}: has no table {name!r} ({name}.csv, .parquet, .feather)")
    return path


def expression_unit(folder: Path) -> str:
    """Return the unit that the study's manifest gives for expression, "" without one."""
    if not (folder / NAME).is_file():
        return ""
    entry = Manifest.read(folder).tables.get("expression")
    return entry.unit if entry else ""


def _expression(folder: Path, genes: Sequence[str] | None) -> pd.DataFrame | None:
    path = tables.find(folder, "expression")
    if path is None:
        return None
    if genes is not None:
        return tables.read_columns(path, "cell", genes)
    table = tables.read_matrix(path, "cell", "cell", missing=True)
    return pd.DataFrame(table.values, index=list(table.ids), columns=list(table.features))


def _within(responses: Responses, path: Path, name: str) -> Responses:
    have = set(tables.read_columns(path, "cell").index)
    kept = np.array([sample in have for sample in responses.samples])
    if not kept.any():
        raise MmdrpError(f"{path.name}: has none of the samples of {responses.where}")
    if not kept.all():
        log.info("%d of %d samples lack %s", int((~kept).sum()), len(kept), name)
    samples = [s for s, keep in zip(responses.samples, kept, strict=True) if keep]
    return replace(responses, samples=samples, values=responses.values[kept])


def _annotation(folder: Path, type_column: str) -> pd.DataFrame:
    path = table_of(folder, "cells")
    return tables.read_frame(path, "cell", (type_column,)).set_index("cell")
