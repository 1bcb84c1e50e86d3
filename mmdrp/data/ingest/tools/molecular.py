"""Molecular profiles of a PharmacoSet, genes x lines: what ``summarizeMolecularProfiles`` gives."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mmdrp.data.genes import symbols_of
from mmdrp.data.ingest.raw import Raw, plain
from mmdrp.data.ingest.tools import own, r_tables
from mmdrp.data.ingest.tools.units import as_log2_tpm, expression_unit
from mmdrp.data.source import Table
from mmdrp.data.study.units import ARBITRARY, BINARY
from mmdrp.errors import MmdrpError

NAMES = {
    "expression": re.compile(r"rna|expr", re.I),
    "mutation": re.compile(r"mut", re.I),
    "cnv": re.compile(r"cnv|copy", re.I),
}
"""what a file's name says of its modality, as PharmacoSets call them: rnaseq, rna, mutation, cnv"""
WILD = ("wt", "0")
"""how PharmacoSets write a gene without a mutation; a change of protein is written out"""
OTHERS = re.compile(r"^(Omics|CCLE_|rnaseq_|GDSC|CTRP)", re.I)
"""files of other releases, which have readers of their own"""


def molecular(
    folder: Raw, cell: Mapping[str, str], said: str | None, licence: str, notes: list[str]
) -> dict[str, own.Modality]:
    """Read one table per modality; ``cell`` is the study's id of each line, by its name.

    Rows are genes; Ensembl and Entrez ids become symbols. MmdrpError where no column is a line.
    """
    out: dict[str, own.Modality] = {}
    for name, pattern in NAMES.items():
        there = [
            path
            for path in folder.unread()
            if path.name.lower().endswith(r_tables.TEXT)
            and pattern.search(path.name)
            and not OTHERS.match(path.name)
        ]
        path = r_tables.only(there, name)
        if path is not None:
            folder.found.add(path)
            out[name] = _read(path, name, cell, said, licence, notes)
    return out


def _read(
    path: Path, name: str, cell: Mapping[str, str], said: str | None, licence: str,
    notes: list[str],
) -> own.Modality:  # fmt: skip
    table = r_tables.open_r(path)
    first, *lines = table.header
    kept = [line for line in lines if line in cell]
    if not kept:
        shown = lines[0][:40] if lines else ""
        raise MmdrpError(
            f"{path.name}: none of its {len(lines)} columns (such as {shown!r}) is a line with a "
            "response; write it with summarizeMolecularProfiles"
        )
    detail = ""
    if name == "mutation":
        ids, values = _mutated(path, first, kept)
        r_tables.check_names(path, ids, first)
        unit, detail = BINARY, "1 if the profile names a change"
    else:
        frame, found = table.numbers([first])
        ids = frame[first].tolist()
        r_tables.check_names(path, ids, first)
        columns = [lines.index(line) for line in kept]
        values, unit = found[:, columns].T, ARBITRARY
        if name == "expression":
            values, unit, detail = as_log2_tpm(values, expression_unit(path, values, said))
    features, unknown = symbols_of(ids)
    if unknown:
        notes.append(f"{name}: {unknown} of {len(ids)} genes have no symbol and keep their id")
    found_table = Table("cell", [cell[line] for line in kept], features, values)
    return own.modality(found_table, unit, plain(path), "PharmacoGx", licence, detail)


def _mutated(path: Path, first: str, lines: list[str]) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Return genes, and 1 where a profile names a change, 0 for wild type, (lines, genes)."""
    frame = r_tables.open_r(path).text([first, *lines])
    texts = frame[lines].to_numpy(dtype=object)
    values = np.where(texts == "", np.nan, ~np.isin(texts, WILD)).astype(np.float32)
    return frame[first].tolist(), values.T
