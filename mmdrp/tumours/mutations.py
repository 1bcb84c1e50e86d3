"""The mutation table as sparse genes x samples: a few in a hundred entries are mutated."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from mmdrp.errors import MmdrpError, OptionError
from mmdrp.io.frames import distinct
from mmdrp.tumours.responses import check_samples


@dataclass(frozen=True)
class Mutations:
    """Which sample has a mutation in which gene.

    >>> table = pd.DataFrame({"TP53": [1, 0], "KRAS": [0, None]}, index=["a", "b"])
    >>> Mutations.from_frame(table).mutated.toarray()
    array([[1., 0.],
           [0., 0.]])
    """

    samples: Sequence[str]
    genes: Sequence[str]
    mutated: sparse.csr_array
    """(genes, samples), 1 where mutated"""
    unknown: sparse.csr_array
    """(genes, samples), 1 where it is not known"""

    def __post_init__(self) -> None:
        check_samples(pd.Index(list(self.samples)), "mutations")
        for name in ("mutated", "unknown"):
            shape = getattr(self, name).shape
            if shape != (len(self.genes), len(self.samples)):
                raise OptionError(
                    f"mutations: {name} is {shape[0]} x {shape[1]}, expected "
                    f"{len(self.genes)} genes x {len(self.samples)} samples"
                )

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> Self:
        """Take samples x genes: any value but 0 is a mutation, NaN is unknown."""
        if not frame.shape[1]:
            raise OptionError("mutations: has no gene columns")
        check_samples(frame.index, "mutations")
        genes = distinct([str(gene) for gene in frame.columns], "mutations", "gene")
        columns = map(_numbers, genes, (frame.iloc[:, j] for j in range(frame.shape[1])))
        return cls.from_columns(list(frame.index.astype(str)), genes, columns)

    @classmethod
    def from_columns(
        cls,
        samples: Sequence[str],
        genes: Sequence[str],
        columns: Iterable[npt.NDArray[Any]],
    ) -> Self:
        """Take one array of numbers per gene, NaN where unknown; one at a time is enough."""
        hits, gaps = [], []
        for values in columns:
            missing = np.isnan(values)
            hits.append(np.flatnonzero((values != 0) & ~missing))
            gaps.append(np.flatnonzero(missing))
        return cls(list(samples), list(genes), _rows(hits, len(samples)), _rows(gaps, len(samples)))

    def select(self, samples: Sequence[str]) -> "Mutations":
        """Return these samples, in this order; all must be there."""
        place = {name: i for i, name in enumerate(self.samples)}
        columns = np.array([place[name] for name in samples], dtype=np.int64)
        return Mutations(
            list(samples), self.genes, self.mutated[:, columns], self.unknown[:, columns]
        )

    def status(self, gene: str) -> npt.NDArray[np.float64]:
        """Return 1 mutated, 0 not, NaN unknown, of each sample."""
        i = list(self.genes).index(gene)
        out: npt.NDArray[np.float64] = self.mutated[[i]].toarray()[0].astype(float)
        out[self.unknown[[i]].indices] = np.nan
        return out

    def burden(self) -> npt.NDArray[np.float64]:
        """Return how many genes are mutated in each sample."""
        return np.asarray(self.mutated.sum(0), dtype=float).ravel()


def read_mutations(path: Path, key: str = "cell") -> Mutations:
    """Read a table of samples x genes; any value but 0 is a mutation, an empty cell is unknown."""
    from mmdrp.data import tables

    table = tables.read_arrow(path, text=[key])
    tables.check_header(path, table.column_names, [key])
    samples = table.column(key).to_pylist()
    tables.check_key(path, samples, key)
    genes = [name for name in table.column_names if name != key]
    if not genes:
        raise MmdrpError(f"{path.name}: has no gene columns beside {key!r}")
    named = zip(table.column_names, table.columns, strict=True)
    numbers = (tables.numbers(path, name, column) for name, column in named if name != key)
    return Mutations.from_columns(samples, genes, numbers)


def _numbers(gene: str, column: pd.Series) -> npt.NDArray[np.float64]:
    try:
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        raise OptionError(f"mutations: column {gene!r} holds text, not 0 and 1") from None


def _rows(places: Sequence[npt.NDArray[np.int64]], width: int) -> sparse.csr_array:
    starts = np.concatenate([[0], np.cumsum([len(p) for p in places])])
    return sparse.csr_array(
        (np.ones(starts[-1]), np.concatenate(places), starts), shape=(len(places), width)
    )
