"""Responses and omics of one release, joined over DepMap ids and written as a study."""

import logging
from dataclasses import replace
from pathlib import Path

import pandas as pd

from mmdrp.data.ingest.depmap import Omics
from mmdrp.data.ingest.ids import CellIds
from mmdrp.data.manifest import Entry, Manifest
from mmdrp.data.study import Study, write_study
from mmdrp.errors import MmdrpError

log = logging.getLogger(__name__)


def assemble(
    root: Path,
    name: str,
    ids: CellIds,
    omics: Omics,
    response: pd.DataFrame,
    drugs: pd.DataFrame,
    entry: Entry,
    notes: list[str],
    lines: str = "measured",
) -> Study:
    """Write the study: ``lines`` measured keeps those with a response, all those with omics too.

    ``response`` is long (measure, cell, drug, value, replicates), cells already DepMap ids.
    """
    if lines not in ("measured", "all"):
        raise MmdrpError(f"lines={lines}: choose measured or all")
    if response.empty:
        raise MmdrpError(f"{entry.source}: no line of it maps to sample_info, so nothing is left")
    measured = set(response["cell"])
    described = {cell for table in omics.tables.values() for cell in table.ids}
    cells = sorted(measured | described if lines == "all" else measured)
    told = [*notes, *omics.notes]
    modalities = {}
    for kind, table in omics.tables.items():
        modalities[kind] = table.select(cells)
        here = len(measured.intersection(table.ids))
        told.append(f"{kind}: {here} of the {len(measured)} lines with a response")
    bare = sorted(measured - described)
    if bare:
        told.append(f"{len(bare)} lines with a response have no omics: {', '.join(bare)}")
    for note in told:
        log.info("%s", note if len(note) < 200 else note[:197] + "...")
    frames = {"cells": ids.annotation(cells), "drugs": drugs, "response": response}
    entries = {
        **omics.entries,
        "response": entry,
        "cells": Entry("", 0, 0, "", "", "sample_info.csv", "", "CC BY 4.0 (DepMap)"),
        "drugs": replace(entry, measures={}),
    }
    return write_study(root, Manifest(name, entries, told), frames, modalities)
