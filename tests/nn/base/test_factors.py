"""Filling by factors is the same conditional expectation, under a covariance of a few factors."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from sklearn.decomposition import FactorAnalysis
from torch import Tensor

from mmdrp.nn.base.algebra import factors
from mmdrp.nn.base.algebra.factors import fill_by_factors
from mmdrp.nn.base.em_impute import FACTORS, fill, fill_around


def planted(n: int, t: int, k: int, share: float) -> tuple[Tensor, Tensor]:
    """Return responses of k factors and noise of sd .5, and what of them was measured."""
    g = torch.Generator().manual_seed(0)
    score, loading = (torch.randn(m, k, generator=g, dtype=torch.float64) for m in (n, t))
    full = score @ loading.T / k**0.5 + 0.5 * torch.randn(n, t, generator=g, dtype=torch.float64)
    return full - full.mean(0), torch.rand(n, t, generator=g) >= share


def fitted(rest: Tensor, k: int, rounds: int) -> tuple[Tensor, Tensor]:
    """Return loadings and variances after some rounds, by a record of the last step."""
    kept: list[tuple[Tensor, Tensor]] = []
    expect = factors._expect

    def record(x: Tensor, mask: Tensor, loadings: Tensor, psi: Tensor) -> tuple[Tensor, Tensor]:
        kept.append((loadings, psi))
        return expect(x, mask, loadings, psi)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(factors, "_expect", record)
        fill_by_factors(rest, k, rounds)
    return kept[-1]


def likelihood(rest: Tensor, loadings: Tensor, psi: Tensor) -> float:
    """Return the log density of what was measured, line by line."""
    sigma, total = loadings @ loadings.T + torch.diag(psi), 0.0
    for row in rest:
        seen = torch.isfinite(row)
        normal = torch.distributions.MultivariateNormal(
            row.new_zeros(int(seen.sum())), sigma[seen][:, seen]
        )
        total += float(normal.log_prob(row[seen]))  # type: ignore[no-untyped-call]
    return total


def test_every_round_makes_what_was_measured_likelier(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factors, "RIDGE", 1e-9)  # without a prior: the likelihood alone
    full, seen = planted(60, 12, 2, 0.3)
    rest = torch.where(seen, full, torch.nan)
    steps = [likelihood(rest, *fitted(rest, 2, rounds)) for rounds in range(6)]
    assert all(b >= a - 1e-9 for a, b in pairwise(steps))
    assert steps[-1] > steps[0] + 1


def test_without_gaps_it_is_factor_analysis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factors, "RIDGE", 1e-9)
    full, _ = planted(300, 8, 2, 0.0)
    loadings, psi = fitted(full, 2, 400)
    other = FactorAnalysis(2, tol=1e-10, max_iter=5000).fit(full.numpy())
    ours = (loadings @ loadings.T + torch.diag(psi)).numpy()
    np.testing.assert_allclose(ours, other.get_covariance(), atol=2e-3)


def test_gaps_are_their_expectation_given_the_rest_of_the_line() -> None:
    full, seen = planted(40, 9, 2, 0.4)
    rest = torch.where(seen, full, torch.nan)
    loadings, psi = fitted(rest, 2, 3)
    sigma = loadings @ loadings.T + torch.diag(psi)
    done = fill_by_factors(rest, 2, 3)
    assert torch.equal(done[seen], full[seen])
    for i in (0, 17):
        o, m = seen[i], ~seen[i]
        expected = sigma[m][:, o] @ torch.linalg.solve(sigma[o][:, o], full[i, o])
        torch.testing.assert_close(done[i, m], expected)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_many_drugs_are_filled_as_well_as_under_their_whole_covariance(dtype: torch.dtype) -> None:
    full, seen = planted(400, 120, 3, 0.25)
    rest = torch.where(seen, full, torch.nan).to(dtype)
    whole, few = fill(rest), fill(rest, largest=100)
    error = [float(((x - full)[~seen] ** 2).mean()) for x in (whole, few)]
    assert error[1] < 1.25 * error[0]
    assert error[1] < 0.5 * float((full[~seen] ** 2).mean())
    offset = torch.zeros_like(rest)
    around = fill_around(rest, offset, largest=100)
    shift = rest.nanmean(0)
    torch.testing.assert_close(
        around,
        torch.where(seen, rest, shift + fill_by_factors(rest - shift, FACTORS)),
    )


def test_drugs_measured_once_never_or_always_alike_are_survived() -> None:
    full, seen = planted(30, 10, 2, 0.2)
    seen[:, 0] = False
    seen[1:, 1] = False
    full[:, 2] = 0.0
    for k in (1, 40):
        assert torch.isfinite(fill_by_factors(torch.where(seen, full, torch.nan), k)).all()
