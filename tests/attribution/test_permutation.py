"""Empirical p: uniform where nothing is planted, small where something is."""

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from mmdrp.attribution.significance.permutation import (
    Refit,
    p_values,
    shuffled,
    significance,
)
from mmdrp.nn.base.kernel import Kernel

N, P = 60, 40


def study(seed: int) -> tuple[Kernel, dict[str, Tensor], dict[str, Tensor], Tensor]:
    draw = torch.Generator().manual_seed(seed)
    inputs = {
        "expression": torch.randn(N, P, generator=draw),
        "mutation": (torch.rand(N, 15, generator=draw) < 0.3).float(),
    }
    present = {s: torch.ones(N, dtype=torch.bool) for s in inputs}
    y = torch.randn(N, 1, generator=draw)
    options = {"expression": 3.5, "mutation": 4.0}
    base = Kernel({"expression": 1.0, "mutation": 0.2}, marker_threshold=options, components=1)
    return base, inputs, present, y


def test_p_is_uniform_where_responses_have_nothing_to_do_with_features() -> None:
    found: dict[str, list[float]] = {"expression": [], "mutation": []}
    for seed in range(60):
        base, inputs, present, y = study(seed)
        base.fit(inputs, present, y)
        refit = Refit.of(base, inputs, present)
        out = significance(refit, inputs, present, y[:, 0], torch.arange(N), 60, seed)
        for source, (p, _) in out.items():
            # One feature per study: features of one study are not independent of each other.
            found[source].append(float(p[np.flatnonzero(np.isfinite(p))[seed % 5]]))
    for values in found.values():
        assert stats.kstest(values, "uniform").pvalue > 0.05


def test_a_planted_feature_is_significant_and_hardly_any_other() -> None:
    base, inputs, present, y = study(3)
    y = y + 1.5 * inputs["expression"][:, [7]] - 2.0 * inputs["mutation"][:, [2]]
    base.fit(inputs, present, y)
    refit = Refit.of(base, inputs, present)
    some = torch.arange(5, N)
    out = significance(refit, inputs, present, y[some, 0], some, 200)
    assert out["expression"][1][7] < 0.05
    assert out["mutation"][1][2] < 0.05
    q = np.concatenate([q for _, q in out.values()])
    assert (q < 0.05).sum() <= 3


def test_rare_mutations_are_not_tested() -> None:
    base, inputs, present, y = study(0)
    inputs["mutation"][:, 0] = 0.0
    inputs["mutation"][:2, 0] = 1.0
    base.fit(inputs, present, y)
    refit = Refit.of(base, inputs, present)
    out = significance(refit, inputs, present, y[:, 0], torch.arange(N), 20)
    assert np.isnan(out["mutation"][0][0])
    assert np.isnan(out["mutation"][1][0])
    assert np.isfinite(out["mutation"][0][1:]).all()


def test_p_counts_scores_at_least_as_large() -> None:
    null = torch.tensor([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
    p = p_values(torch.tensor([2.5, 100.0]), null, torch.tensor([True, True]))
    assert p[0] == pytest.approx((2 + 1) / 7)  # the 3 of either feature, on one scale
    assert p[1] == pytest.approx(1 / 7)
    assert np.isnan(p_values(torch.tensor([1.0, 1]), null, torch.tensor([True, False]))[1])


def test_shuffles_keep_groups_and_begin_with_the_truth() -> None:
    y = torch.arange(8.0)
    groups = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    orders = shuffled(y, 30, 0, groups)
    assert orders.shape == (8, 31)
    assert torch.equal(orders[:, 0], y)
    assert (orders[:4] < 4).all()
    assert torch.equal(orders.sort(0).values, y[:, None].expand(8, 31))
    assert len({tuple(c) for c in orders.T.tolist()}) > 20
    assert (shuffled(y, 30, 0, None)[:4] >= 4).any()
