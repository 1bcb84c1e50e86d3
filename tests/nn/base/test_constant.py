"""Responses and features that say nothing: a constant is its own prediction, nothing is divided."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from mmdrp.nn.base.fitted import Base
from mmdrp.nn.base.kernel import Kernel
from mmdrp.nn.base.mean import Mean, MeanEffects
from mmdrp.nn.base.ridge import RidgeKernel
from mmdrp.nn.scale import ResponseScale
from tests.nn.base.planted import World, world

BASES: dict[str, Callable[[], Base]] = {
    "kernel": Kernel, "float32": lambda: Kernel(dtype="float32"), "ridge": RidgeKernel,
    "loo": lambda: Kernel(weights="loo"), "mean": Mean, "mean effects": MeanEffects,
}  # fmt: skip


def fitted(make: Callable[[], Base], w: World) -> tuple[Base, Tensor]:
    base = make().fit(w.inputs, w.present, w.y)
    pred = base(w.inputs, w.present)
    for values in (pred, base.leave_one_out, base.imputed_response):
        assert bool(torch.isfinite(values).all())
    return base, pred


@pytest.mark.parametrize("gaps", [0.0, 0.2])
@pytest.mark.parametrize("base", BASES)
def test_a_drug_that_never_changes_is_predicted_by_its_constant(base: str, gaps: float) -> None:
    w = world(gaps=gaps)
    w.y[:, 4] = torch.where(torch.isfinite(w.y[:, 4]), 4.25, torch.nan)
    done, pred = fitted(BASES[base], w)
    torch.testing.assert_close(pred[:, 4], torch.full((120,), 4.25))
    torch.testing.assert_close(done.leave_one_out[:, 4], torch.full((120,), 4.25))
    shares = done.attribute(w.inputs, w.present, None, 4)
    assert max(float(x.abs().max()) for x in shares.values()) < 1e-6


@pytest.mark.parametrize("base", BASES)
def test_a_response_that_never_changes_is_its_constant(base: str) -> None:
    w = world()
    w.y[torch.isfinite(w.y)] = 1.5
    torch.testing.assert_close(fitted(BASES[base], w)[1], torch.full((120, 12), 1.5))


FLAWS: dict[str, Callable[[World], Any]] = {
    "one line measured": lambda w: w.y[1:, 4].fill_(torch.nan),
    "never measured": lambda w: w.y[:, 4].fill_(torch.nan),
    "two drugs alike": lambda w: w.y[:, 4].copy_(w.y[:, 5]),
    "two lines alike": lambda w: [x[3].copy_(x[4]) for x in (*w.inputs.values(), w.y)],
    "features of zeros": lambda w: [x.zero_() for x in w.inputs.values()],
    "features all the same": lambda w: w.inputs["expression"].fill_(3.5),
    "nobody has any": lambda w: [p.fill_(False) for p in w.present.values()],
    "large": lambda w: w.y.mul_(1e12),
    "small": lambda w: w.y.mul_(1e-12),
    "one drug large": lambda w: w.y[:, 4].mul_(1e12),
}


@pytest.mark.parametrize("flaw", FLAWS)
@pytest.mark.parametrize("base", BASES)
def test_what_says_nothing_breaks_nothing(base: str, flaw: str) -> None:
    w = world()
    FLAWS[flaw](w)
    fitted(BASES[base], w)


def test_what_a_network_adds_to_a_constant_is_nothing() -> None:
    y = torch.randn(50, 3)
    y[:, 1] = 7.0
    scale = ResponseScale(3).fit(y)
    out = scale(torch.randn(8, 3))
    assert bool((out[:, 1] == 7.0).all())
    assert (out.std(0) > 0.1).tolist() == [True, False, True]
    assert scale.spread[0] == ResponseScale(3).fit(y[:, [0, 2, 1]]).spread[0]
    again = ResponseScale(3)
    again.load_state_dict(scale.state_dict())
    assert torch.equal(again.spread, scale.spread)
    assert ResponseScale(3).fit(torch.randn(50, 3)).spread.shape == ()
