"""Intervals: coverage where errors differ by drug, line and level; what is unlike training."""

import pytest
import torch

from mmdrp.nn.base.kernel import Kernel
from mmdrp.nn.base.mean import Mean
from mmdrp.nn.base.spread import PROBABILITIES, Spread, between, nearest
from mmdrp.nn.interval import Intervals
from tests.nn.base.planted import World, world
from tests.nn.base.test_kernel import fitted, halves


def uneven(n: int = 900, seed: int = 0) -> World:
    """A world in which some drugs are noisier, and noise grows with the response."""
    w = world(n=n, tasks=10, noise=0.0, gaps=0.0, seed=seed)
    g = torch.Generator().manual_seed(seed + 1)
    z = (w.y - w.y.mean(0)) / w.y.std(0)
    sd = torch.linspace(0.3, 1.5, 10) * torch.exp(0.4 * z)
    w.y.add_(sd * torch.randn(w.y.shape, generator=g))
    w.y[torch.rand(w.y.shape, generator=g) < 0.2] = torch.nan
    return w


def intervals_of(base: Kernel | Mean, w: World) -> Intervals:
    intervals = Intervals()
    intervals.fit(base, None, w.inputs, w.present, w.y)
    return intervals


def test_intervals_hold_as_often_as_they_say() -> None:
    train, test = halves(uneven())
    base = fitted(train)
    intervals, pred = intervals_of(base, train), base(test.inputs, test.present)
    seen = torch.isfinite(test.y)
    for level in (0.5, 0.8, 0.9, 0.95):
        found = intervals.of_lines(base, test.inputs, test.present, pred, level)
        inside = ((test.y >= found.lower) & (test.y <= found.upper))[seen].float().mean()
        assert float(inside) == pytest.approx(level, abs=0.04)


def test_they_are_wide_where_errors_are_large() -> None:
    train, test = halves(uneven())
    base = fitted(train)
    pred = base(test.inputs, test.present)
    found = intervals_of(base, train).of_lines(base, test.inputs, test.present, pred, 0.9)
    mean = found.sd.mean(0)
    assert float(mean[-1]) > 2 * float(mean[0])  # by drug
    error = (test.y - pred).abs()
    for j in range(10):  # within a drug, by the response itself
        seen = torch.isfinite(error[:, j])
        high = pred[seen, j] > pred[seen, j].median()
        assert found.sd[seen, j][high].mean() > found.sd[seen, j][~high].mean()


def test_the_place_of_a_response_says_which_intervals_hold_it() -> None:
    train, test = halves(uneven(300))
    base = fitted(train)
    intervals, pred = intervals_of(base, train), base(test.inputs, test.present)
    seen = torch.isfinite(test.y)
    for level in (0.5, 0.77, 0.9):
        found = intervals.of_lines(base, test.inputs, test.present, pred, level, test.y)
        inside = (test.y >= found.lower) & (test.y <= found.upper)
        placed = (found.pit - 0.5).abs() <= level / 2
        assert bool((inside == placed)[seen].float().mean() > 0.999)  # but for rounding
        assert bool((torch.isfinite(found.pit) == seen).all())


def test_a_drug_that_nobody_measured_has_the_pooled_spread() -> None:
    w = world(n=60, tasks=4)
    y = w.y.clone()
    y[:, 2] = torch.nan
    spread = Spread().fit(y, torch.full_like(y, 3.0))
    pooled = torch.nansum((y - 3.0) ** 2) / torch.isfinite(y).sum()
    assert float(spread.variance[2]) == pytest.approx(float(pooled), rel=1e-4)
    assert bool(torch.isfinite(spread(torch.full_like(y, 3.0))).all())


def test_levels_lie_between_the_quantiles_that_are_kept() -> None:
    quantiles = torch.tensor(PROBABILITIES)[:, None]  # those of a uniform distribution
    for level in (0.01, 0.33, 0.9, 0.985):
        low, high = between(quantiles, level)[:, 0].tolist()
        assert low == pytest.approx((1 - level) / 2, abs=1e-6)
        assert high == pytest.approx((1 + level) / 2, abs=1e-6)
    assert between(quantiles, 0.9999)[:, 0].tolist() == pytest.approx([0.005, 0.995])


def test_samples_unlike_training_are_outside() -> None:
    train, test = halves(world(n=200, absent=0.0))
    base = fitted(train)
    intervals = intervals_of(base, train)
    pred = base(test.inputs, test.present)
    near = intervals.of_lines(base, test.inputs, test.present, pred, 0.9).outside
    assert float(near.float().mean()) < 0.1
    far = {**test.inputs, "expression": 20 * torch.randn_like(test.inputs["expression"])}
    away = intervals.of_lines(base, far, test.present, base(far, test.present), 0.9).outside
    assert bool(away.all())
    known = intervals.of_lines(base, train.inputs, train.present,
                               base(train.inputs, train.present), 0.9)  # fmt: skip
    assert not bool(known.outside.any())


def test_the_radius_is_that_of_almost_all_lines() -> None:
    x = torch.cat([torch.arange(199.0), torch.tensor([1000.0])])
    assert 1.0 <= float(nearest((x[:, None] - x) ** 2)) < 801.0**2
    assert float(nearest(torch.zeros(1, 1))) == float("inf")


@pytest.mark.parametrize("rbf", [True, False])
def test_distance_is_that_of_the_kernel(rbf: bool) -> None:
    w = world(n=40, absent=0.2)
    base = fitted(w, rbf=rbf, tissue=0.0)
    K = base.kernel(w.inputs, w.present)
    expected = K.diagonal()[:, None] + K.diagonal() - 2 * K
    distance = base.distance(w.inputs, w.present)
    torch.testing.assert_close(distance, expected, rtol=1e-3, atol=1e-3)


def test_the_mean_has_intervals_too_and_a_state_brings_them_back() -> None:
    w = world(n=100)
    base = Mean().fit(w.inputs, w.present, w.y)
    intervals = intervals_of(base, w)
    pred = base(w.inputs, w.present)
    found = intervals.of_lines(base, w.inputs, w.present, pred, 0.8, w.y.nan_to_num())
    seen = torch.isfinite(w.y)
    inside = ((w.y >= found.lower) & (w.y <= found.upper))[seen].float().mean()
    assert float(inside) == pytest.approx(0.8, abs=0.03)
    again = Intervals()
    again.load_state_dict(intervals.state_dict())
    same = again.of_lines(base, w.inputs, w.present, pred, 0.8, w.y.nan_to_num())
    assert all(torch.equal(a, b) for a, b in zip(found, same, strict=True))


def test_a_state_of_before_has_none() -> None:
    none = Intervals()
    none.load_state_dict({})
    assert not none.known
