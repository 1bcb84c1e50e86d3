"""Omics matrices as they were released: lines in rows or columns, named in many ways."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.data import tables
from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.ids import CellIds
from mmdrp.data.source import Table
from mmdrp.errors import MmdrpError
from mmdrp.io.symbols import symbols

IDS = {"DepMap_ID": "cell", "ModelID": "cell", "CCLE_ID": "ccle", "CellLineName": "ccle"}
DEFAULT = ("IsDefaultEntryForModel", "is_default_entry")
"""whether a row is the one that stands for its line, in DepMap's tables of sequencings"""
SEQUENCED = ("SequencingID", "ModelConditionID", "IsDefaultEntryForMC", "ProfileID", "Unnamed: 0")
"""what else those tables say of a row"""


@dataclass(frozen=True)
class Matrix:
    """Lines x features before their names are resolved."""

    names: dict[str, list[str]]
    """kind of id (see ``CellIds.resolve``) -> one per line, the most trusted kind first"""
    features: list[str]
    values: npt.NDArray[np.float32]
    detail: str = ""
    """what the unit does not say of the values"""

    def resolve(self, ids: CellIds, source: str) -> tuple[Table, list[str]]:
        """Name the lines by DepMap id; return the table and what there is to tell."""
        found = ids.resolve(source, self.names)
        kept = [i for i, cell in enumerate(found.cells) if cell]
        cells = [found.cells[i] for i in kept]
        values = self.values if len(kept) == len(found.cells) else self.values[kept]
        return Table("cell", cells, self.features, values), found.notes


def wide(path: Path, sep: str | None = ",") -> Matrix:
    """Read lines in rows: ids in the first column and in ``IDS``, every other a feature."""
    table = Delimited.open(path, sep)
    first = table.header[0]
    about = (*IDS, *DEFAULT, *SEQUENCED)
    text = list(dict.fromkeys([first, *(name for name in about if name in table.header)]))
    frame, values = table.numbers(text)
    default = next((name for name in DEFAULT if name in text), None)
    if default is not None:
        rows = is_default(frame[default]).to_numpy()
        frame, values = frame[rows].reset_index(drop=True), values[rows]
    features = [name for name in table.header if name not in text]
    if not features or not len(values):
        raise MmdrpError(f"{path.name}: holds no {'features' if len(values) else 'rows'}")
    if "ModelID" in text:
        tables.check_key(path, frame["ModelID"].tolist(), "ModelID")
        text = ["ModelID"]
    tables.check_key(path, frame[text[0]].tolist(), text[0])
    kinds = {IDS.get(n, "any"): frame[n].tolist() for n in text if n in IDS or n == first}
    return Matrix(
        dict(sorted(kinds.items(), key=lambda kv: kv[0] != "cell")), symbols(features), values
    )


def is_default(said: pd.Series) -> pd.Series:
    """Whether a row is the default entry of its line, in any of the spellings of releases."""
    return said.str.casefold().isin(["yes", "true", "1", "y"])


def calls(paths: Sequence[Path]) -> Matrix:
    """Read ready matrices (0 not mutated, 1 or, of both alleles, 2) and join them by "or"."""
    parts = [wide(path) for path in paths]
    for place, (path, part) in enumerate(zip(paths, parts, strict=True)):
        bad = ~np.isin(part.values, (0, 1, 2))
        if bad.any():
            i, j = map(int, np.argwhere(bad)[0])
            where = tables.cell(path, part.features[j], i)
            raise MmdrpError(f"{where}: {part.values[i, j]:g} is none of 0, 1, 2")
        parts[place] = replace(part, values=np.minimum(part.values, 1))
    first, *others = parts
    if not others:
        return first
    lines = list(dict.fromkeys(name for p in parts for name in next(iter(p.names.values()))))
    genes = list(dict.fromkeys(name for p in parts for name in p.features))
    values = np.zeros((len(lines), len(genes)), dtype=np.float32)
    for part in parts:
        rows = _places(next(iter(part.names.values())), lines)
        columns = _places(part.features, genes)
        values[np.ix_(rows, columns)] = np.maximum(values[np.ix_(rows, columns)], part.values)
    return Matrix({"any": lines}, genes, values)


def gct(path: Path) -> Matrix:
    """Read a GCT 1.2 file (CCLE's miRNA): features in rows, ``Name`` and ``Description`` first."""
    table = Delimited.open(path, "\t", ["Name", "Description"], skip=2)
    frame, values = table.numbers(["Name", "Description"])
    lines = [name for name in table.header if name not in ("Name", "Description")]
    if not lines or not len(values):
        raise MmdrpError(f"{path.name}: holds no {'lines' if len(values) else 'rows'}")
    tables.check_key(path, frame["Name"].tolist(), "Name")
    spoken = frame["Description"].tolist()
    often = Counter(spoken)
    features = [
        d if d and often[d] == 1 else f"{d} ({n})"
        for n, d in zip(frame["Name"], spoken, strict=True)
    ]
    return Matrix({"any": lines}, features, values.T)


def proteomics(path: Path) -> Matrix:
    """Read CCLE's quantitative proteomics (Nusinow et al. 2020): proteins in rows.

    Columns are ``LINE_TISSUE_TenPxNN``; a line run in several plexes is averaged over those that
    saw the protein; what no plex saw stays missing.
    """
    table = Delimited.open(path, ",", ["Protein_Id", "Gene_Symbol", "Uniprot_Acc"])
    plex = {n: m[1] for n in table.header if (m := re.fullmatch(r"(.+)_TenPx\d+", n))}
    if not plex:
        raise MmdrpError(f"{path.name}: has no column named LINE_TISSUE_TenPxNN")
    text = [name for name in table.header if name not in plex]
    frame, values = table.numbers(text)
    tables.check_key(path, frame["Protein_Id"].tolist(), "Protein_Id")
    lines = list(dict.fromkeys(plex.values()))
    # A mean of NaNs by hand: NumPy's nanmean warns where a line has no value at all.
    seen = np.isfinite(values)
    filled = np.where(seen, values, 0)
    out = np.full((len(lines), len(values)), np.nan, dtype=np.float32)
    columns = _places(list(plex.values()), lines)
    for row, line in zip(out, range(len(lines)), strict=True):
        runs = np.flatnonzero(columns == line)
        n = seen[:, runs].sum(1)
        np.divide(filled[:, runs].sum(1), n, out=row, where=n > 0)
    names = [f"{g} ({a})" for g, a in zip(frame["Gene_Symbol"], frame["Uniprot_Acc"], strict=True)]
    often = Counter(names)
    features = [n if often[n] == 1 else p for n, p in zip(names, frame["Protein_Id"], strict=True)]
    return Matrix({"any": lines}, features, out)


def _places(names: Sequence[str], among: Sequence[str]) -> npt.NDArray[np.int64]:
    place = {name: i for i, name in enumerate(among)}
    return np.array([place[name] for name in names], dtype=np.int64)
