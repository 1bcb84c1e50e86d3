"""Base alone, or the network on top of it: what validation says, and how sure it is."""

from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import torch
from torch import nn

from mmdrp.data.batches.datamodule import ResponseData
from mmdrp.nn.network import ResponseNet
from mmdrp.training.lightning.module import ResponseModule


class ModelSelection(TypedDict):
    """What was kept, and the validation losses it was judged by; ``network`` in ``run.json``."""

    kept: bool
    base_alone: float
    with_network: float
    standard_error: float | None
    """of their difference; None where one held-out line or drug tells nothing"""


@dataclass(frozen=True)
class ValidationGain:
    """How much lower the validation loss is with the network, and the standard error of that."""

    alone: float
    learned: float
    error: float

    def holds(self, margin: float) -> bool:
        """Return whether the gain is more than ``margin`` standard errors.

        The best of many epochs is a little better by luck alone, so "lower" is not enough.
        """
        return self.alone - self.learned > margin * self.error

    def choice(self, kept: bool) -> ModelSelection:
        """Return the record of it."""
        error = self.error if np.isfinite(self.error) else None
        return ModelSelection(
            kept=kept, base_alone=self.alone, with_network=self.learned, standard_error=error
        )


def validation_gain(module: ResponseModule, data: ResponseData) -> ValidationGain:
    """Compare the base with and without the network on validation.

    The standard error is over held-out lines (drugs, where only drugs are held out): responses of
    one line go wrong together.
    """
    module.eval()
    axis = "cell" if "drug" not in data.fold.train.ids else "drug"
    whose = data.dataset.codes(axis)
    size = len(data.dataset.entities(axis))
    alone, learned, count = np.zeros(size), np.zeros(size), np.zeros(size)
    with torch.inference_mode():
        for batch in data.predict_loader("validation"):
            pred = module.predicted(batch)
            offset = pred - module.net.learned(batch)
            seen = torch.isfinite(batch.y)
            y = torch.where(seen, batch.y, 0.0)
            group = whose[batch.example.cpu().numpy()]
            for total, p in ((alone, offset), (learned, pred)):
                loss = torch.where(seen, module.loss.element(p, y), 0.0).sum(1)  # type: ignore[operator]
                np.add.at(total, group, loss.cpu().numpy())
            np.add.at(count, group, seen.sum(1).cpu().numpy())
    held = count > 0
    return _compared(alone[held], learned[held], count[held])


def _compared(alone: np.ndarray, learned: np.ndarray, count: np.ndarray) -> ValidationGain:
    """Return the gain of sums per group, its error that of a ratio estimate over groups."""
    groups, total = len(count), count.sum()
    mean = (alone - learned).sum() / total
    rest = (alone - learned) - mean * count
    error = np.sqrt(groups / max(groups - 1, 1) * (rest**2).sum()) / total
    error = float(error) if groups > 1 else float("inf")
    return ValidationGain(float(alone.sum() / total), float(learned.sum() / total), error)


def is_base_only(net: ResponseNet) -> bool:
    """Whether the network adds nothing to its base, which alone was kept: its head is zero."""
    last = [m for m in net.head.modules() if isinstance(m, nn.Linear)][-1]
    return net.offset is not None and not net.members and not bool(last.weight.any())
