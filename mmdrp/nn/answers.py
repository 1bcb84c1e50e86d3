"""What a trained network says of a batch: predictions, and intervals where it knows its errors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from mmdrp.batch import Batch
from mmdrp.nn.base.source import computed_once
from mmdrp.nn.interval import LEVEL
from mmdrp.nn.network import ResponseNet

Array = npt.NDArray[Any]
COLUMNS = ("lower", "upper", "sd", "outside")
PLACE = "pit"
"""of a measured response in the predicted distribution, 0 to 1"""


@dataclass(frozen=True)
class Answers:
    """Predictions (n, t), and intervals around them where there are any."""

    pred: Array
    interval: dict[str, Array]
    """``lower, upper, sd, outside``, each (n, t); empty where there are none"""

    def columns(self, pick: Callable[[Array], Array]) -> dict[str, Array]:
        """Return every number under its name, those that ``pick`` takes of (n, t)."""
        return {name: pick(x) for name, x in {"pred": self.pred, **self.interval}.items()}

    @classmethod
    def joined(cls, parts: Sequence["Answers"]) -> "Answers":
        """Return several batches' answers one below the other."""
        names = parts[0].interval
        interval = {n: np.concatenate([p.interval[n] for p in parts]) for n in names}
        return cls(np.concatenate([p.pred for p in parts]), interval)


@torch.inference_mode()
def answers(
    net: ResponseNet, batch: Batch, level: float | None = LEVEL, measured: bool = False
) -> Answers:
    """Predict a batch; ``level`` is the share of responses that an interval is to hold.

    None: there are no intervals, and no time is spent on them.

    With ``measured`` a further number, ``pit``, says where the batch's responses lie.
    """
    with computed_once():
        pred, spread = net.predicted(batch)
        found = None
        if net.offset is not None and level is not None:
            found = net.offset.interval(batch, pred, level, spread)
    if found is None:
        return Answers(pred.numpy(), {})
    names = (*COLUMNS, PLACE) if measured else COLUMNS
    return Answers(pred.numpy(), {name: getattr(found, name).numpy() for name in names})
