"""A tool's responses and omics, written as a study: lines by the tool's names, or DepMap's."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mmdrp.data.ingest.ids import FILES, CellIds
from mmdrp.data.ingest.raw import Raw, told_unread
from mmdrp.data.source import Table
from mmdrp.data.study import Study, write_study
from mmdrp.data.study.manifest import Entry, Manifest
from mmdrp.errors import MmdrpError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Modality:
    """One modality before its lines are chosen, and what is to be said of it."""

    table: Table
    entry: Entry


def modality(
    table: Table, unit: str, source: str, release: str, licence: str, detail: str = ""
) -> Modality:
    """Return a modality; ``source`` is the file's name, ``unit`` one of the closed list."""
    return Modality(table, Entry("", 0, 0, "", unit, source, release, licence, detail=detail))


@dataclass(frozen=True)
class Lines:
    """What the lines of a source are called in the study."""

    cell: dict[str, str]
    """name in the source -> id in the study, for those that have one"""
    ids: CellIds | None
    """DepMap's table of lines, where it lies in the folder"""

    def annotation(self, cells: Sequence[str], about: pd.DataFrame | None = None) -> pd.DataFrame:
        """Return the study's table of lines; ``about`` is what the source says, by its names."""
        if self.ids is not None:
            return self.ids.annotation(cells)
        names = list(cells)
        frame = pd.DataFrame({"cell": names, "name": names})
        if about is not None:
            for column in about.columns:
                frame[str(column)] = about[column].reindex(names).fillna("").to_numpy()
        return frame


def lines_of(
    folder: Raw, source: str, names: Mapping[str, Sequence[str]], notes: list[str]
) -> Lines:
    """Name the lines of a source: by DepMap id where DepMap's table of lines is in the folder.

    ``names`` are what they are called, by kind (``cosmic``, ``name``; see ``CellIds.resolve``), the
    first kind being what the source calls them; a line may stand there several times. Lines that
    could not be told, or whose names contradict each other, are left out and listed in ``notes``.
    """
    kinds = list(names)
    rows = list(dict.fromkeys(zip(*names.values(), strict=True)))
    if not any(folder.glob(name) for name in FILES):
        return Lines({row[0]: row[0] for row in rows}, None)
    ids = CellIds.read(folder)
    found = ids.resolve(source, {kind: [row[i] for row in rows] for i, kind in enumerate(kinds)})
    notes.extend(found.notes)
    cells = {row[0]: cell for row, cell in zip(rows, found.cells, strict=True) if cell}
    if not cells:
        raise MmdrpError(f"{source}: none of its {len(rows)} lines is in {ids.source}")
    return Lines(cells, ids)


def write(
    root: str | Path,
    name: str,
    folder: Raw,
    *,
    response: pd.DataFrame,
    cells: pd.DataFrame,
    drugs: pd.DataFrame,
    entry: Entry,
    modalities: Mapping[str, Modality],
    notes: list[str],
    options: Mapping[str, Any],
) -> Study:
    """Write a study of the lines with a response; ``response`` is measure, cell, drug, value.

    Replicates are averaged and counted. A modality none of whose lines has a response is refused.
    """
    mean = response.groupby(["measure", "cell", "drug"], as_index=False)["value"].agg(
        ["mean", "size"]
    )
    mean = mean.set_axis(["measure", "cell", "drug", "value", "replicates"], axis=1)
    notes.append(f"{len(response) - len(mean)} replicate values were averaged")
    measured = sorted(set(mean["cell"]))
    cells = cells[cells["cell"].isin(measured)].reset_index(drop=True)
    tables: dict[str, Table] = {}
    for kind, found in modalities.items():
        tables[kind] = found.table.select(cells["cell"].tolist())
        if not tables[kind].ids:
            first = f" (such as {found.table.ids[0][:40]!r})" if found.table.ids else ""
            raise MmdrpError(
                f"{found.entry.source}: none of its {len(found.table.ids)} lines{first} has a "
                "response"
            )
        notes.append(f"{kind}: {len(tables[kind].ids)} of the {len(cells)} lines with a response")
    bare = set(measured).difference(*(table.ids for table in tables.values()))
    if tables and bare:
        notes.append(f"{len(bare)} lines with a response have no omics: {', '.join(sorted(bare))}")
    drugs = drugs[drugs["drug"].isin(set(mean["drug"]))].sort_values("drug").reset_index(drop=True)
    notes.append(f"{int((drugs['smiles'] == '').sum())} of {len(drugs)} drugs have no SMILES")
    for note in notes:
        log.info("%s", note if len(note) < 200 else note[:197] + "...")
    notes += told_unread(folder)
    entries = {kind: found.entry for kind, found in modalities.items()} | {"response": entry}
    manifest = Manifest(name, entries, notes, dict(options))
    return write_study(root, manifest, {"cells": cells, "drugs": drugs, "response": mean}, tables)
