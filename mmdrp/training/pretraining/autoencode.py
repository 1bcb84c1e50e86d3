"""One autoencoder learned: a share of the samples chooses the epoch."""

import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    RandomSampler,
    Sampler,
    SequentialSampler,
    TensorDataset,
)

from mmdrp.errors import MmdrpError
from mmdrp.nn.autoencoder import Autoencoder
from mmdrp.training.lightning.clipping import ClippingModule
from mmdrp.training.lightning.loop import run_epochs
from mmdrp.training.spec import TrainerSpec

log = logging.getLogger(__name__)


class AutoencoderModule(ClippingModule):
    """Trains an ``Autoencoder`` on rows of raw features (n, d)."""

    def __init__(self, net: Autoencoder, optimizer: Callable[..., Optimizer]) -> None:
        super().__init__()
        self.net = net
        self._optimizer = optimizer

    def training_step(self, batch: Tensor, batch_idx: int) -> Tensor:
        """Return the reconstruction loss of a training batch."""
        return self._step(batch, "train")

    def validation_step(self, batch: Tensor, batch_idx: int) -> Tensor:
        """Log the reconstruction loss of held-out rows."""
        return self._step(batch, "val")

    def configure_optimizers(self) -> Optimizer:
        """Build the optimizer over all parameters."""
        return self._optimizer(self.parameters())

    def _step(self, batch: Tensor, stage: str) -> Tensor:
        loss = self.net.loss(batch)
        self.log(
            f"{stage}/loss", loss.detach(), batch_size=len(batch), on_epoch=True, on_step=False
        )
        return loss


@dataclass(frozen=True)
class Schedule:
    """How an autoencoder learns."""

    optimizer: Callable[..., Optimizer]
    trainer: TrainerSpec
    size: int
    """samples per batch"""
    patience: int
    """epochs without a better validation loss before stopping"""
    validation: float
    """share of the samples that chooses the epoch and is not learned from"""
    seed: int


def fit_autoencoder(
    net: Autoencoder,
    x: Tensor,
    name: str,
    schedule: Schedule,
    state: tuple[Path, str] | None = None,
) -> tuple[pd.DataFrame, float]:
    """Train ``net`` on raw features (n, d); it keeps the weights of its best epoch.

    ``state``, a folder and a fingerprint, lets an interrupted training go on (`run_epochs`).
    Returns the losses ``epoch, train, validation``, and the validation loss of predicting each
    feature's mean.
    """
    order = np.random.default_rng([schedule.seed, 1]).permutation(len(x))
    cut = max(1, round(schedule.validation * len(x)))
    if len(x) - cut < 1:
        raise MmdrpError(f"{name}: {len(x)} samples are too few to learn from")
    train, held_out = x[np.sort(order[cut:])], x[np.sort(order[:cut])]
    log.info("%s: learning from %d samples, %d choose the epoch", name, len(train), cut)
    module, size = AutoencoderModule(net, schedule.optimizer), schedule.size
    losses, _ = run_epochs(
        schedule.trainer, schedule.patience, module,
        _batches(train, size, schedule.seed), _batches(held_out, size, None), state=state,
    )  # fmt: skip
    if not np.isfinite(losses["validation"].to_numpy(dtype=float)).any():
        if state is not None:
            shutil.rmtree(state[0], ignore_errors=True)  # there is nothing to go on from
        raise MmdrpError(
            f"{name}: training failed: no validation loss is finite; choose a smaller optimizer.lr"
        )
    net.eval()
    return losses, net.mean_loss(train, held_out)


def _batches(rows: Tensor, size: int, seed: int | None) -> DataLoader[Tensor]:
    """Return a loader of (size, d) batches: shuffled by ``seed``, or in order."""
    dataset = TensorDataset(rows)
    if seed is None:
        order: Sampler[int] = SequentialSampler(dataset)
    else:
        order = RandomSampler(dataset, generator=torch.Generator().manual_seed(seed))
    # A batch of row numbers indexes the tensor once, which is much faster than row by row.
    batches = BatchSampler(order, size, drop_last=False)
    return DataLoader(dataset, sampler=batches, batch_size=None, collate_fn=_first)  # type: ignore[arg-type]


def _first(row: Any) -> Any:
    """Take a batch out of the one-element tuple of a ``TensorDataset``."""
    return row[0]
