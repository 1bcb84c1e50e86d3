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
        self.set_buffers(mean=zero[0], imputed_response=zero)
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
        mean, residual = centred(y.double())
        filled = torch.zeros_like(residual)
        if self.line_effects:
            filled = filled + torch.nan_to_num(residual.nanmean(1, keepdim=True))
        count = torch.isfinite(y).sum(0)
        without = mean - torch.nan_to_num(residual) / (count - 1).clamp(min=1)
        self.set_buffers(
            mean=mean.float(),
            imputed_response=(
                mean + torch.where(torch.isfinite(residual), residual, filled)
            ).float(),
        )
        self.register_buffer("held_out", without.float(), persistent=False)
        return self

    def forward(self, inputs: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Tensor:
        """Predict each task's mean, (n, t)."""
        return self.mean.expand(rows(inputs, present), -1)


class MeanEffects(Mean):
    """The training mean of each task plus the mean effect of a line that pairs know (DrEval)."""

    def __init__(self) -> None:
        super().__init__(line_effects=True)
