"""Responses and omics of one release, joined over DepMap ids and written as a study."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from mmdrp.data.ingest.depmap import Omics
from mmdrp.data.ingest.ids import CellIds
from mmdrp.data.ingest.raw import Raw, told_unread
from mmdrp.data.study import Study, write_study
from mmdrp.data.study.manifest import Entry, Manifest
from mmdrp.errors import MmdrpError

log = logging.getLogger(__name__)


def omics_options(
    modalities: Sequence[str] | None, mutation: Sequence[str] | str, lines: str
) -> dict[str, Any]:
    """Return the options that studies of DepMap omics share, as plain containers."""
    return {
        "modalities": None if modalities is None else list(modalities),
        "mutation": mutation if isinstance(mutation, str) else list(mutation),
        "lines": lines,
    }


def assemble(
    root: Path,
    name: str,
    folder: Raw,
    ids: CellIds,
    omics: Omics,
    response: pd.DataFrame,
    drugs: pd.DataFrame,
    entry: Entry,
    notes: list[str],
    options: Mapping[str, Any],
    beside: Mapping[str, pd.DataFrame] | None = None,
) -> Study:
    """Write the study, its ``options`` into the manifest, CSV tables ``beside`` it.

    Option ``lines``: ``measured`` keeps lines with a response, ``all`` those with omics too.
    ``response`` is long (measure, cell, drug, value, replicates), cells already DepMap ids.
    """
    if response.empty:
        raise MmdrpError(f"{entry.source}: no line of it maps to {ids.source}, so nothing is left")
    unread = told_unread(folder)
    measured = set(response["cell"])
    described = {cell for table in omics.tables.values() for cell in table.ids}
    cells = sorted(measured | described if options["lines"] == "all" else measured)
    told = [*notes, *omics.notes]
    modalities = {}
    for kind, table in omics.tables.items():
        modalities[kind] = table.select(cells)
        here = len(measured.intersection(table.ids))
        if not modalities[kind].ids:
            raise MmdrpError(
                f"{omics.entries[kind].source}: none of its {len(table.ids)} lines (such as "
                f"{table.ids[0]}) has a response; leave it out by modalities, or lines=all"
            )
        told.append(f"{kind}: {here} of the {len(measured)} lines with a response")
    bare = sorted(measured - described)
    if bare:
        told.append(f"{len(bare)} lines with a response have no omics: {', '.join(bare)}")
    for note in told:
        log.info("%s", note if len(note) < 200 else note[:197] + "...")
    told += unread
    frames = {"cells": ids.annotation(cells), "drugs": drugs, "response": response}
    entries = {
        **omics.entries,
        "response": entry,
        "cells": Entry("", 0, 0, "", "", ids.source, "", "CC BY 4.0 (DepMap)"),
        "drugs": replace(entry, measures={}),
    }
    return write_study(
        root, Manifest(name, entries, told, dict(options)), frames, modalities, beside
    )
