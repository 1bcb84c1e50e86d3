"""Samples x drugs to be predicted in blocks of samples, and what decides each block."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd
import pyarrow as pa

from mmdrp.batch import is_omics
from mmdrp.data.source import Table
from mmdrp.data.sources import Sources
from mmdrp.io.pieces import fingerprint
from mmdrp.io.sums import sha256
from mmdrp.training.checkpoint import Restored
from mmdrp.training.model.predicting import Ids, predict_grid, standing
from mmdrp.training.runs import described


@dataclass(frozen=True)
class Grid:
    """All samples x all drugs asked, ``block`` samples at a time."""

    restored: Restored
    sources: Sources
    samples: Sequence[str]
    drugs: Sequence[str]
    names: Mapping[str, str]
    """of drugs, where they have one"""
    known: Ids
    """what the base takes for lines and drugs of training"""
    block: int
    level: float | None
    """share of responses that an interval is to hold; None: no intervals"""

    @property
    def count(self) -> int:
        """Return how many blocks there are."""
        return -(-len(self.samples) // self.block)

    def rows(self, numbers: range) -> int:
        """Return how many predictions these blocks hold."""
        each = (len(self.samples[i * self.block : (i + 1) * self.block]) for i in numbers)
        return sum(each) * len(self.drugs)

    def predicted(self, number: int) -> pa.Table:
        """Predict one block."""
        cells = self.samples[number * self.block : (number + 1) * self.block]
        return self._table(self.sources, cells)

    def _table(self, sources: Sources, cells: Sequence[str]) -> pa.Table:
        frame = predict_grid(self.restored, sources, cells, self.drugs, self.known, self.level)
        called = [self.names.get(drug, "") for drug in self.drugs]
        frame.insert(2, "name", pd.Series(called * len(cells), dtype="category"))
        frame = standing(frame, self.restored.info)
        arrow = pa.Table.from_pandas(frame, preserve_index=False)
        return arrow.replace_schema_metadata(described(self.restored.info, arrow))

    @cached_property
    def model(self) -> str:
        """Return a fingerprint of the model."""
        return fingerprint([*self.restored.net.state_dict().values(), self.restored.info.spec])

    @cached_property
    def inputs(self) -> str:
        """Return a fingerprint of samples and drugs."""
        tables = (t for t in self.sources.values() if isinstance(t, Table))
        asked = (self.restored.info.smiles, list(self.samples), list(self.drugs), self.known)
        return fingerprint([*asked, *(part for t in tables for part in (t.ids, t.values))])


@dataclass(frozen=True)
class ChunkedGrid(Grid):
    """The same of tables too large for memory: ``chunk`` samples are read at a time.

    ``sources`` are those of drugs. What is refused of samples is judged chunk by chunk.
    """

    chunk: int
    """samples, a multiple of ``block``"""
    load: Callable[[Sequence[str]], Sources]
    """reads the sources of some samples"""
    files: Sequence[Path]
    """what is read of, to be told from others by their content"""
    _loaded: dict[int, Sources] = field(default_factory=dict)

    def predicted(self, number: int) -> pa.Table:
        """Predict one block; a sample without any value is left out."""
        own = number * self.block // self.chunk
        if own not in self._loaded:
            self._loaded.clear()
            cells = self.samples[own * self.chunk : (own + 1) * self.chunk]
            self._loaded[own] = {**self.load(cells), **self.sources}
        sources = self._loaded[own]
        omics = (s for name, s in sources.items() if is_omics(name, s.axis))
        there = {name for source in omics for name in source.ids}
        cells = self.samples[number * self.block : (number + 1) * self.block]
        valued = [name for name in cells if name in there]
        return self._table(sources, valued) if valued else self._table(sources, cells)[:0]

    @cached_property
    def inputs(self) -> str:
        """Return a fingerprint of samples and drugs."""
        asked = (self.restored.info.smiles, list(self.samples), list(self.drugs), self.known)
        tables = (t for t in self.sources.values() if isinstance(t, Table))
        drugs = [part for t in tables for part in (t.ids, t.values)]
        return fingerprint([*asked, *drugs, *map(sha256, self.files)])
