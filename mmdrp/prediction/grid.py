"""Samples x drugs to be predicted in blocks of samples, and what decides each block."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd
import pyarrow as pa

from mmdrp.data.source import Table
from mmdrp.data.sources import Sources
from mmdrp.io.pieces import fingerprint
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
        frame = predict_grid(self.restored, self.sources, cells, self.drugs, self.known, self.level)
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
