"""Filling is a conditional expectation under one Gaussian."""

import numpy as np
import torch
from torch import Tensor

from mmdrp.nn.base.em_impute import fill, fill_around


def gappy(n: int, t: int, share: float, seed: int = 0) -> tuple[Tensor, Tensor]:
    g = torch.Generator().manual_seed(seed)
    root = torch.randn(t, t, generator=g, dtype=torch.float64)
    full = torch.randn(n, t, generator=g, dtype=torch.float64) @ root
    seen = torch.rand(n, t, generator=g) >= share
    return full - full.mean(0), seen


def brute(rest: np.ndarray, rounds: int, shrink: float) -> np.ndarray:
    """Each entry of each line by itself, straight from the formulas of the multivariate normal."""
    seen = np.isfinite(rest)
    x = np.where(seen, rest, 0.0)
    variance = (x**2).sum(0) / seen.sum(0)
    S = np.diag(np.maximum(variance, 1e-3 * variance.mean() + 1e-12))
    for _ in range(rounds):
        spread = np.zeros_like(S)
        for i, o in enumerate(seen):
            m = ~o
            inverse = np.linalg.pinv(S[np.ix_(o, o)])
            x[i, m] = S[np.ix_(m, o)] @ inverse @ rest[i, o]
            spread[np.ix_(m, m)] += S[np.ix_(m, m)] - S[np.ix_(m, o)] @ inverse @ S[np.ix_(o, m)]
        S = (x.T @ x + spread) / len(x)
        S = (1 - shrink) * S + shrink * np.diag(np.diag(S))
    return x


def test_equals_brute_force() -> None:
    for share in (0.2, 0.7):  # gaps smaller, and larger, than what is measured
        full, seen = gappy(25, 6, share)
        rest = torch.where(seen, full, torch.nan)
        expected = brute(rest.numpy(), 4, 0.3)
        np.testing.assert_allclose(fill(rest).numpy(), expected, rtol=1e-8, atol=1e-8)


def test_measured_values_stay() -> None:
    full, seen = gappy(30, 8, 0.3)
    torch.testing.assert_close(fill(torch.where(seen, full, torch.nan))[seen], full[seen])


def test_better_than_the_mean_where_drugs_go_together() -> None:
    full, seen = gappy(300, 10, 0.2)
    filled = fill(torch.where(seen, full, torch.nan), shrink=0.05)  # no noise: little to shrink
    assert ((filled - full)[~seen] ** 2).mean() < 0.5 * (full[~seen] ** 2).mean()


def test_drugs_measured_once_or_never_are_survived() -> None:
    full, seen = gappy(30, 6, 0.2)
    seen[:, 0] = False
    seen[1:, 1] = False
    assert torch.isfinite(fill(torch.where(seen, full, torch.nan))).all()


def test_around_a_guess_gaps_follow_it_and_what_is_left_follows_the_other_drugs() -> None:
    full, seen = gappy(40, 6, 0.3)
    seen[:, 5] = False  # nobody measured it: the guess is all that is known
    offset = 3 * torch.randn(40, 6, generator=torch.Generator().manual_seed(9), dtype=torch.float64)
    y = torch.where(seen, full + offset, torch.nan)
    done = fill_around(y, offset)
    assert torch.equal(done[seen], y[seen])
    left = (y - offset)[:, :5]
    shift = left.nanmean(0)
    np.testing.assert_allclose(done[:, :5] - offset[:, :5], fill(left - shift) + shift)
    torch.testing.assert_close(done[:, 5], offset[:, 5])
