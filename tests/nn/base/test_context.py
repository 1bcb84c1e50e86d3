"""Context of lines in the base: what it adds, what absence means, exact shares."""

import pytest
import torch

from mmdrp.nn.base.kernel import Kernel
from tests.nn.base.planted import World, mse, world
from tests.nn.base.test_kernel import fitted, halves

MEDIUM = "context:medium"


def grown(n: int = 240, seed: int = 0) -> World:
    """A world whose lines grow in three media, one of which shifts half of the tasks."""
    w = world(n=n, noise=1.0, seed=seed)
    g = torch.Generator().manual_seed(seed + 9)
    medium = torch.randint(0, 3, (n,), generator=g)
    w.y[:, ::2] += 1.5 * (medium == 1).float()[:, None]
    hot = torch.nn.functional.one_hot(medium, 3).float()
    present = torch.rand(n, generator=g) > 0.05
    return World({**w.inputs, MEDIUM: hot}, {**w.present, MEDIUM: present}, w.y)


def without(w: World) -> World:
    """The same world, no medium known."""
    return w._replace(present={**w.present, MEDIUM: torch.zeros_like(w.present[MEDIUM])})


def test_a_known_medium_helps_and_an_unknown_one_is_the_mean_of_training() -> None:
    train, test = halves(grown())
    told, untold = fitted(train, context_weight=0.3), fitted(train, context_weight=0.0)
    with_it = mse(told(test.inputs, test.present), test.y)
    blind = without(test)
    assert with_it < 0.95 * mse(untold(test.inputs, test.present), test.y)
    assert with_it < mse(told(blind.inputs, blind.present), test.y)
    mean = train.inputs[MEDIUM][train.present[MEDIUM]].mean(0).expand_as(test.inputs[MEDIUM])
    middle = {**test.inputs, MEDIUM: mean}
    everyone = {**test.present, MEDIUM: torch.ones_like(test.present[MEDIUM])}
    torch.testing.assert_close(
        told(middle, everyone), told(blind.inputs, blind.present), rtol=1e-4, atol=1e-4
    )


def test_permuted_media_are_worth_nothing() -> None:
    train, test = halves(grown(400))
    g = torch.Generator().manual_seed(1)
    order = torch.randperm(len(train.y), generator=g)
    shuffled = train._replace(inputs={**train.inputs, MEDIUM: train.inputs[MEDIUM][order]})
    untold = mse(fitted(train, context_weight=0.0)(test.inputs, test.present), test.y)
    assert mse(fitted(shuffled)(test.inputs, test.present), test.y) > 0.98 * untold


@pytest.mark.parametrize("rbf", [True, False])
def test_shares_add_up_with_every_part_on(rbf: bool) -> None:
    w = grown()
    base = fitted(w, rbf=rbf, context_weight=0.2).double()
    some = w.take(torch.arange(8))
    inputs = {s: x.double() for s, x in some.inputs.items()}
    for baseline in (None, {s: torch.zeros(x.shape[1]) for s, x in inputs.items()}):
        for task in (0, 1):
            parts = base.attribute(inputs, some.present, baseline, task)
            assert parts[MEDIUM].abs().sum() > 0
            total = torch.stack([p.sum(1) for p in parts.values()]).sum(0)
            start = {
                s: (torch.full_like(x, torch.nan) if baseline is None else torch.zeros_like(x))
                for s, x in inputs.items()
            }
            if baseline is None:
                start["tissue"] = base.product.share.expand_as(inputs["tissue"])
            moved = base(inputs, some.present) - base(start, some.present)
            torch.testing.assert_close(total, moved[:, task], rtol=1e-5, atol=1e-8)


def test_it_is_restored_without_data() -> None:
    w = grown()
    base = fitted(w)
    again = Kernel()
    again.load_state_dict(base.state_dict())
    assert torch.equal(again(w.inputs, w.present), base(w.inputs, w.present))
    assert not again.by_source[MEDIUM].rbf


def test_its_weight_goes_towards_leave_one_out() -> None:
    w = grown()
    given, half, free = (fitted(w, **o) for o in ({}, {"loo_share": 0.5}, {"weights": "loo"}))
    weights = [float(b.by_source[MEDIUM].weight) for b in (given, half, free)]
    assert weights[0] == pytest.approx(0.03)
    assert weights[0] < weights[1]
    assert weights[2] > 0.03
