"""Integrated gradients over every feature at the cost of two matrix products."""

from dataclasses import dataclass

import torch
from captum.attr import IntegratedGradients
from torch import Tensor

from mmdrp.attribution.view import View


@dataclass(frozen=True)
class Attribution:
    """Per source (n, kept): each feature's share of prediction minus baseline, per line."""

    values: dict[str, Tensor]
    gap: Tensor
    """(n,): prediction - baseline - sum of shares; 0 where the integral is exact"""
    change: Tensor
    """(n,): prediction minus the prediction at the baseline"""


def integrated_gradients(view: View, steps: int = 32) -> Attribution:
    """Attribute a view's task (Sundararajan et al. 2017), by Captum from the projection on.

    Up to the projection the network is affine, so a straight path in the input is a straight path
    there: Captum integrates over ``rest``, and the mean gradient g goes back as x * (g @ W). The
    result equals Captum's on the whole network. An absent source gets exactly zero.
    """
    method = IntegratedGradients(view.forward, multiply_by_inputs=False)
    gradients = method.attribute(
        view.tensors(), baselines=view.baselines(), n_steps=steps, method="gausslegendre"
    )
    values = {}
    with torch.no_grad():
        for source, gradient in zip(view.sources, gradients, strict=True):
            if source in view.fixed:
                continue
            weight = view.net.part(source).project.weight
            shares = view.x[source] * (gradient.to(weight.dtype) @ weight)
            values[source] = torch.where(view.present[source].unsqueeze(1), shares, 0.0)
        change = view.forward(*view.tensors()) - view.forward(*view.baselines())
        total = torch.stack([v.sum(1) for v in values.values()]).sum(0)
    return Attribution(values, change - total, change)
