"""Noise of lines and tasks: weights, what they are worth, and where they do nothing."""

import pytest
import torch
from torch import Tensor

from mmdrp.nn.base.kernel import Kernel
from mmdrp.nn.base.noise import line_weights
from tests.nn.base.planted import mse, world
from tests.nn.base.test_kernel import OPTIONS, PLAIN, fitted, halves


def test_weights_are_students() -> None:
    g = torch.Generator().manual_seed(0)
    error = torch.randn(9, 400, generator=g, dtype=torch.float64)
    error[0] *= 3.0
    seen = torch.ones(9, 400, dtype=torch.bool)
    weight = line_weights(error, seen, 2.0, 0.0)
    square = (error**2).mean(1)
    expected = 3 / (2 + square / square.median())
    torch.testing.assert_close(weight, expected / expected.mean())
    assert int(weight.argmin()) == 0


def test_what_was_not_measured_tells_nothing_of_a_line() -> None:
    error = torch.ones(4, 10)
    seen = torch.ones(4, 10, dtype=torch.bool)
    error[1, 5:], seen[1, 5:] = 100.0, False
    torch.testing.assert_close(line_weights(error, seen, 2.0, 0.0), torch.ones(4))
    half = line_weights(error, seen, None, 1.0)
    assert float(half[1] / half[0]) == pytest.approx(0.5)


def test_lines_without_error_count_alike() -> None:
    seen = torch.ones(3, 2, dtype=torch.bool)
    torch.testing.assert_close(line_weights(torch.zeros(3, 2), seen, 2.0, 0.5), torch.ones(3))


def noisy(seed: int) -> tuple[Tensor, Tensor]:
    """Return the error on unseen lines without and with line weights, a fifth of lines noisy."""
    w = world(n=240, gaps=0.1, seed=seed)
    train, test = halves(w)
    g = torch.Generator().manual_seed(seed)
    bad = torch.rand(len(train.y), generator=g) < 0.2
    train.y[bad] += 4 * torch.randn(int(bad.sum()), train.y.shape[1], generator=g)
    plain = fitted(train, **PLAIN)(test.inputs, test.present)
    robust = fitted(train, **{**PLAIN, "student": 2.0})(test.inputs, test.present)
    return torch.tensor(mse(plain, test.y)), torch.tensor(mse(robust, test.y))


def test_noisy_lines_are_learned_from_less() -> None:
    for seed in range(3):
        plain, robust = noisy(seed)
        assert robust < 0.97 * plain


@pytest.mark.parametrize("option", [{"student": None}, {"measured_power": 0.0}, {"correlated": 0.0},
                                    {"loo_share": 0.5}])  # fmt: skip
def test_every_part_has_its_switch(option: dict[str, float | None]) -> None:
    train, test = halves(world(n=150))
    one, two = (fitted(train, **o)(test.inputs, test.present) for o in ({}, option))
    assert torch.isfinite(two).all()
    assert not torch.equal(one, two)


def test_leave_one_out_equals_refits_with_weights_kept() -> None:
    """The held-out prediction is what the other lines, their weights kept, predict."""
    w = world(n=24, tasks=4, gaps=0.0, absent=0.0)
    options = {"marker_threshold": {}, "em_impute": False, "components": 0,
               "penalties": (1.0, 1.0, 1), **PLAIN, "student": 2.0}  # fmt: skip
    base = fitted(w, **options).double()
    first = fitted(w, **{**options, "student": None})
    weight = line_weights(w.y - first.leave_one_out, torch.isfinite(w.y), 2.0, 0.0).double()
    K = base.kernel(w.inputs, w.present)
    for i in (0, 11):
        o = torch.arange(24) != i
        inverse = torch.linalg.inv(K[o][:, o] + torch.diag(1 / weight[o]))
        y = w.y[o].double()
        mean = inverse.sum(0) @ y / inverse.sum()
        expected = mean + K[i, o] @ inverse @ (y - mean)
        torch.testing.assert_close(base.leave_one_out[i], expected, rtol=1e-3, atol=1e-3)


def test_a_state_of_before_loads() -> None:
    w = world()
    base = fitted(w, **PLAIN)
    state = {k: v for k, v in base.state_dict().items() if not k.startswith(("shift", "spread"))}
    again = Kernel(**{**OPTIONS, **PLAIN})
    again.load_state_dict(state)
    assert torch.equal(again(w.inputs, w.present), base(w.inputs, w.present))
