"""Bases that look at no omics: none, the drug mean, mean effects."""

from collections.abc import Mapping
from typing import Self

import torch
from torch import Tensor

from mmdrp.nn.base.fitted import Base, centred, rows


class Zero(Base):
    """No base: predicts 0, so that the network learns alone."""

    @torch.no_grad()
    def fit(self, inputs: Mapping[str, Tensor], present: Mapping[str, Tensor], y: Tensor) -> Self:
        """Remember the number of tasks."""
        del inputs, present
        zero = torch.zeros(y.shape, device=y.device)
        self.learn(mean=zero[0], completed=zero)
        self.register_buffer("held_out", zero.clone(), persistent=False)
        return self

    def forward(self, inputs: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Tensor:
        """Predict 0, (n, t)."""
        return self.mean.expand(rows(inputs, present), -1)


class Mean(Base):
    """The training mean of each task; ``line_effects`` adds a known line's own mean (DrEval).

    An unseen line has no effect, so ``forward`` is the mean either way; the effects stand in
    ``completed``, for lines that the pair layout knows.
    """

    def __init__(self, line_effects: bool = False) -> None:
        super().__init__()
        self.line_effects = line_effects

    @torch.no_grad()
    def fit(self, inputs: Mapping[str, Tensor], present: Mapping[str, Tensor], y: Tensor) -> Self:
        """Learn means, from the measured responses alone."""
        del inputs, present
        mean, rest = centred(y.double())
        filled = torch.zeros_like(rest)
        if self.line_effects:
            filled = filled + torch.nan_to_num(rest.nanmean(1, keepdim=True))
        count = torch.isfinite(y).sum(0)
        without = mean - torch.nan_to_num(rest) / (count - 1).clamp(min=1)
        self.learn(
            mean=mean.float(),
            completed=(mean + torch.where(torch.isfinite(rest), rest, filled)).float(),
        )
        self.register_buffer("held_out", without.float(), persistent=False)
        return self

    def forward(self, inputs: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Tensor:
        """Predict each task's mean, (n, t)."""
        return self.mean.expand(rows(inputs, present), -1)
