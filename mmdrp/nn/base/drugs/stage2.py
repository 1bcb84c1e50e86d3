"""A second stage: how far the predicted drug effect, line effect and interaction go together."""

from typing import Self

import torch
from torch import Tensor

from mmdrp.nn.base.fitted import Fitted


class SecondStage(Fitted):
    """Least squares of response - grand mean on m, i, l, i m, l m, m^2 and 1.

    m is the drug's effect, l the line's, i their interaction, all predicted. Potent drugs have
    larger interactions and saturate.
    """

    weight: Tensor
    """(7,); without entry where it is not used"""

    def __init__(self) -> None:
        super().__init__()
        self.set_buffers(weight=torch.zeros(0))

    @property
    def used(self) -> bool:
        """Whether it was fitted."""
        return bool(self.weight.numel())

    def fit(self, rest: Tensor, effect: Tensor, line: Tensor, interaction: Tensor) -> Self:
        """Learn from responses - grand mean (n, t), NaN where unmeasured, and leave-one-out parts.

        ``effect`` (t,), ``line`` (n, 1), ``interaction`` (n, t).
        """
        seen = torch.isfinite(rest)
        x = torch.stack([part[seen] for part in _terms(effect, line, interaction)], 1)
        gram, target = x.T @ x, x.T @ rest[seen]
        eye = 1e-9 * gram.diagonal().max() * torch.eye(len(gram)).to(gram)
        self.set_buffers(weight=torch.linalg.solve(gram + eye, target))
        return self

    def forward(self, effect: Tensor, line: Tensor, interaction: Tensor) -> Tensor:
        """Return response - grand mean (n, m); of a drug affine in line, interaction."""
        if not self.used:
            return effect + line + interaction
        out = torch.zeros_like(interaction)
        terms = _terms(effect, line, interaction)
        for weight, term in zip(self.weight, terms, strict=True):
            out = out + weight * term
        return out

    def slopes(self, effect: Tensor, line: Tensor, interaction: Tensor) -> tuple[Tensor, Tensor]:
        """Return the slopes (n, m) by the drug's effect and by the interaction."""
        if not self.used:
            return torch.ones_like(interaction), torch.ones_like(interaction)
        m, i, _, im, lm, mm, _ = self.weight
        by_effect = m + im * interaction + lm * line + 2 * mm * effect
        return by_effect.expand_as(interaction), (i + im * effect).expand_as(interaction)


def _terms(effect: Tensor, line: Tensor, interaction: Tensor) -> list[Tensor]:
    m, l, i = effect.expand_as(interaction), line.expand_as(interaction), interaction  # noqa: E741
    return [m, i, l, i * m, l * m, m**2, torch.ones_like(i)]
