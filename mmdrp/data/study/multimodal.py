"""A study as MuData, one AnnData per modality, and back (the extra ``anndata``)."""

import json
import warnings
from collections.abc import Mapping
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mmdrp.data.source import Table
from mmdrp.data.study import plain
from mmdrp.data.study.checks import RESPONSE, check_response
from mmdrp.data.study.direction import Direction
from mmdrp.data.study.frames import is_a, of_anndata
from mmdrp.data.study.manifest import FIXED, Entry, Manifest
from mmdrp.data.study.memory import Contents, Memory, described
from mmdrp.errors import MmdrpError
from mmdrp.io.frames import as_ids, distinct

KEY = "mmdrp"
"""where ``uns`` holds what is no modality"""
TEXTS = ("unit", "source", "release", "licence", "detail")


def to_mudata(contents: Contents) -> Any:
    """Return a MuData: per modality the samples that have it, all else in ``uns["mmdrp"]``."""
    if not contents.memory.tables:
        raise MmdrpError(f"study {contents.manifest.name!r} has no modality, which MuData needs")
    anndata, mudata = (_package(name) for name in ("anndata", "mudata"))
    cells = _storable(contents.cells)
    modalities = {}
    for name, table in contents.memory.tables.items():
        var = pd.DataFrame(index=pd.Index(list(table.features), dtype=object))
        obs = cells.loc[list(table.ids)]
        modalities[name] = anndata.AnnData(np.array(table.values, order="C"), obs, var)
    # The older way of joining annotation warns, and is gone in the next mudata. A gene in two
    # modalities has one name in both, which is meant.
    with mudata.set_options(pull_on_update=False), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "var_names are not unique", UserWarning)
        # mudata 0.3.10 itself calls pandas 3.1 in a way that pandas 4 will not have.
        warnings.filterwarnings("ignore", "The inplace keyword in DataFrame.drop", module="mudata")
        out = mudata.MuData(modalities)
        out.obs, out.var = _storable(out.obs), _storable(out.var)
    out.uns[KEY] = _stored(contents, cells)
    return out


def read_mudata(given: Any) -> Contents:
    """Return the contents of a MuData that ``to_mudata`` made; what it holds is checked anew."""
    if not is_a(given, "mudata", "MuData"):
        raise MmdrpError(f"expected MuData, not {type(given).__name__}")
    stored = given.uns.get(KEY)
    parts = {"name", "tables", "measures", "cells", "drugs", "response"}
    if not isinstance(stored, Mapping) or not parts <= set(stored):
        raise MmdrpError(
            f".uns[{KEY!r}] does not hold a study; for MuData of other origin, use "
            "Study.from_frames(response, mudata)"
        )
    tables = {
        str(name): Table.from_frame(of_anndata(str(name), part), name=str(name))
        for name, part in given.mod.items()
    }
    response = _response(stored["response"])
    entries = _entries(_frame(stored, "tables"), _frame(stored, "measures"))
    try:
        manifest = Manifest(
            plain.text(stored["name"], "name"),
            {name: e for name, e in entries.items() if name in tables or name in FIXED},
            [str(note) for note in stored.get("notes", ())],
            dict(plain.options(plain.load(str(stored.get("options", "{}"))), "options")),
            str(stored.get("created_by", "")),
        )
    except ValueError as error:
        raise MmdrpError(f".uns[{KEY!r}]: {str(error).splitlines()[0]}") from None
    cells, drugs = (_annotation(_frame(stored, f"{key}s"), key) for key in ("cell", "drug"))
    return described(manifest, cells, drugs, Memory(tables, response))


def _stored(contents: Contents, cells: pd.DataFrame) -> dict[str, Any]:
    entries = {name: asdict(entry) for name, entry in contents.manifest.tables.items()}
    measures = contents.manifest.tables["response"].measures if "response" in entries else {}
    tables = pd.DataFrame.from_dict(entries, orient="index", columns=[*TEXTS, "missing"])
    stated = pd.DataFrame(
        {key: [m.get(key, "") for m in measures.values()] for key in ("unit", "higher")},
        index=pd.Index(list(measures), dtype=object),
    )
    return {
        "name": contents.manifest.name,
        "created_by": contents.manifest.created_by,
        "notes": np.array(contents.manifest.notes, dtype=object),
        "options": json.dumps(dict(contents.manifest.options)),
        "tables": _storable(tables),
        "measures": _storable(stated),
        "cells": cells.copy(),
        "drugs": _storable(contents.drugs),
        "response": _storable(contents.memory.response),
    }


def _entries(tables: pd.DataFrame, measures: pd.DataFrame) -> dict[str, Entry]:
    """Return unit, source, release and licence of each table, units and directions of measures."""
    stated: dict[str, dict[str, str]] = {}
    for measure, row in measures.iterrows():
        words = {key: str(row[key]) for key in ("unit", "higher") if row.get(key)}
        if "higher" in words:
            words["higher"] = str(Direction.parse(words["higher"], f"{measure}.higher"))
        stated[str(measure)] = words
    out = {}
    for name, row in tables.iterrows():
        unit, source, release, licence, detail = (str(row.get(key, "")) for key in TEXTS)
        out[str(name)] = Entry("", 0, 0, "", unit, source, release, licence, detail=detail)
    if stated and "response" in out:
        out["response"].measures.update(stated)
    return out


def _frame(stored: Mapping[str, Any], key: str) -> pd.DataFrame:
    if not isinstance(stored[key], pd.DataFrame):
        kind = type(stored[key]).__name__
        raise MmdrpError(f".uns[{KEY!r}][{key!r}]: expected a data frame, not {kind}")
    return _texts(stored[key])


def _annotation(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    ids = distinct(as_ids(frame.index, f"{key}s"), f"{key}s", "id")
    return frame.set_axis(pd.Index(ids, name=key, dtype=str))


def _response(given: Any) -> pd.DataFrame:
    frame = _frame({"response": given}, "response").reset_index(drop=True)
    lacking = [column for column in RESPONSE if column not in frame]
    if lacking:
        raise MmdrpError(f".uns[{KEY!r}]['response']: has no column {lacking[0]!r}")
    frame = frame.astype(dict.fromkeys(RESPONSE[:3], "str"))
    return check_response(frame, Path("response"))


def _storable(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with its texts as categories, its ids as objects.

    AnnData's files hold gaps in categories only, and no strings of pandas 3 yet.
    """
    out = frame.copy()
    for column in out:
        if isinstance(out[column].dtype, pd.StringDtype | np.dtypes.ObjectDType):
            values = out[column].astype(object)
            if values.map(lambda v: isinstance(v, str) or pd.isna(v)).all():
                words = pd.Index(sorted(values.dropna().unique()), dtype=object)
                out[column] = pd.Categorical(values, categories=words)
    if not isinstance(out.index, pd.RangeIndex):
        out.index = out.index.astype(object)
    else:
        out.index = out.index.astype(str).astype(object)
    return out


def _texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Undo ``_storable``."""
    out = frame.copy()
    for column in out:
        if isinstance(out[column].dtype, pd.CategoricalDtype):
            out[column] = out[column].astype("str")
    out.columns = pd.Index(list(map(str, out.columns)), dtype=str)
    return out


def _package(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise MmdrpError(
            "MuData needs the packages anndata and mudata: pip install 'mmdrp[anndata]'"
        ) from None
