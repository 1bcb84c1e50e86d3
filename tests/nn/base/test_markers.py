"""Single features: planted ones are found, none under permuted responses."""

import pytest
import torch
from torch import Tensor

from mmdrp.nn.base.markers import Candidates, Markers, SelectionPath, forward_select

N, P, T = 150, 200, 20
NOISE = 2.0


def fold_data(seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(N, 40, generator=g, dtype=torch.float64)
    K = (x - x.mean(0)) @ (x - x.mean(0)).T / 40
    z = torch.randn(N, P, generator=g, dtype=torch.float64)
    y = torch.randn(N, T, generator=g, dtype=torch.float64)
    y = y + 0.3 * x @ torch.randn(40, T, generator=g, dtype=torch.float64)
    return K, y - y.mean(0), z - z.mean(0)


def run(
    K: Tensor, y: Tensor, z: Tensor, tau: float = 4.0, steps: int = 6
) -> tuple[Tensor, SelectionPath]:
    candidates = Candidates.of(K, z, z.new_full((P,), tau), NOISE)
    return forward_select(candidates, y, y.new_ones(T), steps)


def test_planted_features_are_found_with_their_sign() -> None:
    K, y, z = fold_data()
    y[:, 2] += 2.0 * z[:, 11]
    y[:, 5] -= 2.0 * z[:, 30] - 1.5 * z[:, 31]
    rest, steps = run(K, y, z)
    keys = zip(steps.task.tolist(), steps.column.tolist(), strict=True)
    found = dict(zip(keys, steps.effect.tolist(), strict=True))
    assert 0.8 < found[2, 11] < 2.2  # shrunk by 1 - tau / |t|
    assert -2.2 < found[5, 30] < -0.8
    assert 0.5 < found[5, 31] < 1.7
    assert rest[:, 2].var() < 0.8 * y[:, 2].var()


def test_next_to_none_under_permuted_responses() -> None:
    """|t| > 4 by chance in P x T = 4,000 normal tests: 0.25 expected."""
    count = 0
    for seed in range(4):
        K, y, z = fold_data(seed)
        g = torch.Generator().manual_seed(100 + seed)
        count += len(run(K, y[torch.randperm(N, generator=g)], z)[1].task)
    assert count <= 4  # 1 expected among the four, more than 4 with probability 0.004


def test_effect_is_generalised_least_squares_then_shrunk() -> None:
    K, y, z = fold_data()
    y[:, 0] += 3 * z[:, 7]
    _, steps = run(K, y, z, steps=1)
    i = int((steps.task == 0).nonzero())
    V = K + NOISE * torch.eye(N, dtype=K.dtype)
    zV, col = torch.linalg.solve(V, z[:, 7]), y[:, 0]
    s2 = (col * torch.linalg.solve(V, col)).mean()
    t = zV @ col / (zV @ z[:, 7] * s2).sqrt()
    torch.testing.assert_close(steps.t[i], t)
    torch.testing.assert_close(steps.effect[i], zV @ col / (zV @ z[:, 7]) * (1 - 4 / t.abs()))


def test_effects_without_a_line_are_refits_without_it() -> None:
    K, y, z = fold_data()
    y[:, 0] += 3 * z[:, 7]
    K = K - K.mean(0) - K.mean(1, keepdim=True) + K.mean()
    _, steps = run(K, y, z, steps=1)
    i = int((steps.task == 0).nonzero())
    for line in (0, 17, 149):
        kept = torch.arange(N) != line
        design = torch.stack([torch.ones(N - 1, dtype=K.dtype), z[kept, 7]], dim=1)
        V = K[kept][:, kept] + NOISE * torch.eye(N - 1, dtype=K.dtype)
        VX = torch.linalg.solve(V, design)
        ones, slope = torch.linalg.solve(design.T @ VX, VX.T @ y[kept, 0])
        flat = torch.linalg.solve(V, torch.ones(N - 1, dtype=K.dtype))
        rest = y[kept, 0] - (flat @ y[kept, 0]) / flat.sum()
        centred = z[kept, 7] - (flat @ z[kept, 7]) / flat.sum()
        left = centred @ torch.linalg.solve(V, centred)
        s2 = rest @ torch.linalg.solve(V, rest) / (N - 1)
        t = slope.abs() * (left / s2).sqrt()
        torch.testing.assert_close(steps.without[line, i], slope * (1 - 4 / t))
        assert torch.isfinite(ones)


def test_share_measured_lowers_t() -> None:
    K, y, z = fold_data()
    y[:, 0] += z[:, 7]
    share = y.new_ones(T)
    tau = z.new_full((P,), 2.0)
    candidates = Candidates.of(K, z, tau, NOISE)
    full = forward_select(candidates, y, share, 1)[1]
    quarter = forward_select(candidates, y, share / 4, 1)[1]
    assert float(quarter.t[quarter.task == 0]) == pytest.approx(float(full.t[full.task == 0]) / 2)


def test_rare_mutations_and_their_complements_are_no_candidates() -> None:
    x = torch.zeros(50, 4, dtype=torch.float64)
    x[:4, 0] = 1
    x[:5, 1] = 1
    x[:46, 2] = 1
    x[:20, 3] = 1
    part = Markers("mutation")
    z = part.candidates(x, torch.ones(50, dtype=torch.bool), min_count=5)
    assert part.features.keep.tolist() == [1, 3]
    assert float(z[0, 0] - z[-1, 0]) == pytest.approx(1.0)  # an effect is per mutation
