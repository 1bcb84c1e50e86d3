"""Closed-form leave-one-out against the refit of every line."""

import pytest
import torch
from torch import Tensor

from mmdrp.nn.base.algebra.whitening import Whitening, leading
from mmdrp.nn.base.components import Components, Ridge

N, T = 18, 7


def fold_data() -> tuple[Tensor, Tensor]:
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
    K, y = fold_data()
    ridge = Ridge.of(centre(K))
    error = ridge.error(y - y.mean(0), torch.tensor([2.0], dtype=torch.float64))
    explicit = torch.stack([y[i] - refitted(K, y, 2.0, i) for i in range(N)])
    torch.testing.assert_close(error, explicit)


def weighted_refit(K: Tensor, y: Tensor, w: Tensor, penalty: float, i: int) -> Tensor:
    """Predict line i from all others by generalised least squares with a mean of its own."""
    o = torch.arange(N) != i
    inverse = torch.linalg.inv(K[o][:, o] + torch.diag(penalty / w[o]))
    mean = inverse.sum(0) @ y[o] / inverse.sum()
    out: Tensor = mean + K[i, o] @ inverse @ (y[o] - mean)
    return out


def test_leave_one_out_is_the_refit_with_weights_of_lines() -> None:
    K, y = fold_data()
    w = torch.linspace(0.4, 1.6, N, dtype=torch.float64)
    ridge, penalty = Ridge.of(K, w), torch.tensor([2.0], dtype=torch.float64)
    explicit = torch.stack([y[i] - weighted_refit(K, y, w, 2.0, i) for i in range(N)])
    torch.testing.assert_close(ridge.error(y, penalty), explicit)
    torch.testing.assert_close(next(ridge.errors(y, penalty)), explicit)
    dual, mean = ridge.fit(y, penalty)
    left = y - mean - K @ dual  # (K + penalty / w) dual = y - mean
    torch.testing.assert_close(left, dual * (2.0 / w)[:, None])


def test_equal_weights_are_no_weights() -> None:
    K, y = fold_data()
    K, y = centre(K), y - y.mean(0)
    ones = torch.ones(N, dtype=torch.float64)
    for count in (0, 3):
        plain = Components.choose(Ridge.of(K), y, count, [0.1, 1.0, 10.0])
        same = Components.choose(Ridge.of(K, ones), y, count, [0.1, 1.0, 10.0])
        for a, b in zip(plain.fit(Ridge.of(K), y), same.fit(Ridge.of(K, ones), y), strict=True):
            torch.testing.assert_close(a, b)
        torch.testing.assert_close(plain.error(Ridge.of(K), y), same.error(Ridge.of(K, ones), y))


