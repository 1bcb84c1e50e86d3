"""How a network learns: one step body for every mode."""

from collections.abc import Callable
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.optim import Optimizer

from mmdrp.batch import Batch
from mmdrp.nn.network import ResponseNet
from mmdrp.training.info import CheckpointInfo
from mmdrp.training.lightning.clipping import ClippingModule


class ResponseModule(ClippingModule):
    """Trains a ``ResponseNet`` on either layout; ``info`` makes its checkpoint self-contained.

    ``offset`` (n, t) holds the base's guess for every example, leave-one-out for those of
    training: the base is fixed, so it is computed once, not in every step.
    """

    def __init__(
        self,
        net: ResponseNet,
        loss: nn.Module,
        optimizer: Callable[..., Optimizer],
        scheduler: Callable[[Optimizer], Any] | None = None,
        info: CheckpointInfo | None = None,
        base_prediction: Tensor | None = None,
    ) -> None:
        super().__init__()
        self._base_prediction = base_prediction
        self.net = net
        self.loss = loss
        self._optimizer, self._scheduler = optimizer, scheduler
        self.info = info

    def of(self, net: ResponseNet) -> "ResponseModule":
        """Return what trains another network in the same way, on what the same base leaves."""
        return ResponseModule(
            net, self.loss, self._optimizer, self._scheduler, self.info, self._base_prediction
        )

    def forward(self, batch: Batch) -> Tensor:
        """Predict the response of each example, (b, t)."""
        out: Tensor = self.net(batch)
        return out

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the loss of a training batch."""
        return self._step(batch, "train")

    def validation_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Log the loss of a validation batch."""
        return self._step(batch, "val")

    def test_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Log the loss of a test batch."""
        return self._step(batch, "test")

    def predict_step(self, batch: Batch, batch_idx: int) -> tuple[Tensor, Tensor]:
        """Return positions (b,) and predictions (b, t)."""
        return batch.example, self(batch)

    def configure_optimizers(self) -> Any:
        """Build the optimizer (and the schedule, stepped every epoch) over all parameters."""
        optimizer = self._optimizer(self.parameters())
        if self._scheduler is None:
            return optimizer
        return {"optimizer": optimizer, "lr_scheduler": self._scheduler(optimizer)}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Put what rebuilding the network needs beside its weights: plain containers only."""
        if self.info is not None:
            checkpoint["mmdrp"] = self.info.plain()

    def predicted(self, batch: Batch) -> Tensor:
        """Predict examples of the data at hand, (b, t): the base's guess is looked up."""
        if self._base_prediction is None:
            return self.net.learned(batch)
        offset = self._base_prediction.to(batch.y.device).index_select(0, batch.example)
        return self.net.learned(batch) + offset

    def _step(self, batch: Batch, stage: str) -> Tensor:
        loss: Tensor = self.loss(self.predicted(batch), batch.y, batch.weight)
        # Weighted by measured entries, so an epoch's value is the mean over all of them.
        measured = int(torch.isfinite(batch.y).sum())
        self.log(
            f"{stage}/loss", loss.detach(), batch_size=max(measured, 1),
            on_epoch=True, on_step=False, sync_dist=True,
        )  # fmt: skip
        return loss * _portion(batch) if stage == "train" else loss


def _portion(batch: Batch) -> Tensor | float:
    """Return how much of the mean over all processes this batch is, times their number.

    Distributed training averages gradients over processes whatever their shares hold; with this
    factor that average is the gradient of the mean over all labels, as in one process.
    """
    if not (dist.is_available() and dist.is_initialized()):
        return 1.0
    mine = (batch.weight * torch.isfinite(batch.y)).sum()
    total = mine.clone()
    dist.all_reduce(total)
    return mine * dist.get_world_size() / total.clamp(min=1e-12)
