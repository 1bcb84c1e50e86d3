"""A study whose tables are read once, however many folds ask for them."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from mmdrp.data.source import Table
from mmdrp.data.study import Study
from mmdrp.data.study.memory import Tables


class ReadOnce:
    """The tables of a study, remembered; the interface of a folder's."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._modalities: dict[str, Table] = {}
        self._responses: pd.DataFrame | None = None

    def modality(self, name: str) -> Table:
        """Return one modality."""
        if name not in self._modalities:
            self._modalities[name] = self._tables.modality(name)
        return self._modalities[name]

    def responses(self) -> pd.DataFrame:
        """Return the long table ``measure, cell, drug, value`` of all measures."""
        if self._responses is None:
            self._responses = self._tables.responses()
        return self._responses

    def where(self, table: str) -> Path:
        """Return what a table is called in errors."""
        return self._tables.where(table)


def read_once(study: Study) -> Study:
    """Return the study with its tables remembered from their first reading on."""
    assert study.tables is not None
    return replace(study, tables=ReadOnce(study.tables))
