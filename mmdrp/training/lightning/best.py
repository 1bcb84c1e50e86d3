"""The weights of the best epoch, kept in memory."""

from collections.abc import Mapping
from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor

MONITOR = "val/loss"
FITTED = ("net.offset.", "net.scale.")
"""what was fitted in closed form before the first epoch, and is the same after each"""


def learned(module: LightningModule) -> dict[str, Tensor]:
    """Return copies, on the CPU, of all that training changes: parameters and layers' buffers."""
    fitted = {name for name, _ in module.named_buffers() if name.startswith(FITTED)}
    state = module.state_dict()
    return {k: v.detach().cpu().clone() for k, v in state.items() if k not in fitted}


def put_back(module: LightningModule, weights: Mapping[str, Tensor]) -> None:
    """Load what `learned` gave; what was fitted stays."""
    module.load_state_dict({**module.state_dict(), **weights})


class BestWeights(Callback):
    """Keeps the weights of the epoch with the smallest validation loss; of equals, the first.

    In memory and not in a file: a copy takes a fraction of a write, and an interrupted training
    goes on from `TrainingState`, which holds them, too.
    """

    def __init__(self) -> None:
        self.score: float | None = None
        """the smallest validation loss so far; None before the first"""
        self.weights: dict[str, Tensor] = {}

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Keep the weights if they are better than all before."""
        logged = trainer.callback_metrics.get(MONITOR)
        if trainer.sanity_checking or logged is None:
            return
        score = float(torch.nan_to_num(logged, nan=float("inf"), posinf=float("inf")))
        if self.score is None or score < self.score:
            self.score = score
            self.weights = learned(pl_module)

    def restore(self, module: LightningModule) -> None:
        """Put the best weights back; nothing happens where no epoch was validated."""
        if self.weights:
            put_back(module, self.weights)

    def state_dict(self) -> dict[str, Any]:
        """Return what an interrupted training needs."""
        return {"score": self.score, "weights": self.weights}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up what ``state_dict`` gave."""
        self.score, self.weights = state_dict["score"], dict(state_dict["weights"])
