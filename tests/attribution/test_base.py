"""The base's part: against autograd, additive over methods, and for drugs never screened."""

import pytest
import torch
from torch import Tensor

from mmdrp.attribution.drug_structure.bits import kernel_shares
from mmdrp.attribution.methods.ablation import FeatureAblation
from mmdrp.attribution.methods.base_part import BasePart
from mmdrp.attribution.methods.gradients import DeepLift, InputXGradient, Saliency
from mmdrp.attribution.methods.integrated import Integrated
from mmdrp.attribution.methods.shapley import Shapley, exact, of_base
from mmdrp.errors import MmdrpError
from mmdrp.nn.base.drug import DrugKernel, PairBase
from mmdrp.nn.base.mean import Mean
from tests.attribution.networks import DIMS, kernel_base

BASE, INPUTS, PRESENT = kernel_base()
N = len(INPUTS["expression"])
ROWS = torch.arange(N)
GROUP = {s: torch.linspace(-1, 2, d).double() for s, d in DIMS.items()}
GROUP["tissue"] = torch.tensor([0.2, 0.5, 0.3]).double()
TASK = torch.tensor([0.0, 1.0, 0.0]).double()
MIXED = torch.tensor([0.3, -0.5, 1.4]).double()


def gradient(weights: Tensor) -> dict[str, Tensor]:
    leaves = {s: x.clone().requires_grad_() for s, x in INPUTS.items()}
    (BASE(leaves, PRESENT) @ weights).sum().backward()
    return {s: x.grad for s, x in leaves.items() if x.grad is not None}


@pytest.mark.parametrize("weights", [TASK, MIXED], ids=["task", "mixed"])
def test_slopes_equal_autograd(weights: Tensor) -> None:
    part = BasePart(BASE, INPUTS, PRESENT, {}, Saliency())
    found = part(weights, ROWS)
    for source, expected in gradient(weights).items():
        torch.testing.assert_close(found.values[source].double(), expected, rtol=1e-4, atol=1e-5)


def test_input_times_gradient_equals_autograd() -> None:
    found = BasePart(BASE, INPUTS, PRESENT, GROUP, InputXGradient())(TASK, ROWS)
    for source, expected in gradient(TASK).items():
        step = INPUTS[source] - GROUP[source]
        torch.testing.assert_close(
            found.values[source].double(), step * expected, rtol=1e-4, atol=1e-5
        )


@pytest.mark.parametrize("baseline", [{}, GROUP], ids=["mean", "group"])
@pytest.mark.parametrize("weights", [TASK, MIXED], ids=["task", "mixed"])
def test_integrated_gradients_add_up_from_any_baseline(
    baseline: dict[str, Tensor], weights: Tensor
) -> None:
    found = BasePart(BASE, INPUTS, PRESENT, baseline, Integrated())(weights, ROWS)
    assert float(found.gap.abs().max()) < 1e-5
    assert float(found.change.abs().max()) > 0.1
    assert not found.values["rppa"][:5].any()


def test_a_line_of_its_own_baseline_has_no_shares() -> None:
    found = BasePart(BASE, INPUTS, PRESENT, INPUTS, Integrated())(TASK, ROWS)
    assert all(float(v.abs().max()) < 1e-12 for v in found.values.values())


def test_rows_are_those_of_the_whole() -> None:
    part = BasePart(BASE, INPUTS, PRESENT, {}, Integrated())
    some = torch.tensor([7, 3, 29])
    whole, few = part(TASK, ROWS), part(TASK, some)
    for source, value in few.values.items():
        torch.testing.assert_close(value, whole.values[source][some], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("method", [DeepLift(), FeatureAblation()], ids=lambda m: m.name)
def test_what_has_no_form_for_the_base_says_so(method: DeepLift | FeatureAblation) -> None:
    with pytest.raises(MmdrpError, match=f"method={method.name}.*part=network"):
        BasePart(BASE, INPUTS, PRESENT, {}, method)
    assert BasePart(Mean().fit(INPUTS, PRESENT, torch.randn(N, 3)), INPUTS, PRESENT, {}, method)


def test_modality_values_of_the_base_equal_all_subsets() -> None:
    def told(inside: frozenset[str]) -> Tensor:
        here = {s: p if s in inside else torch.zeros_like(p) for s, p in PRESENT.items()}
        out: Tensor = BASE(INPUTS, here)
        return out

    expected = exact(list(INPUTS), told)
    for source, value in of_base(BASE, INPUTS, PRESENT).items():
        torch.testing.assert_close(value, expected[source], rtol=1e-8, atol=1e-10)
    found = BasePart(BASE, INPUTS, PRESENT, {}, Shapley())(TASK, ROWS)
    assert float(found.gap.abs().max()) < 1e-5
    assert not found.values["rppa"][:5].any()


def drugs() -> tuple[PairBase, DrugKernel, Tensor]:
    draw = torch.Generator().manual_seed(1)
    known = (torch.rand(3, 40, generator=draw) < 0.4).double()
    kernel = DrugKernel().fit(BASE.mean, known).double()
    return PairBase(BASE, kernel), kernel, (torch.rand(1, 40, generator=draw) < 0.4).double()


def test_an_unseen_drug_is_a_weighted_sum_of_the_screened_ones() -> None:
    pair, kernel, counts = drugs()
    eye = torch.eye(3).double()
    weights = (kernel(eye, counts) - kernel(torch.zeros_like(eye), counts))[:, 0]
    own = BASE(INPUTS, PRESENT)
    predicted = pair(INPUTS, PRESENT, counts)[:, 0]
    rest = predicted - own @ weights
    torch.testing.assert_close(rest, rest[:1].expand(N))  # all that is left is one constant
    found = BasePart(BASE, INPUTS, PRESENT, {}, Integrated())(weights, ROWS)
    start = {s: torch.full_like(x, torch.nan) for s, x in INPUTS.items()}
    start["tissue"] = BASE.product.share.expand(N, -1)
    change = predicted - pair(start, PRESENT, counts)[:, 0]
    total = torch.stack([v.sum(1) for v in found.values.values()]).sum(0)
    torch.testing.assert_close(total.double(), change, rtol=1e-4, atol=1e-5)


def test_bits_of_an_unseen_drug_add_up_to_its_difference_from_the_average_one() -> None:
    _, kernel, counts = drugs()
    own, start = BASE(INPUTS, PRESENT), kernel.X_fit_.mean(0)
    shares = kernel_shares(kernel, own, start, counts[0])
    ends = kernel(own, torch.stack([counts[0], start]))
    torch.testing.assert_close(shares.sum(1), ends[:, 0] - ends[:, 1], rtol=1e-6, atol=1e-9)
    same = start == counts[0]
    assert not shares[:, same].any()
