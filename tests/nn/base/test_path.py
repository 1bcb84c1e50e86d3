"""Exact attribution against Captum's, and completeness."""

import pytest
import torch
from captum.attr import IntegratedGradients
from torch import Tensor

from mmdrp.nn.base.kernel import Kernel
from tests.nn.base.planted import World, world


def base_of(w: World, rbf: bool = True) -> Kernel:
    base = Kernel(
        weights={"expression": 1.0, "mutation": 0.1},
        marker_threshold={"expression": 3.5, "mutation": 4.0},
        rbf=rbf,
        penalties=(0.01, 100.0, 20),
    )
    return base.fit(w.inputs, w.present, w.y).double()


def ask(w: World) -> tuple[World, dict[str, Tensor]]:
    some = w.take(torch.arange(6))
    inputs = {s: x.double() for s, x in some.inputs.items()}
    baseline = {s: w.inputs[s][6].double() for s in inputs}
    return some._replace(inputs=inputs), baseline


@pytest.mark.parametrize("rbf", [True, False])
def test_equals_captum_with_many_steps(rbf: bool) -> None:
    w = world(absent=0.15)
    base, (some, baseline) = base_of(w, rbf), ask(w)
    names = list(some.inputs)

    def predict(*tables: Tensor) -> Tensor:
        times = len(tables[0]) // 6
        here = {s: some.present[s].repeat(times) for s in names}
        out: Tensor = base(dict(zip(names, tables, strict=True)), here)
        return out

    for task in (0, 5):
        got = base.attribute(some.inputs, some.present, baseline, task)
        expected = IntegratedGradients(predict).attribute(
            tuple(some.inputs[s] for s in names),
            tuple(baseline[s].expand_as(some.inputs[s]) for s in names),
            target=task, n_steps=100, method="gausslegendre",
        )  # fmt: skip
        for s, values in zip(names, expected, strict=True):
            torch.testing.assert_close(got[s], values, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("rbf", [True, False])
def test_shares_add_up_to_the_difference(rbf: bool) -> None:
    w = world(absent=0.15)
    base, (some, baseline) = base_of(w, rbf), ask(w)
    start = {s: x.expand_as(some.inputs[s]) for s, x in baseline.items()}
    moved = base(some.inputs, some.present) - base(start, some.present)
    for task in range(4):
        parts = base.attribute(some.inputs, some.present, baseline, task)
        total = sum(p.sum(1) for p in parts.values())
        assert isinstance(total, Tensor)
        torch.testing.assert_close(total, moved[:, task], rtol=1e-6, atol=1e-9)


def test_the_training_mean_is_the_default_start() -> None:
    w = world(absent=0.0)
    base, (some, _) = base_of(w), ask(w)
    mean = {s: x.double().mean(0) for s, x in w.inputs.items()}
    for s, x in base.attribute(some.inputs, some.present, None, 1).items():
        given = base.attribute(some.inputs, some.present, mean, 1)[s]
        torch.testing.assert_close(x, given, rtol=1e-4, atol=1e-5)


def test_absent_and_unmeasured_values_have_no_share() -> None:
    w = world(absent=0.3)
    base, (some, baseline) = base_of(w), ask(w)
    some.inputs["expression"][:, 2] = torch.nan
    parts = base.attribute(some.inputs, some.present, baseline, 0)
    assert not parts["expression"][:, 2].any()
    for s, x in parts.items():
        assert torch.isfinite(x).all()
        assert not x[~some.present[s]].any()
