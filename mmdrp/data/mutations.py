"""The mutation table as sparse genes x tumours: a few in a hundred entries are mutated."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse

from mmdrp.data.tables import check_header, check_key, numbers, read_arrow
from mmdrp.errors import MmdrpError


@dataclass(frozen=True)
class Mutations:
    """Which tumour has a mutation in which gene."""

    ids: Sequence[str]
    genes: Sequence[str]
    mutated: sparse.csr_array
    """(genes, tumours), 1 where mutated"""
    unknown: sparse.csr_array
    """(genes, tumours), 1 where the table has a gap"""

    def select(self, ids: Sequence[str]) -> "Mutations":
        """Return these tumours, in this order; all must be there."""
        place = {name: i for i, name in enumerate(self.ids)}
        columns = np.array([place[name] for name in ids], dtype=np.int64)
        return Mutations(list(ids), self.genes, self.mutated[:, columns], self.unknown[:, columns])


def read_mutations(path: Path, key: str = "cell") -> Mutations:
    """Read a table of tumours x genes; any value but 0 is a mutation, an empty cell is unknown."""
    table = read_arrow(path, text=[key])
    check_header(path, table.column_names, [key])
    ids = table.column(key).to_pylist()
    check_key(path, ids, key)
    genes = [name for name in table.column_names if name != key]
    if not genes:
        raise MmdrpError(f"{path.name}: has no gene columns beside {key!r}")
    hits, gaps = [], []
    columns = (c for n, c in zip(table.column_names, table.columns, strict=True) if n != key)
    for name, column in zip(genes, columns, strict=True):
        values = numbers(path, name, column)
        missing = np.isnan(values)
        hits.append(np.flatnonzero((values != 0) & ~missing))
        gaps.append(np.flatnonzero(missing))
    return Mutations(ids, genes, _rows(hits, len(ids)), _rows(gaps, len(ids)))


def _rows(places: list[np.ndarray], width: int) -> sparse.csr_array:
    starts = np.concatenate([[0], np.cumsum([len(p) for p in places])])
    return sparse.csr_array(
        (np.ones(starts[-1]), np.concatenate(places), starts), shape=(len(places), width)
    )
