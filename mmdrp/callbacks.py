"""What watches a training run: a bar over epochs, and a guard over the ids that are batched."""

import sys
from typing import Any

import numpy as np
from pytorch_lightning import Callback, LightningModule, Trainer
from tqdm import tqdm

from mmdrp.batch import Batch
from mmdrp.data.datamodule import ResponseData


class EpochBar(Callback):
    """One line for the whole run: epoch, training and validation loss, best so far."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._best = float("inf")

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Open the bar."""
        self._bar = tqdm(
            total=trainer.max_epochs, desc="epochs", file=sys.stderr, dynamic_ncols=True,
            mininterval=0.2 if sys.stderr.isatty() else 20, leave=False,
        )  # fmt: skip

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Advance it."""
        logged = {k: float(v) for k, v in trainer.callback_metrics.items()}
        self._best = min(self._best, logged.get("val/loss", float("inf")))
        self._bar.set_postfix(
            train=f"{logged.get('train/loss', float('nan')):.4f}",
            val=f"{logged.get('val/loss', float('nan')):.4f}",
            best=f"{self._best:.4f}",
            refresh=False,
        )
        self._bar.update()

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Close it."""
        self._bar.close()


class SplitGuard(Callback):
    """Stops training at the first batch that holds an id of validation or test.

    It looks the ids of each batch up again, apart from the rows that the loaders were built from.
    """

    def __init__(self, data: ResponseData) -> None:
        examples, fold = data.dataset.examples, data.fold
        held = fold.validation.mask(examples) | fold.test.mask(examples)
        self._allowed = fold.train.mask(examples) & ~held
        self._examples = examples
        self.seen = np.zeros(len(examples), dtype=bool)

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Batch, batch_idx: int
    ) -> None:
        """Check one batch."""
        rows = batch.example.cpu().numpy()
        self.seen[rows] = True
        if not self._allowed[rows].all():
            wrong = int(rows[~self._allowed[rows]][0])
            ids = {axis: str(ids[wrong]) for axis, ids in self._examples.ids.items()}
            raise RuntimeError(f"training batch {batch_idx} holds a held-out example: {ids}")
