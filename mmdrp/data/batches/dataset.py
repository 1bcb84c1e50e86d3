"""Examples made into batches, every entity once."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import Tensor
from torch.utils.data import Dataset

from mmdrp.batch import Batch
from mmdrp.data.response import Examples
from mmdrp.data.source import Source


class ResponseDataset(Dataset[Batch]):
    """All examples of a study; ``__getitems__`` turns positions into one ``Batch``.

    ``train_ids`` lists, per axis, the entities of training in the order a base knows them;
    ``weight`` (n, t) is that of each label in the loss, by default 1.
    """

    def __init__(
        self,
        examples: Examples,
        sources: Mapping[str, Source],
        train_ids: Mapping[str, Sequence[str]] | None = None,
        weight: npt.NDArray[np.float32] | None = None,
    ) -> None:
        self.examples = examples
        self.sources = dict(sources)
        self._y = torch.tensor(examples.y)
        self._weight = torch.ones_like(self._y) if weight is None else torch.tensor(weight)
        self._entity: dict[str, npt.NDArray[np.str_]] = {}
        self._code: dict[str, npt.NDArray[np.int64]] = {}
        for axis, ids in examples.ids.items():
            self._entity[axis], self._code[axis] = np.unique(ids, return_inverse=True)
        self._train_index = {
            axis: pd.Index((train_ids or {}).get(axis, ())).get_indexer(pd.Index(ids))
            for axis, ids in self._entity.items()
        }
        self._row = {
            name: source.locate(self._entity[source.axis]) for name, source in self.sources.items()
        }

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, position: int) -> Batch:
        return self.__getitems__([position])

    def __getitems__(self, positions: Sequence[int]) -> Batch:
        """Return the batch of these examples: distinct lines and drugs once, and an index."""
        where = np.asarray(positions, dtype=np.int64)
        distinct: dict[str, npt.NDArray[np.int64]] = {}
        index: dict[str, Tensor] = {}
        for axis, code in self._code.items():
            distinct[axis], inverse = np.unique(code[where], return_inverse=True)
            index[axis] = torch.from_numpy(inverse)
        inputs, present = {}, {}
        for name, source in self.sources.items():
            rows = self._row[name][distinct[source.axis]]
            inputs[name] = source.take(rows)
            present[name] = torch.from_numpy(rows >= 0)
        example = torch.from_numpy(where)
        y, weight = self._y[example], self._weight[example]
        train_index = {
            a: torch.from_numpy(self._train_index[a][rows]) for a, rows in distinct.items()
        }
        return Batch(inputs, present, index, train_index, y, weight, example)

    def place(self, device: torch.device) -> None:
        """Keep the tables on a device, so that a batch carries no features over to it."""
        self.sources = {name: source.place(device) for name, source in self.sources.items()}

    def codes(self, axis: str) -> npt.NDArray[np.int64]:
        """Return the entity of each example on an axis, (n,)."""
        return self._code[axis]

    def train_index(self, axis: str) -> npt.NDArray[np.int64]:
        """Return the place of each example's entity in the roster, (n,), -1 outside it."""
        place: npt.NDArray[np.int64] = self._train_index[axis][self._code[axis]]
        return place

    def entities(self, axis: str) -> npt.NDArray[np.str_]:
        """Return the distinct ids on an axis, sorted."""
        return self._entity[axis]


def keep(batch: Any) -> Any:
    """Collate a batch that is one already."""
    return batch
