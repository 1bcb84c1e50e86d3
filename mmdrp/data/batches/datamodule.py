"""One fold of a study, as the loaders Lightning asks for."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pytorch_lightning import LightningDataModule
from torch.utils.data import DataLoader

from mmdrp.batch import Batch
from mmdrp.data.batches.dataset import ResponseDataset, keep
from mmdrp.data.further.screen import Screen
from mmdrp.data.response import Examples
from mmdrp.data.source import Source
from mmdrp.data.split import Fold
from mmdrp.errors import MmdrpError


class ResponseData(LightningDataModule):
    """Examples, sources and a fold; ``sampler(rows=, groups=)`` makes the training batches.

    ``label_weight`` turns training responses (n, t) into weights; others keep the weight 1.
    ``measured`` are the same examples before any imputation, by default ``examples``.
    ``screens`` are those of further studies.
    """

    def __init__(
        self,
        examples: Examples,
        sources: Mapping[str, Source],
        fold: Fold,
        sampler: Callable[..., Any],
        batch_size: int = 256,
        label_weight: Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]] | None = None,
        measured: Examples | None = None,
        screens: Sequence[Screen] = (),
    ) -> None:
        super().__init__()
        self.screens = tuple(screens)
        self.measured = examples if measured is None else measured
        self.fold = fold
        self.batch_size = batch_size
        self.rows = {
            name: np.flatnonzero(part.mask(examples)) for name, part in fold.parts().items()
        }
        train = self.rows["train"]
        self.train_ids = {a: np.unique(ids[train]).tolist() for a, ids in examples.ids.items()}
        """per axis, the ids of training, sorted"""
        weight = None
        if label_weight is not None:
            weight = np.ones_like(examples.y)
            weight[train] = label_weight(examples.y[train])
        self.dataset = ResponseDataset(examples, sources, self.train_ids, weight)
        for name, rows in self.rows.items():
            if len(rows) == 0 and any(fold.parts()[name].ids.values()):
                raise MmdrpError(f"the fold's {name} part matches no example of the study")
        self._sampler = sampler

    def loader(self, batches: Any) -> DataLoader[Batch]:
        """Return a loader of ready-made batches; tables are in memory, workers would only copy."""
        return DataLoader(self.dataset, batch_sampler=batches, collate_fn=keep)

    def train_dataloader(self) -> DataLoader[Batch]:
        """Shuffled training batches."""
        rows = self.rows["train"]
        return self.loader(self._sampler(rows=rows, groups=self.dataset.codes("cell")[rows]))

    def val_dataloader(self) -> DataLoader[Batch]:
        """Validation in order."""
        return self.loader(self._ordered(self.rows["validation"]))

    def test_dataloader(self) -> DataLoader[Batch]:
        """Test in order."""
        return self.loader(self._ordered(self.rows["test"]))

    def predict_loader(self, part: str) -> DataLoader[Batch]:
        """One part in order, for predictions."""
        return self.loader(self._ordered(self.rows[part]))

    def _ordered(self, rows: npt.NDArray[np.int64]) -> list[list[int]]:
        # Sorted by line, so a line's features are gathered for few batches only.
        order = rows[np.argsort(self.dataset.codes("cell")[rows], kind="stable")]
        return [
            order[i : i + self.batch_size].tolist() for i in range(0, len(order), self.batch_size)
        ]
