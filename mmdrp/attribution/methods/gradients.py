"""Methods other than integrated gradients that go back through the layers, all factored."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import NoneType
from typing import Annotated

import captum.attr
import torch
from captum.attr._core import deep_lift
from torch import Tensor, nn

from mmdrp.attribution.methods.integrated import (
    At,
    Attribution,
    carried,
    mean_of,
    stepped,
)
from mmdrp.attribution.methods.projected import HeadModule, ProjectedNetwork
from mmdrp.errors import MmdrpError
from mmdrp.nn.fusion import ConcatFusion, MeanFusion
from mmdrp.options import Draws, Range


class Saliency:
    """The size of the gradient at the input (Simonyan et al. 2013), per standard deviation."""

    name, complete = "saliency", False
    base: At | None = "input"

    def __call__(self, view: ProjectedNetwork) -> Attribution:
        """Return gradients, signed: their size is taken once the base's are added."""
        values = carried(view, slopes(view))
        return Attribution(values, torch.full((len(view),), torch.nan), view.change())


class InputXGradient:
    """(input - baseline) times the gradient at the input (Shrikumar et al. 2016)."""

    name, complete = "input_x_gradient", False
    base: At | None = "input"

    def __call__(self, view: ProjectedNetwork) -> Attribution:
        """Return shares; they add up only where the network is linear."""
        return Attribution.summed(stepped(view, slopes(view)), view.change())


class DeepLift:
    """DeepLift's rescale rule (Shrikumar et al. 2017), by Captum over ``trunk``.

    A linear layer hands multipliers on by its weight, so the projection needs no pass of its own.
    """

    name, complete = "deeplift", True
    base: At | None = None

    def __call__(self, view: ProjectedNetwork) -> Attribution:
        """Return shares; raises MmdrpError for a network with products of activations."""
        if not view.sources:
            return Attribution.summed({}, view.change())
        for fusion in (view.net.fusion, view.net.cell_fusion):
            if not isinstance(fusion, ConcatFusion | MeanFusion | NoneType):
                raise MmdrpError(
                    f"method=deeplift: {type(fusion).__name__} multiplies activations, for which "
                    "the rule has no rescaling; use method=ig, or train with fusion=concat or "
                    "fusion=mean"
                )
        method = captum.attr.DeepLift(HeadModule(view), multiply_by_inputs=False)
        with _every_activation():
            multipliers = method.attribute(
                tuple(h.detach().requires_grad_() for h in view.tensors()),
                baselines=tuple(h.detach().clone() for h in view.baselines()),
            )
        return Attribution.summed(stepped(view, multipliers), view.change())


class GradientShap:
    """Expected gradients (Erion et al. 2021) over baselines drawn among the baseline's lines.

    Draws are the same for every line: ``samples`` pairs of a baseline and a point on its path, the
    points spread evenly. Shares add up to the prediction minus the mean over the baselines drawn,
    but for the error of sampling.
    """

    name, complete = "gradient_shap", False
    base: At | None = "draws"

    def __init__(self, samples: Draws = 64, seed: Annotated[int, Range(least=0)] = 0) -> None:
        self.samples, self.seed = samples, seed

    def draws(self, lines: int) -> tuple[list[int], list[float]]:
        """Return which of ``lines`` baselines and which point of its path each sample takes."""
        draw = torch.Generator().manual_seed(self.seed)
        place = torch.rand(self.samples, generator=draw) + torch.arange(self.samples)
        which = torch.randperm(self.samples, generator=draw) % max(1, lines)
        return which.tolist(), (place / self.samples).tolist()

    def __call__(self, view: ProjectedNetwork) -> Attribution:
        """Attribute with the view's one baseline, at this method's points of its path."""
        return mean_of([at_point(view, point) for point in self.draws(1)[1]])


def at_point(view: ProjectedNetwork, point: float) -> Attribution:
    """Return (x - baseline) times the gradient at a point of the path, (n, kept)."""
    if not view.sources:
        return Attribution.summed({}, view.change())
    h = tuple(
        (a + point * (b - a)).detach().requires_grad_()
        for a, b in zip(view.baselines(), view.tensors(), strict=True)
    )
    gradients = torch.autograd.grad(view.forward(*h).sum(), h)
    return Attribution.summed(stepped(view, gradients), view.change())


def slopes(view: ProjectedNetwork) -> tuple[Tensor, ...]:
    """Return the gradients by the projections at the input, (n, hidden) each, by Captum."""
    if not view.sources:
        return ()
    method = captum.attr.Saliency(view.forward)
    inputs = tuple(h.detach().requires_grad_() for h in view.tensors())
    gradients: tuple[Tensor, ...] = method.attribute(inputs, abs=False)
    return gradients


@contextmanager
def _every_activation() -> Iterator[None]:
    """Let Captum rescale the smooth activations as well.

    The rule is that of any function of one number; Captum would pass their plain gradients on
    without a word.
    """
    before = dict(deep_lift.SUPPORTED_NON_LINEAR)
    for kind in (nn.SiLU, nn.GELU, nn.Mish, nn.Hardswish, nn.SELU):
        deep_lift.SUPPORTED_NON_LINEAR.setdefault(kind, deep_lift.nonlinear)
    try:
        with warnings.catch_warnings():
            # Captum warns on every call that it sets hooks and takes them away again.
            warnings.filterwarnings("ignore", "Setting forward, backward hooks", UserWarning)
            yield
    finally:
        deep_lift.SUPPORTED_NON_LINEAR.clear()
        deep_lift.SUPPORTED_NON_LINEAR.update(before)
