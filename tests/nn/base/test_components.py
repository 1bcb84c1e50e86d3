"""Closed-form leave-one-out against the refit of every line."""

import torch
from torch import Tensor

from mmdrp.nn.base.components import Components, Ridge

N, T = 18, 7


def problem() -> tuple[Tensor, Tensor]:
    g = torch.Generator().manual_seed(1)
    x = torch.randn(N, 5, generator=g, dtype=torch.float64)
    y = x[:, :2] @ torch.randn(2, T, generator=g, dtype=torch.float64)
    y = y + 0.3 * torch.randn(N, T, generator=g, dtype=torch.float64) + 4
    return x @ x.T, y


def centre(K: Tensor) -> Tensor:
    return K - K.mean(0) - K.mean(1, keepdim=True) + K.mean()


def refitted(K: Tensor, y: Tensor, penalty: float, i: int) -> Tensor:
    """Predict line i from all others: their mean and their own centring of the kernel."""
    others = torch.arange(N) != i
    inner = K[others][:, others]
    cross = K[i, others] - K[i, others].mean() - inner.mean(0) + inner.mean()
    mean = y[others].mean(0)
    eye = penalty * torch.eye(N - 1, dtype=K.dtype)
    out: Tensor = mean + cross @ torch.linalg.solve(centre(inner) + eye, y[others] - mean)
    return out


def test_leave_one_out_is_the_refit() -> None:
    K, y = problem()
    ridge = Ridge.of(centre(K))
    error = ridge.error(y - y.mean(0), torch.tensor([2.0], dtype=torch.float64))
    explicit = torch.stack([y[i] - refitted(K, y, 2.0, i) for i in range(N)])
    torch.testing.assert_close(error, explicit)


def test_components_are_refitted_each_under_its_penalty() -> None:
    K, y = problem()
    chosen = Components.choose(Ridge.of(centre(K)), y - y.mean(0), 2, [0.1, 1.0, 10.0])
    error = chosen.error(Ridge.of(centre(K)), y - y.mean(0))
    V = chosen.directions
    rest = y - y @ V @ V.T
    for i in range(N):
        expected = refitted(K, rest, float(chosen.rest), i)
        for c, penalty in enumerate(chosen.penalty):
            expected = expected + refitted(K, y @ V[:, [c]], float(penalty), i) @ V[:, [c]].T
        torch.testing.assert_close(error[i], y[i] - expected)


def test_penalties_are_those_of_least_error() -> None:
    K, y = problem()
    y = y - y.mean(0)
    grid = [0.01, 0.1, 1.0, 10.0, 100.0]
    ridge = Ridge.of(centre(K))
    chosen = Components.choose(ridge, y, 3, grid)
    for c in range(3):
        along = y @ chosen.directions[:, [c]]
        errors = [float((ridge.error(along, along.new_tensor([p])) ** 2).sum()) for p in grid]
        assert float(chosen.penalty[c]) == grid[errors.index(min(errors))]


def test_solve_is_ridge() -> None:
    K, y = problem()
    K, y = centre(K), y - y.mean(0)
    penalty = y.new_tensor([3.0])
    expected = torch.linalg.solve(K + 3 * torch.eye(N, dtype=K.dtype), y)
    torch.testing.assert_close(Ridge.of(K).solve(y, penalty), expected)


def test_a_single_column_in_one_task() -> None:
    K, y = problem()
    ridge = Ridge.of(centre(K))
    chosen = Components.choose(ridge, y - y.mean(0), 2, [0.1, 1.0, 10.0])
    z = y[:, [1]] - y[:, [1]].mean()
    alone = torch.zeros_like(y)
    alone[:, 3] = z[:, 0]
    expected = chosen.error(ridge, alone)[:, 3]
    got = chosen.error_of(ridge, z, torch.tensor([0]), torch.tensor([3]))[:, 0]
    torch.testing.assert_close(got, expected)
