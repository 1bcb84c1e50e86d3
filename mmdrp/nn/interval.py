"""Intervals around predictions of a base: for unseen lines, for unseen drugs, for both."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Self

import torch
from torch import Tensor, nn

from mmdrp.nn.base.drug import PairBase
from mmdrp.nn.base.fitted import Base, Fitted
from mmdrp.nn.base.kernel import Kernel
from mmdrp.nn.base.mean import Zero
from mmdrp.nn.base.spread import PROBABILITIES, Spread, between, nearest, ordered, placed

AXES: tuple[Literal["drug"], Literal["both"]] = ("drug", "both")
LEVEL = 0.9
"""of intervals where none is asked for"""


class Interval(NamedTuple):
    """Of b examples: sd, lower and upper end (b, t), and whether the line is unlike training's."""

    sd: Tensor
    lower: Tensor
    upper: Tensor
    outside: Tensor
    """(b, t) bool: the interval does not hold there"""
    pit: Tensor = torch.empty(0)
    """(b, t): the share of the predicted distribution below the response, NaN where unmeasured"""


class DrugSpread(Fitted):
    """How far predictions of unseen drugs are off, lines seen (0) or unseen as well (1).

    Errors of leaving drugs out, over the root of posterior variance + penalty, which ranks drugs
    by how unlike those of training they are; their quantiles are pooled over all drugs.
    """

    scale: Tensor
    """(2,)"""
    quantiles: Tensor
    """(p, 2)"""

    def __init__(self) -> None:
        super().__init__()
        self.set_buffers(scale=torch.zeros(0), quantiles=torch.zeros(0, 0))

    @torch.no_grad()
    def fit(self, pair: PairBase, y: Tensor) -> Self:
        """Learn from responses (n, t), NaN where unmeasured, of the training lines and drugs."""
        root = pair.drug.left_out_variance().sqrt()
        scales, quantiles = [], []
        for axis in AXES:
            error = ((y - pair.leave_one_out(axis)) / root)[torch.isfinite(y)].double()
            scale = error.square().mean().sqrt().clamp(min=1e-12)
            scales.append(scale)
            at = error.new_tensor(PROBABILITIES)
            quantiles.append(ordered((error / scale).sort().values, at))
        self.set_buffers(scale=torch.stack(scales), quantiles=torch.stack(quantiles, 1))
        return self.float()

    def _load_from_state_dict(
        self, state_dict: Mapping[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        """Take what comes; a checkpoint of before has nothing of it."""
        if any(key.startswith(prefix) for key in state_dict):
            super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)


class Intervals(nn.Module):
    """What a checkpoint keeps to say how far its base's predictions may be off."""

    def __init__(self) -> None:
        super().__init__()
        self.line, self.drug = Spread(), DrugSpread()

    @property
    def known(self) -> bool:
        """Whether there are any: not for ``base=none``, nor in checkpoints of before."""
        return self.line.known

    @torch.no_grad()
    def fit(
        self, base: Base, pair: PairBase | None, inputs: Mapping[str, Tensor],
        present: Mapping[str, Tensor], y: Tensor,
    ) -> None:  # fmt: skip
        """Learn from the fitted base's training lines and their responses (n, t)."""
        if isinstance(base, Zero):
            return
        used = torch.isfinite(y).any(1)
        kernel, some = None, {s: x[used] for s, x in inputs.items()}
        here = {s: p[used] for s, p in present.items()}
        if isinstance(base, Kernel):
            kernel = base.kernel(some, here).double()
            kernel = (kernel + kernel.T) / 2
        self.line.fit(y[used], base.leave_one_out[used], kernel)
        if isinstance(base, Kernel):
            self.line.set_buffers(radius=nearest(base.distance(some, here)))
        if pair is not None:
            self.drug.fit(pair, y)

    def of_lines(
        self, base: Base, inputs: Mapping[str, Tensor], present: Mapping[str, Tensor],
        pred: Tensor, level: float, y: Tensor | None = None, spread: Tensor | None = None,
    ) -> Interval:  # fmt: skip
        """Return the intervals (n, t) of predictions (n, t) of n lines, all drugs of training.

        ``y`` (n, t) are responses, NaN where unmeasured; ``spread`` (n, t) is the sd of several
        networks about their mean.
        """
        kernel = base.kernel(inputs, present) if isinstance(base, Kernel) else None
        sd = _wider(self.line(pred, kernel), spread)
        low, high = self.line.bounds(level)
        outside = torch.zeros_like(pred, dtype=torch.bool)
        if isinstance(base, Kernel):
            away = base.distance(inputs, present).min(1).values > self.line.radius
            outside = away[:, None].expand_as(pred)
        if y is None or not bool(torch.isfinite(y).any()):
            pit = torch.full_like(pred, torch.nan)  # nothing was measured
        else:
            pit = placed(self.line.quantiles, (y - pred) / sd)
        return Interval(sd, pred + low * sd, pred + high * sd, outside, pit)

    def of_drugs(
        self, pred: Tensor, variance: Tensor, seen: Tensor, level: float,
        y: Tensor | None = None, spread: Tensor | None = None,
    ) -> Interval:  # fmt: skip
        """Return those of predictions (n, m) of unseen drugs; ``seen`` (n,) are lines of training.

        ``variance`` (m,) is that of ``DrugKernel.variance``.
        """
        kind = (~seen).long()
        sd = _wider(self.drug.scale[kind][:, None] * variance.sqrt(), spread)
        low, high = between(self.drug.quantiles, level)[:, kind, None]
        outside = torch.zeros_like(pred, dtype=torch.bool)
        scaled = ((torch.nan if y is None else y) - pred) / sd
        pit = placed(self.drug.quantiles[:, kind], scaled.T).T
        return Interval(sd, pred + low * sd, pred + high * sd, outside, pit)


def _wider(sd: Tensor, spread: Tensor | None) -> Tensor:
    """Return the root of the sum of two variances."""
    return sd if spread is None else (sd**2 + spread**2).sqrt()
