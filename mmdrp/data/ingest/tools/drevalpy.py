"""drevalpy's tables of features: a row per line, which ``cell_line_name`` names."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.data.ingest.delimited import Delimited, first_rows
from mmdrp.data.ingest.raw import Raw, plain
from mmdrp.data.ingest.tools import own
from mmdrp.data.source import Table
from mmdrp.data.study.units import ARBITRARY, BINARY, UNITS
from mmdrp.data.tables import check_key
from mmdrp.errors import MmdrpError

RESPONSES = (
    "response.csv", "GDSC1.csv", "GDSC2.csv", "CCLE.csv", "CTRPv1.csv", "CTRPv2.csv",
    "BeatAML2.csv", "PDX_Bruna.csv", "TOYv1.csv", "TOYv2.csv",
)  # fmt: skip
"""tables of responses, named after their data sets"""
OMICS = {
    "expression": ("gene_expression.csv",),
    "mutation": ("mutations.csv",),
    "cnv": ("copy_number_variation_gistic.csv",),
    "methylation": ("methylation.csv",),
    "proteomics": ("proteomics.csv",),
}
LINE = ("cell_line_name", "CELL_LINE_NAME")
ACCESSION = "cellosaurus_id"
ABOUT = (ACCESSION, "", "Unnamed: 0")
LICENCE = "that of the screens the tool collects"


def omics(
    folder: Raw, cells: pd.DataFrame, expression_unit: str | None, notes: list[str]
) -> dict[str, own.Modality]:
    """Read every modality whose file is there; calls may be 0/1 or True/False.

    A line that has another ``cellosaurus_id`` than among the responses (``cells``) is left out and
    listed. Raises MmdrpError where a table has no column of lines, or a line twice.
    """
    known = dict(zip(cells["cell"], cells[ACCESSION], strict=True)) if ACCESSION in cells else {}
    out = {}
    for name, files in OMICS.items():
        path = folder.find(files)
        if path is not None:
            table = _read(path, known, notes)
            fits = [u for u in (BINARY, "GISTIC") if UNITS[u].flaw(table.values) is None]
            unit = fits[0] if fits else ARBITRARY
            if name == "expression" and expression_unit is not None:
                unit = expression_unit
            out[name] = own.modality(table, unit, plain(path), "", LICENCE, "as released")
    return out


def _read(path: Path, known: dict[str, str], notes: list[str]) -> Table:
    header = Delimited.open(path, None)
    line = next((name for name in LINE if name in header.header), None)
    if line is None:
        raise MmdrpError(f"{path.name}: has no column {LINE[0]!r}")
    text = [line, *(name for name in ABOUT if name in header.header)]
    frame, values = _numbers(header, text)
    ids = frame[line].tolist()
    check_key(path, ids, line)
    table = Table("cell", ids, [n for n in header.header if n not in text], values)
    said = frame[ACCESSION].tolist() if ACCESSION in frame else [""] * len(ids)
    other = [i for i, a in zip(ids, said, strict=True) if a and known.get(i, a) not in ("", a)]
    if not other:
        return table
    notes.append(
        f"{plain(path)}: {len(other)} lines have another {ACCESSION} than among the responses and "
        f"are left out: {', '.join(other)}"
    )
    return table.select([name for name in ids if name not in set(other)])


def _numbers(table: Delimited, text: list[str]) -> tuple[pd.DataFrame, npt.NDArray[np.float32]]:
    """Read numbers, or True and False as 1 and 0."""
    first = first_rows(table.path, table.skip + 1)[-1].casefold()
    said = {cell.strip() for cell in first.split(table.sep)}
    if not said & {"true", "false"}:
        return table.numbers(text)
    return table.numbers(text, booleans=True)
