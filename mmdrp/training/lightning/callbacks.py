"""What watches a training run: a bar over epochs, and a guard over the ids that are batched."""

from typing import Any, cast

import numpy as np
import pandas as pd
from pytorch_lightning import Callback, LightningModule, Trainer

from mmdrp.batch import Batch
from mmdrp.data.batches.datamodule import ResponseData
from mmdrp.progress import bar
from mmdrp.training.lightning.module import ResponseModule


class EpochBar(Callback):
    """One line for the whole run: epoch, training and validation loss, best so far."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._best = float("inf")

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Open the bar."""
        self._bar = bar(
            (), "epochs", trainer.max_epochs, done=trainer.current_epoch,
            hidden=not trainer.is_global_zero,
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

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        """Close it, so that what is said of the exception has a line of its own."""
        if self._bar is not None:
            self._bar.close()


class ModalityDropoutWarmup(Callback):
    """Lets the chance that a modality is hidden grow from 0 to its full value over ``epochs``.

    A network first learns what each modality says, then to do without any of them.
    """

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs
        self._full: float | None = None

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Set this epoch's chance."""
        net = cast(ResponseModule, pl_module).net
        if self._full is None:
            self._full = net.modality_dropout
        net.modality_dropout = self._full * min(1.0, trainer.current_epoch / max(self._epochs, 1))


class TablesOnDevice(Callback):
    """Moves the tables to the device once, before the first batch."""

    def __init__(self, data: ResponseData) -> None:
        self._data = data

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Move them."""
        self._data.dataset.place(pl_module.device)


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


class EpochLosses(Callback):
    """Notes training and validation loss of every epoch."""

    def __init__(self) -> None:
        self._rows: list[dict[str, float]] = []

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Note the epoch that ends."""
        logged = {k: float(v) for k, v in trainer.callback_metrics.items()}
        self._rows.append(
            {
                "epoch": trainer.current_epoch + 1,
                "train": logged.get("train/loss", float("nan")),
                "validation": logged.get("val/loss", float("nan")),
            }
        )

    def state_dict(self) -> dict[str, Any]:
        """Return the epochs so far."""
        return {"rows": self._rows}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up the epochs of an interrupted training."""
        self._rows = list(state_dict["rows"])

    def frame(self) -> pd.DataFrame:
        """Return ``epoch, train, validation``."""
        return pd.DataFrame(self._rows, columns=["epoch", "train", "validation"])
