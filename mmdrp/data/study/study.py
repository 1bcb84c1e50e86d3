"""The study: cell lines, drugs, responses, and one table per modality."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mmdrp.data.source import Table
from mmdrp.data.study.checks import check_listed, check_ranges
from mmdrp.data.study.direction import Direction, of_measure
from mmdrp.data.study.folder import Folder, write_folder
from mmdrp.data.study.frames import read_frames
from mmdrp.data.study.manifest import FIXED, NAME, Manifest
from mmdrp.data.study.memory import Contents, Memory, Tables
from mmdrp.data.study.multimodal import read_mudata, to_mudata
from mmdrp.data.study.units import check_values
from mmdrp.errors import MmdrpError
from mmdrp.io.text import plain


@dataclass(frozen=True, repr=False, eq=False)
class Study:
    """A study in a folder, or in memory (``root`` None): from there on they are alike.

    ``Study.read`` opens a folder, whose modalities are read when they are asked for;
    ``Study.from_frames`` and ``Study.from_mudata`` make one from data frames, AnnData, MuData.
    """

    root: Path | None
    manifest: Manifest
    cells: pd.DataFrame
    """one row per line: ``cell`` (the index), annotation such as ``tissue``"""
    drugs: pd.DataFrame
    """one row per drug: ``drug`` (the index), ``name``, ``smiles`` (empty where unknown)"""
    tables: Tables | None = field(default=None, compare=False)
    """where modalities and responses come from; None: the folder ``root``"""
    also: tuple["Study", ...] = field(default=(), compare=False)
    """further studies, whose screens models of pairs learn from (``mmdrp.data.further``)"""

    def __post_init__(self) -> None:
        if self.tables is None:
            if self.root is None:
                raise ValueError("a study needs a folder or tables in memory")
            object.__setattr__(self, "tables", Folder(self.root, self.manifest))

    @classmethod
    def read(cls, root: str | Path) -> "Study":
        """Open a study folder; each table is checked against the manifest when it is read."""
        root = Path(root)
        manifest = Manifest.read(root)
        folder = Folder(root, manifest)
        cells, drugs = folder.annotation("cells", "cell"), folder.annotation("drugs", "drug")
        return cls(root, manifest, cells, drugs, folder)

    @classmethod
    def from_frames(
        cls,
        response: pd.DataFrame | Mapping[str, pd.DataFrame] | None,
        modalities: Any,
        *,
        samples: pd.DataFrame | None = None,
        drugs: pd.DataFrame | pd.Series | Mapping[str, str] | None = None,
        measure: str = "ic50",
        unit: str | Mapping[str, str] = "",
        higher: str | Mapping[str, str] = "resistant",
        units: Mapping[str, str] | None = None,
        name: str = "frames",
    ) -> "Study":
        """Return a study in memory, made of data frames; sample ids are the index.

        ``response``: a tidy frame with columns cell (or sample, line), drug and value (or y); or
        samples x drugs; or measure -> such a frame; None where nothing was measured.
        ``modalities``: name -> samples x features, as data frame or AnnData; or MuData. An absent
        row means that the sample lacks the modality, NaN that one value was not measured.
        ``samples``: annotation (column ``tissue``); ``drugs``: columns name, smiles, target, or id
        -> SMILES. ``unit`` and ``higher`` (``resistant``: a higher response means a less sensitive
        sample; or ``sensitive``) hold for all measures, or are given per measure. ``units`` are
        those of modalities, such as ``{"expression": "log2(TPM + 1)"}`` (docs/data.md).

        Replicates (one pair twice, one sample twice in a modality) are averaged and counted in
        ``manifest.notes``. Raises MmdrpError in one line that names frame, column, row and value.

        >>> rna = pd.DataFrame({"TP53": [1.5, 0.2], "EGFR": [0.1, 3.0]}, index=["A549", "HL60"])
        >>> response = pd.DataFrame({"Dabrafenib": [0.3, None]}, index=["A549", "HL60"])
        >>> Study.from_frames(response, {"expression": rna}, unit="ln uM")
        <Study frames (in memory): 2 lines, 1 drugs; modalities: expression; measures: ic50>
        """
        return cls._of(
            read_frames(response, modalities, samples, drugs, measure, unit, higher, units, name)
        )

    @classmethod
    def from_mudata(cls, mudata: Any) -> "Study":
        """Return the study that ``to_mudata`` stored; of other MuData, use ``from_frames``.

        All is checked anew; MmdrpError names the first flaw.
        """
        study = cls._of(read_mudata(mudata))
        study.validate()
        return study

    @property
    def name(self) -> str:
        """What the study is called."""
        return self.manifest.name

    @property
    def folder(self) -> Path:
        """The study's folder; MmdrpError where it is in memory."""
        if self.root is None:
            raise MmdrpError(f"study {self.name!r} is in memory; write it first: study.write(PATH)")
        return self.root

    @property
    def modalities(self) -> list[str]:
        """Names of the omics tables it has."""
        return [name for name in self.manifest.tables if name not in FIXED]

    @property
    def measures(self) -> list[str]:
        """Names of the response measures it has."""
        entry = self.manifest.tables.get("response")
        return sorted(entry.measures) if entry else []

    @property
    def units(self) -> dict[str, str]:
        """Unit of each modality, one of ``mmdrp.data.study.units.UNITS``."""
        return {name: self.manifest.tables[name].unit for name in self.modalities}

    def unit(self, measure: str) -> str:
        """Return the unit of a measure, "" where the manifest states none."""
        return self._measure(measure).get("unit", "")

    def higher(self, measure: str) -> Direction:
        """Return what a higher response means; resistance where the manifest states nothing."""
        return of_measure(self._measure(measure), f"{measure}.higher")

    def modality(self, name: str) -> Table:
        """Return one modality, its ids checked against ``cells``, its values against its unit."""
        if name not in self.modalities:
            raise MmdrpError(
                f"study {self.name!r} has no modality {name!r}; "
                f"it has: {', '.join(self.modalities) or 'none'}"
            )
        table = self._tables.modality(name)
        where = self._tables.where(name)
        check_listed(where, "cell", table.ids, self.cells.index)
        check_values(table, self.units[name], where.name)
        return table

    def response(self, measure: str) -> pd.DataFrame:
        """Return the long table ``cell, drug, value`` of one measure."""
        self._measure(measure)
        frame = self._responses()
        rows = frame["measure"] == measure
        return frame.loc[rows, ["cell", "drug", "value"]].reset_index(drop=True)

    def validate(self) -> list[str]:
        """Read every table, raising at the first flaw; return one line per table."""
        lines = [f"cells: {len(self.cells)} lines", f"drugs: {len(self.drugs)} drugs"]
        if "response" in self.manifest.tables:
            for name, part in self._responses().groupby("measure"):
                lines.append(
                    f"response {name}: {len(part)} values, {part['cell'].nunique()} lines, "
                    f"{part['drug'].nunique()} drugs"
                )
        for name in self.modalities:
            table = self.modality(name)
            gaps = float(np.isnan(table.values).mean()) if table.values.size else 0.0
            lines.append(
                f"{name}: {len(table.ids)} lines x {table.dim} features"
                + (f", {gaps:.1%} of values missing" if gaps else "")
            )
        return lines

    def write(self, root: str | Path) -> "Study":
        """Write the study into a folder, whole or not at all, and return it as read from there."""
        frames = {"cells": self.cells.reset_index(), "drugs": self.drugs.reset_index()}
        if "response" in self.manifest.tables:
            frames["response"] = self._responses()
        return write_study(
            root, self.manifest, frames, {name: self.modality(name) for name in self.modalities}
        )

    def to_mudata(self) -> Any:
        """Return the study as MuData: an AnnData per modality, of the samples that have it.

        Annotation of the samples is in each ``obs``; ``uns["mmdrp"]`` holds the data frames cells,
        drugs, response (measure, cell, drug, value), measures (unit, higher) and tables (unit,
        source). MmdrpError where the extra ``anndata`` is not installed.
        """
        tables = {name: self.modality(name) for name in self.modalities}
        there = "response" in self.manifest.tables
        memory = Memory(tables, self._responses()) if there else Memory(tables)
        return to_mudata(Contents(self.manifest, self.cells, self.drugs, memory))

    def summary(self) -> str:
        """Return one line: lines, drugs, modalities and measures."""
        place = "in memory" if self.root is None else f"in {self.root}"
        return plain(
            f"{self.name} ({place}): {len(self.cells)} lines, {len(self.drugs)} drugs; "
            f"modalities: {', '.join(self.modalities) or 'none'}; "
            f"measures: {', '.join(self.measures) or 'none'}"
        )

    def __repr__(self) -> str:
        return f"<Study {self.summary()}>"

    @classmethod
    def _of(cls, contents: Contents) -> "Study":
        return cls(None, contents.manifest, contents.cells, contents.drugs, contents.memory)

    @property
    def _tables(self) -> Tables:
        assert self.tables is not None
        return self.tables

    def _measure(self, name: str) -> Mapping[str, str]:
        if name not in self.measures:
            raise MmdrpError(
                f"study {self.name!r} has no response {name!r}; "
                f"it has: {', '.join(self.measures) or 'none'}"
            )
        return self.manifest.tables["response"].measures[name]

    def _responses(self) -> pd.DataFrame:
        frame, path = self._tables.responses(), self._tables.where("response")
        check_listed(path, "cell", frame["cell"].tolist(), self.cells.index)
        check_listed(path, "drug", frame["drug"].tolist(), self.drugs.index)
        if unknown := set(frame["measure"].unique()) - set(self.measures):
            raise MmdrpError(f"{path.name}: measure {min(unknown)!r} is not in {NAME}")
        check_ranges(frame, self.manifest.tables["response"].measures, path)
        return frame


def write_study(
    root: str | Path, manifest: Manifest, frames: Mapping[str, pd.DataFrame],
    modalities: Mapping[str, Table], beside: Mapping[str, pd.DataFrame] | None = None,
) -> Study:  # fmt: skip
    """Write a study whole or not at all: built beside ``root``, then moved there.

    ``manifest.tables`` holds units and sources; files, shapes and checksums are filled in here.
    ``beside`` are further CSV tables. MmdrpError where ``root`` holds something else than a study.
    """
    root = Path(root)
    write_folder(root, manifest, frames, modalities, lambda p: Study.read(p).validate(), beside)
    return Study.read(root)
