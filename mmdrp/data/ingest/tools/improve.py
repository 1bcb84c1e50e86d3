"""Omics of the IMPROVE benchmark: lines x genes under up to four lines of heading.

The files are those of its cross-study analysis (``x_data``); the heading names genes by Ensembl
id, Entrez id and symbol in an order that differs by file, so it is read by what it holds.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.data.ingest.delimited import NULLS, NUMBER, Delimited, first_rows
from mmdrp.data.ingest.raw import Raw, plain
from mmdrp.data.ingest.tools import own
from mmdrp.data.source import Table
from mmdrp.data.study.units import ARBITRARY, BINARY, UNITS, check_values
from mmdrp.data.tables import check_header, check_key
from mmdrp.errors import MmdrpError
from mmdrp.io.symbols import distinct_symbols

LINE = "improve_sample_id"
HEADING = 4
"""lines of heading at most"""
LOGGED = 8.0
"""log2(x + 1) of 255 copies of what is usual: copy numbers above are no logarithms"""
LICENCE = "that of DepMap (CC BY 4.0) and CCLE, from which IMPROVE took the data"


@dataclass(frozen=True)
class Kind:
    """A modality: its files, the first that is there counting, and what it holds."""

    files: tuple[str, ...]
    unit: str = ARBITRARY
    detail: str = ""


KINDS = {
    "expression": Kind(("cancer_gene_expression.tsv",), "log2(TPM + 1)"),
    "mutation": Kind(("cancer_mutation_count.tsv",), BINARY, "1 if any mutation was counted"),
    "cnv": Kind(("cancer_discretized_copy_number.tsv",), "GISTIC", "deep deletion -2, gain 1, "
                "amplification 2"),
    "copies": Kind(("cancer_copy_number.tsv",), "log2(relative copies + 1)"),
    "methylation": Kind(("cancer_DNA_methylation.tsv",), "beta value", "by start of transcription"),
    "rppa": Kind(("cancer_RPPA.tsv",), "log2 intensity", "normalised"),
    "mirna": Kind(("cancer_miRNA_expression.tsv",)),
}  # fmt: skip


def omics(
    folder: Raw, cells: pd.DataFrame, expression_unit: str | None, notes: list[str]
) -> dict[str, own.Modality]:
    """Read every modality whose file is there; copy number as calls, or else as it was measured.

    Raises MmdrpError for a value that the unit does not have, and for a heading without genes.
    """
    out: dict[str, own.Modality] = {}
    for name, kind in KINDS.items():
        if name == "copies" and "cnv" in out:
            continue  # lies there unread, and is named so
        path = folder.find(kind.files)
        if path is None:
            continue
        table = read(path, by_gene=name not in ("methylation", "rppa", "mirna"))
        values, unit, detail = _converted(path, name, kind, table.values)
        table = Table("cell", table.ids, table.features, values)
        check_values(table, unit, plain(path))
        out["cnv" if name == "copies" else name] = own.modality(
            table, unit, plain(path), "IMPROVE cross-study analysis", LICENCE, detail
        )
    return out


def read(path: Path, by_gene: bool = True) -> Table:
    """Read lines x features; genes go by symbol, those that share one by Ensembl or Entrez id."""
    levels = _heading(path)
    width = {len(level) for level in levels}
    if len(width) > 1:
        raise MmdrpError(
            f"{path.name}: its lines of heading have {min(width)} to {max(width)} cells"
        )
    names = _genes(path, levels) if by_gene else [name.strip() for name in levels[0]]
    header = [LINE, *names]
    check_header(path, header, [])
    frame, values = Delimited(path, "\t", header, len(levels)).numbers([LINE])
    ids = frame[LINE].tolist()
    check_key(path, ids, LINE)
    return Table("cell", ids, names, values)


def _heading(path: Path) -> list[list[str]]:
    """Return the names of each line of heading, without the first cell."""
    found = [line for line in first_rows(path, HEADING + 1) if line.strip()]
    try:
        lines = [next(csv.reader(io.StringIO(line), delimiter="\t"), []) for line in found]
    except csv.Error as error:
        hint = "end its lines with a line feed" if "new-line" in str(error) else "download it again"
        raise MmdrpError(f"{path.name}: not a readable table ({str(error)[:40]}); {hint}") from None
    if not lines:
        raise MmdrpError(f"{path.name}: is empty; download it again")
    # A line of Entrez ids is all numbers, as data are: the last line of names ends the heading.
    last = max((i for i, cells in enumerate(lines) if i and not _numeric(cells[1:])), default=0)
    return [cells[1:] for cells in lines[: last + 1]]


def _numeric(cells: Sequence[str]) -> bool:
    texts = sum(cell not in NULLS and not NUMBER.fullmatch(cell) for cell in cells)
    return texts <= len(cells) / 2


def _genes(path: Path, levels: list[list[str]]) -> list[str]:
    kinds: dict[str, list[str]] = {}
    for level in levels:
        named = [name.strip() for name in level]
        full = [name for name in named if name]
        if sum(bool(re.fullmatch(r"ENSG\d+(\.\d+)?", n)) for n in full) > len(full) / 2:
            kinds["ensembl"] = named
        elif sum(bool(re.fullmatch(r"\d+(\.0)?", name)) for name in full) > len(full) / 2:
            kinds["entrez"] = named
        else:
            kinds.setdefault("symbol", named)
    if "symbol" not in kinds:
        raise MmdrpError(f"{path.name}: no line of its heading holds gene symbols")
    ids = kinds.get("ensembl") or kinds.get("entrez") or kinds["symbol"]
    return distinct_symbols(ids, kinds["symbol"])


def _converted(
    path: Path, name: str, kind: Kind, values: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float32], str, str]:
    """Return values, unit and detail, by the file and the range of its values."""
    known = values[np.isfinite(values)]
    largest = float(known.max()) if known.size else 0.0
    if name == "mutation":
        if known.size and known.min() < 0:
            raise MmdrpError(f"{path.name}: holds {known.min():g}, which is no count of mutations")
        made = np.where(np.isnan(values), np.nan, values > 0).astype(np.float32)
        return made, kind.unit, kind.detail
    if name == "copies" and largest > LOGGED:
        detail = f"relative copy number up to {largest:.4g}, made {kind.unit}"
        return np.log2(np.maximum(values, 0) + 1).astype(np.float32), kind.unit, detail
    if name == "copies":
        return values, kind.unit, f"no value above {largest:.3g}; taken for {kind.unit}"
    if name == "methylation" and UNITS[kind.unit].flaw(values) is not None:
        return values, ARBITRARY, "as released"
    if name == "mirna":
        counts = known.size and known.min() >= 0 and largest > 50
        return values, "normalised counts" if counts else ARBITRARY, "as released"
    return values, kind.unit, kind.detail
