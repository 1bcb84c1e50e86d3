"""Data frames, AnnData and MuData as the contents of a study in memory."""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from mmdrp.data.source import Table
from mmdrp.data.study.annotation import drugs_frame, samples_frame
from mmdrp.data.study.direction import Direction
from mmdrp.data.study.manifest import FIXED, Entry, Manifest
from mmdrp.data.study.measures import contradiction
from mmdrp.data.study.memory import Contents, Memory, described
from mmdrp.data.study.responses import read_responses
from mmdrp.data.study.units import UNKNOWN, check_values, parse_all
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.io.frames import as_ids, average, distinct, numbers

log = logging.getLogger(__name__)

RESERVED = (*FIXED, "drug", "tissue", "structure", "targets", "manifest")
"""names that other tables of a study or sources of a model have"""
PerMeasure = str | Mapping[str, str]
"""one word for all measures, or measure -> word"""


def read_frames(
    response: Any,
    modalities: Any,
    samples: pd.DataFrame | None,
    drugs: Any,
    measure: str,
    unit: PerMeasure,
    higher: PerMeasure,
    units: Mapping[str, str] | None,
    name: str,
) -> Contents:
    """Return what ``Study.from_frames`` is given as the contents of a study."""
    notes: list[str] = []
    tables = {n: _modality(n, given, notes) for n, given in _named(modalities).items()}
    if not tables and response is None:
        raise MmdrpError("modalities: there are none, and no response either")
    long = read_responses(response, measure, notes)
    measured = {} if long is None else dict.fromkeys(long["measure"])
    screened = [] if long is None else list(dict.fromkeys(long["drug"]))
    cells = samples_frame(samples, tables, long)
    entries = {"cells": BARE, "drugs": BARE}
    if long is not None:
        _check_overlap(tables, long)
        stated = {
            m: {
                "unit": _per_measure(unit, m, "unit", measured, ""),
                "higher": str(
                    Direction.parse(_per_measure(higher, m, "higher", measured, "resistant"))
                ),
            }
            for m in measured
        }
        for m, said in stated.items():
            if why := contradiction(m, said["unit"], Direction(said["higher"])):
                raise OptionError(f"higher: {why}")
        entries["response"] = Entry("", 0, 0, "", source="data frames", measures=stated)
    stated_units = parse_all(units, tables)
    for n, table in tables.items():
        entries[n] = Entry("", 0, 0, "", stated_units.get(n, UNKNOWN), source="data frames")
        check_values(table, entries[n].unit, n)
    for note in notes:
        log.info("%s", note)
    memory = Memory(tables) if long is None else Memory(tables, long)
    manifest = Manifest(_study_name(name), entries, notes)
    return described(manifest, cells, drugs_frame(drugs, screened), memory)


BARE = Entry("", 0, 0, "", source="data frames")


def is_a(value: object, module: str, kind: str) -> bool:
    """Whether a value is of a class of a package that need not be there, and is not imported."""
    there = sys.modules.get(module)
    return there is not None and isinstance(value, getattr(there, kind))


def _named(modalities: Any) -> dict[str, Any]:
    if is_a(modalities, "mudata", "MuData"):
        modalities = dict(modalities.mod)
    if not isinstance(modalities, Mapping):
        raise MmdrpError(
            f"modalities: expected name -> frame, or MuData, not {type(modalities).__name__}"
        )
    for name in modalities:
        if not isinstance(name, str) or not re.fullmatch(r"\w[\w-]*", name):
            raise MmdrpError(f"modalities: {name!r}: a name is letters, digits, underscores")
        if name in RESERVED:
            raise MmdrpError(f"modalities: {name!r} is what another table of a study is called")
    return dict(modalities)


def _modality(name: str, given: Any, notes: list[str]) -> Table:
    """Return one modality; rows of the same id are averaged, rows without a value left out."""
    if isinstance(given, Table):
        given = given.frame()
    elif is_a(given, "anndata", "AnnData"):
        given = of_anndata(name, given)
    if not isinstance(given, pd.DataFrame):
        raise MmdrpError(f"{name}: expected a data frame or AnnData, not {type(given).__name__}")
    if not given.shape[1]:
        raise MmdrpError(f"{name}: has no feature columns")
    if not len(given):
        raise MmdrpError(f"{name}: has no rows; leave out a modality that no sample has")
    features = distinct(as_ids(given.columns, name, "columns"), name, "feature")
    rows = as_ids(given.index, name)
    values, names, merged = average(numbers(given, rows, name), rows)
    if merged:
        notes.append(f"{name}: {merged} replicate rows were averaged")
    empty = np.asarray(np.isnan(values).all(axis=1))
    if empty.any():
        notes.append(f"{name}: {int(empty.sum())} samples without any value are left out")
    if empty.all():
        raise MmdrpError(f"{name}: has no value; leave out a modality that no sample has")
    ids = [sample for sample, gone in zip(names, empty, strict=True) if not gone]
    return Table("cell", ids, features, values[~empty])


def of_anndata(name: str, given: Any) -> pd.DataFrame:
    """Return the X of an AnnData, dense or sparse, as samples x features."""
    values = given.X
    if values is None:
        raise MmdrpError(f"{name}: AnnData without X; put the values to be learned from there")
    if hasattr(values, "toarray"):
        values = values.toarray()
    return pd.DataFrame(np.asarray(values), given.obs_names, given.var_names)


def _check_overlap(tables: Mapping[str, Table], long: pd.DataFrame) -> None:
    """Refuse frames that name their samples in different ways."""
    described_ids = {sample for table in tables.values() for sample in table.ids}
    measured = set(long["cell"])
    if tables and not described_ids & measured:
        raise MmdrpError(
            "response and modalities have no sample in common (such as "
            f"{long['cell'].iloc[0]!r} and {next(iter(tables.values())).ids[0]!r}); do they name "
            "samples in the same way?"
        )


def _per_measure(
    given: Any, measure: str, option: str, measured: Mapping[str, Any], default: str
) -> str:
    if isinstance(given, str):
        return given
    if not isinstance(given, Mapping):
        raise OptionError(f"{option}={given!r}: expected a text, or measure -> text")
    unknown = [key for key in given if key not in measured]
    if unknown:
        choices = ", ".join(measured)
        raise OptionError(f"{option}: the response has no measure {unknown[0]!r}, but {choices}")
    word = given.get(measure, default)
    if not isinstance(word, str):
        raise OptionError(f"{option}: {measure}: {word!r} is not a text")
    return word


def _study_name(name: object) -> str:
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise OptionError(f"name={name!r}: give a printable text")
    return name
