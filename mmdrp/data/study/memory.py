"""A study's tables in memory, with the interface of a folder's."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from mmdrp.data.source import Table
from mmdrp.data.study.checks import RESPONSE, check_response
from mmdrp.data.study.manifest import Entry, Manifest
from mmdrp.errors import MmdrpError


class Tables(Protocol):
    """Where a study's tables come from: ``Folder`` or ``Memory``."""

    def modality(self, name: str) -> Table:
        """Return one modality."""
        ...

    def responses(self) -> pd.DataFrame:
        """Return the long table ``measure, cell, drug, value`` of all measures."""
        ...

    def where(self, table: str) -> Path:
        """Return what a table is called in errors."""
        ...


@dataclass(frozen=True)
class Memory:
    """Modalities (name -> lines x features) and the long response table of all measures."""

    tables: Mapping[str, Table]
    response: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(RESPONSE)))

    def modality(self, name: str) -> Table:
        """Return one modality."""
        table = self.tables[name]
        if np.isinf(table.values).any():
            i, j = map(int, np.argwhere(np.isinf(table.values))[0])
            raise MmdrpError(f"{name}: column {table.features[j]!r} ({table.ids[i]}): infinite")
        return table

    def responses(self) -> pd.DataFrame:
        """Return the long table ``measure, cell, drug, value`` of all measures."""
        return check_response(self.response, Path("response"))

    def where(self, table: str) -> Path:
        """Return what a table is called in errors."""
        return Path(table)


@dataclass(frozen=True)
class Contents:
    """All that a study is made of: what frames and MuData are turned into."""

    manifest: Manifest
    cells: pd.DataFrame
    """indexed by ``cell``"""
    drugs: pd.DataFrame
    """indexed by ``drug``"""
    memory: Memory


def described(
    manifest: Manifest, cells: pd.DataFrame, drugs: pd.DataFrame, memory: Memory
) -> Contents:
    """Return the contents, shapes of the tables filled into the manifest's entries."""
    bare = Entry("", 0, 0, "")
    entries = {}
    frames = {"cells": cells.reset_index(), "drugs": drugs.reset_index()}
    if "response" in manifest.tables:
        frames["response"] = memory.response
    for name, frame in frames.items():
        entries[name] = _shaped(manifest.tables.get(name, bare), len(frame), list(frame.columns))
    for name, table in memory.tables.items():
        entry = _shaped(manifest.tables.get(name, bare), len(table.ids), table.dim)
        entries[name] = replace(entry, missing=bool(np.isnan(table.values).any()))
    return Contents(replace(manifest, tables=entries), cells, drugs, memory)


def _shaped(entry: Entry, rows: int, columns: list[str] | int) -> Entry:
    return replace(entry, rows=rows, columns=columns)
