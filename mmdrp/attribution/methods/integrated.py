"""Attribution of a network: the contract of a method, and integrated gradients.

Up to the projection the network is affine, so a straight path in the input is a straight path
there: a method looks at ``trunk`` only, and what it finds about the projection, g, goes back to
every feature as g @ W. Two matrix products replace the passes over all features.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import captum.attr
import torch
from torch import Tensor

from mmdrp.attribution.methods.projected import ProjectedNetwork
from mmdrp.options import Draws

At = Literal["path", "input", "draws"]


@dataclass(frozen=True)
class Attribution:
    """Per source (n, kept): each feature's share of prediction minus baseline, per line."""

    values: dict[str, Tensor]
    gap: Tensor
    """(n,): prediction - baseline - sum of shares; 0 where the integral is exact"""
    change: Tensor
    """(n,): prediction minus the prediction at the baseline"""

    @classmethod
    def summed(cls, values: dict[str, Tensor], change: Tensor) -> "Attribution":
        """Return shares with the gap that they leave."""
        total = torch.zeros_like(change)
        for value in values.values():
            total = total + value.sum(1)
        return cls(values, change - total, change)


class Method(Protocol):
    """What a method offers. ``register("method", NAME, CLASS)`` lets a name stand for one."""

    name: str
    complete: bool
    """whether shares add up to the change in prediction"""
    base: At | None
    """where the closed-form base's own part is read, None if the method has none for a base"""

    def __call__(self, view: ProjectedNetwork) -> Attribution:
        """Attribute the network's part of a view."""
        ...


class Integrated:
    """Integrated gradients (Sundararajan et al. 2017), factored: equal to Captum's on the whole."""

    name, complete = "ig", True
    base: At | None = "path"

    def __init__(self, steps: Draws = 32) -> None:
        self.steps = steps

    def __call__(self, view: ProjectedNetwork) -> Attribution:
        """Integrate over ``trunk`` by Captum, from the projected baseline to the projection."""
        method = captum.attr.IntegratedGradients(view.forward, multiply_by_inputs=False)
        gradients = method.attribute(
            view.tensors(), baselines=view.baselines(), n_steps=self.steps, method="gausslegendre"
        )
        return Attribution.summed(stepped(view, gradients), view.change())


class DirectIntegrated(Integrated):
    """The same by Captum on the whole network: slow, to check the factored form against."""

    name = "ig_direct"

    def __call__(self, view: ProjectedNetwork) -> Attribution:
        """Integrate over every feature."""
        method = captum.attr.IntegratedGradients(view.whole)
        values = method.attribute(
            tuple(view.x.values()), baselines=tuple(view.x0.values()), n_steps=self.steps,
            method="gausslegendre",
        )  # fmt: skip
        named = dict(
            zip(view.sources, (v.to(view.h[view.sources[0]]) for v in values), strict=True)
        )
        return Attribution.summed(masked(view, named), view.change())


def integrated_gradients(view: ProjectedNetwork, steps: int = 32) -> Attribution:
    """Attribute a view's task by factored integrated gradients."""
    return Integrated(steps)(view)


def mean_of_networks(parts: Sequence[Attribution]) -> Attribution | None:
    """Return the mean over networks whose mean predicts: of one, its own; None of none."""
    if len(parts) < 2:
        return parts[0] if parts else None
    values = {s: torch.stack([p.values[s] for p in parts]).mean(0) for s in parts[0].values}
    gap, change = (torch.stack([getattr(p, n) for p in parts]).mean(0) for n in ("gap", "change"))
    return Attribution(values, gap, change)


def mean_of(parts: Sequence[Attribution]) -> Attribution:
    """Return the mean of several attributions of the same lines."""
    values = {s: torch.stack([p.values[s] for p in parts]).mean(0) for s in parts[0].values}
    return Attribution.summed(values, torch.stack([p.change for p in parts]).mean(0))


@torch.no_grad()
def carried(view: ProjectedNetwork, gradients: tuple[Tensor, ...]) -> dict[str, Tensor]:
    """Carry gradients by the projection (n, hidden) back to every feature, (n, kept)."""
    out = {}
    for source, gradient in zip(view.sources, gradients, strict=True):
        weight = view.net.part(source).project.weight
        out[source] = gradient.to(weight.dtype) @ weight
    return masked(view, out)


def stepped(view: ProjectedNetwork, gradients: tuple[Tensor, ...]) -> dict[str, Tensor]:
    """Return (x - baseline) times the carried gradients, (n, kept)."""
    return {s: g.mul_(view.x[s] - view.x0[s]) for s, g in carried(view, gradients).items()}


def masked(view: ProjectedNetwork, values: dict[str, Tensor]) -> dict[str, Tensor]:
    """Put exact zeros where a line lacks the source."""
    return {
        s: torch.where(view.present[s].unsqueeze(1), v.detach(), 0.0) for s, v in values.items()
    }
