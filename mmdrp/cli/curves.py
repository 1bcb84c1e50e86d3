"""Losses per epoch, kept while a trainer runs."""

import pandas as pd
from pytorch_lightning import Callback, LightningModule, Trainer


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

    def frame(self) -> pd.DataFrame:
        """Return ``epoch, train, validation``."""
        return pd.DataFrame(self._rows, columns=["epoch", "train", "validation"])