def test_whitened_components_are_refitted_each_under_its_penalty() -> None:
    K, y = fold_data()
    w = torch.linspace(0.4, 1.6, N, dtype=torch.float64)
    ridge = Ridge.of(K, w)
    noise = torch.randn(N, T, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    whitening = Whitening.of(noise, w, 0.2)
    sigma = 0.2 * (w[:, None] * noise).T @ noise / N
    sigma = sigma + 4 * torch.diag(sigma.diagonal())
    half = whitening.loadings(torch.eye(T).double())
    torch.testing.assert_close(half.T @ half, sigma)
    torch.testing.assert_close(whitening.whitened(half), torch.eye(T).double())
    chosen = Components.choose(ridge, y, 2, [0.1, 1.0, 10.0], whitening, y - noise)
    L, R = chosen.directions, chosen.loadings
    torch.testing.assert_close(R @ L, torch.eye(2).double())
    error = chosen.error(ridge, y)
    for i in (0, 9):
        expected = weighted_refit(K, y - y @ L @ R, w, float(chosen.residual_penalty), i)
        for c, penalty in enumerate(chosen.penalty):
            part = weighted_refit(K, y @ L[:, [c]], w, float(penalty), i)
            expected = expected + part @ R[[c]]
        torch.testing.assert_close(error[i], y[i] - expected)
    z = y[:, [1]] - y[:, [1]].mean()
    alone = torch.zeros_like(y)
    alone[:, 3] = z[:, 0]
    got = chosen.error_of(ridge, z, torch.tensor([0]), torch.tensor([3]))[:, 0]
    torch.testing.assert_close(got, chosen.error(ridge, alone)[:, 3])


@pytest.mark.parametrize("tasks", [5, 3 * N])
def test_whitening_is_that_of_the_whole_covariance(tasks: int) -> None:
    """With more tasks than lines, too, where no matrix of tasks by tasks is made."""
    random = torch.Generator().manual_seed(3)
    noise, y = torch.randn(2, N, tasks, generator=random, dtype=torch.float64)
    sigma = 0.2 * noise.T @ noise / N + 0.8 * torch.diag((noise**2).mean(0))
    values, vectors = torch.linalg.eigh(sigma)
    inverse = (vectors / values.sqrt()) @ vectors.T
    whitening = Whitening.of(noise, None, 0.2)
    torch.testing.assert_close((whitening.whitened(y) ** 2).sum(1), ((y @ inverse) ** 2).sum(1))
    expected = inverse @ leading(y @ inverse, 3)
    found = whitening.directions(leading(whitening.whitened(y), 3))
    torch.testing.assert_close(found * (found * expected).sum(0).sign(), expected)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("tasks", [5, 3 * N])
def test_losses_over_all_tasks_are_the_sum_of_each(tasks: int, weighted: bool) -> None:
    K, _ = fold_data()
    y = torch.randn(N, tasks, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    w = torch.linspace(0.4, 1.6, N, dtype=torch.float64) if weighted else None
    ridge = Ridge.of(centre(K), w)
    grid = torch.tensor([0.1, 1.0, 10.0], dtype=torch.float64)
    y = y - y.mean(0)
    one = torch.stack(list(ridge.losses(y, grid)))
    torch.testing.assert_close(
        one, torch.stack([ridge.loss(e).sum() for e in ridge.errors(y, grid)])
    )


def test_components_are_refitted_each_under_its_penalty() -> None:
    K, y = fold_data()
    chosen = Components.choose(Ridge.of(centre(K)), y - y.mean(0), 2, [0.1, 1.0, 10.0])
    error = chosen.error(Ridge.of(centre(K)), y - y.mean(0))
    V = chosen.directions
    rest = y - y @ V @ V.T
    for i in range(N):
        expected = refitted(K, rest, float(chosen.residual_penalty), i)
        for c, penalty in enumerate(chosen.penalty):
            expected = expected + refitted(K, y @ V[:, [c]], float(penalty), i) @ V[:, [c]].T
        torch.testing.assert_close(error[i], y[i] - expected)


def test_penalties_are_those_of_least_error() -> None:
    K, y = fold_data()
    y = y - y.mean(0)
    grid = [0.01, 0.1, 1.0, 10.0, 100.0]
    ridge = Ridge.of(centre(K))
    chosen = Components.choose(ridge, y, 3, grid)
    for c in range(3):
        path_gradients = y @ chosen.directions[:, [c]]
        errors = [
            float((ridge.error(path_gradients, path_gradients.new_tensor([p])) ** 2).sum())
            for p in grid
        ]
        assert float(chosen.penalty[c]) == grid[errors.index(min(errors))]


def test_solve_is_ridge() -> None:
    K, y = fold_data()
    K, y = centre(K), y - y.mean(0)
    penalty = y.new_tensor([3.0])
    expected = torch.linalg.solve(K + 3 * torch.eye(N, dtype=K.dtype), y)
    torch.testing.assert_close(Ridge.of(K).solve(y, penalty), expected)


def test_a_single_column_in_one_task() -> None:
    K, y = fold_data()
    ridge = Ridge.of(centre(K))
    chosen = Components.choose(ridge, y - y.mean(0), 2, [0.1, 1.0, 10.0])
    z = y[:, [1]] - y[:, [1]].mean()
    alone = torch.zeros_like(y)
    alone[:, 3] = z[:, 0]
    expected = chosen.error(ridge, alone)[:, 3]
    got = chosen.error_of(ridge, z, torch.tensor([0]), torch.tensor([3]))[:, 0]
    torch.testing.assert_close(got, expected)
