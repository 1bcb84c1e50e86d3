"""What is learned of single features and kernels at once, and how noisy lines and tasks are."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmdrp.nn.base.algebra.whitening import Whitening
from mmdrp.nn.base.components import Components, Ridge
from mmdrp.nn.base.markers import Candidates, SelectionPath, forward_select

NUS = (1.0, 2.0, 4.0, 8.0, 16.0)
"""degrees of freedom that leave-one-out may choose among; the last is next to Gaussian"""


@dataclass(frozen=True)
class Noise:
    """How the noise is modelled; ``Noise()`` is one variance for all lines and tasks."""

    student: float | None = None
    """degrees of freedom of line weights (nu + 1) / (nu + r), r a line's share of the error"""
    measured: float = 0.0
    """weights times the share of a line that was measured, to this power"""
    correlated: float = 0.0
    """share of the errors' covariance over tasks that directions are found under; 0: not at all"""
    loo: float = 0.0
    """how far nu goes from the given one to the one of least leave-one-out error, 0 to 1"""

    @property
    def plain(self) -> bool:
        """Whether all lines count alike, and tasks are taken as independent."""
        return self.student is None and not self.measured and not self.correlated


@dataclass(frozen=True)
class Learned:
    """What one pass over the responses gives."""

    steps: SelectionPath
    dual: Tensor
    """(k, t)"""
    shift: Tensor
    """(t,): what weights of lines make of the means"""
    penalty: Tensor
    """of each component, then of all the rest; of a second set of components after it"""
    error: Tensor
    """(k, t): of leave-one-out"""
    weight: Tensor
    """(k,): of lines, mean 1"""


def learn(
    candidates: Candidates,
    kernel: Tensor,
    ridge: Ridge,
    y: Tensor,
    seen: Tensor,
    max_markers: int,
    components: int,
    penalties: Sequence[float],
    noise: Noise,
) -> Learned:
    """Select single features of centred y (k, t), fit what they leave under the noise model.

    ``ridge`` is that of ``kernel`` (k, k), all lines alike. With correlated noise there are two
    fits, averaged: along the directions of y, and along those of the predictions after whitening.
    """
    residual, steps = forward_select(candidates, y, seen.to(y.dtype).mean(0), max_markers)
    chosen = [Components.choose(ridge, residual, components, penalties)]
    weight = torch.ones_like(y[:, 0])
    if noise.plain:
        return _learned(chosen, ridge, residual, candidates, steps, weight)
    first = _learned(chosen, ridge, residual, candidates, steps, weight)
    nu = _nu(noise, first.error, seen, kernel, residual, components, penalties)
    weight = line_weights(first.error, seen, nu, noise.measured)
    ridge = Ridge.of(kernel, weight)
    chosen = [Components.choose(ridge, residual, components, penalties)]
    if noise.correlated:
        error = chosen[0].error(ridge, residual)
        whitening = Whitening.of(error, weight, noise.correlated)
        signal = residual - error
        chosen.append(Components.choose(ridge, residual, components, penalties, whitening, signal))
    return _learned(chosen, ridge, residual, candidates, steps, weight)


def line_weights(error: Tensor, seen: Tensor, nu: float | None, power: float) -> Tensor:
    """Return weights (k,), mean 1, from leave-one-out errors (k, t) where ``seen``.

    (nu + 1) / (nu + r), the expectation step of Student's t (Lange et al. 1989), with r the line's
    mean squared error over that of the median line; times the share measured to a power.

    >>> error = torch.tensor([[1.0, 1.0], [2.0, 2.0], [1.0, -1.0]])
    >>> line_weights(error, torch.ones(3, 2, dtype=torch.bool), 2.0, 0.0)
    tensor([1.2000, 0.6000, 1.2000])
    """
    share = seen.to(error.dtype).mean(1)
    weight = torch.ones_like(share)
    if nu is not None:
        square = torch.where(seen, error**2, 0.0).sum(1) / seen.sum(1).clamp(min=1)
        usual = float(square.median())
        if usual > 0:
            weight = (nu + 1) / (nu + square / usual)
    if power:
        weight = weight * share**power
    return weight / weight.mean()


def _nu(
    noise: Noise, error: Tensor, seen: Tensor, kernel: Tensor, y: Tensor, components: int,
    penalties: Sequence[float],
) -> float | None:  # fmt: skip
    """Return nu as given, or so far on the way to that of least leave-one-out error, in logs."""
    if noise.student is None or not noise.loo:
        return noise.student
    losses = []
    for nu in NUS:
        ridge = Ridge.of(kernel, line_weights(error, seen, nu, noise.measured))
        left = Components.choose(ridge, y, components, penalties).error(ridge, y)
        losses.append(float(torch.where(seen, left**2, 0.0).sum()))
    best = NUS[losses.index(min(losses))]
    return math.exp((1 - noise.loo) * math.log(noise.student) + noise.loo * math.log(best))


def _learned(
    chosen: list[Components], ridge: Ridge, residual: Tensor, candidates: Candidates,
    steps: SelectionPath, weight: Tensor,
) -> Learned:  # fmt: skip
    """Average the fits; without its own line a single feature has a slightly different effect."""
    fits = [c.fit(ridge, residual) for c in chosen]
    error = _mean([c.error(ridge, residual) for c in chosen])
    own = _mean([c.error_of(ridge, candidates.z, steps.column, steps.task) for c in chosen])
    moved = (own * (steps.effect - steps.without)).T
    error = error.T.contiguous().index_put((steps.task,), moved, accumulate=True).T
    penalty = torch.cat([p for c in chosen for p in (c.penalty, c.residual_penalty)])
    dual, shift = (_mean([fit[i] for fit in fits]) for i in (0, 1))
    return Learned(steps, dual, shift, penalty, error, weight)


def _mean(parts: list[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.stack(parts).mean(0)
