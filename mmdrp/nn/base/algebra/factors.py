"""Fill unmeasured responses by a few factors over drugs: for screens of thousands of drugs."""

import torch
from torch import Tensor

from mmdrp.nn.base.algebra.whitening import gram_vectors

ROUNDS = 6
RIDGE = 1.0
"""lines' worth of zero loadings that each drug is given"""
FLOOR = 0.01
"""of a drug's variance: what factors never explain"""
BLOCK = 512
"""lines or drugs at a time: 512 matrices of 40 x 40 are 3 MB in float32"""


def fill_by_factors(residual: Tensor, factors: int, rounds: int = ROUNDS) -> Tensor:
    """Fill the NaN of centred responses (n, t) by factor analysis of what was measured.

    Expectation maximisation (Rubin & Thayer 1982; Ghahramani & Hinton 1994 for gaps), from the
    leading singular vectors; time and memory grow with n t, not with t^2. ``factors`` is lowered to
    what n and t allow.
    """
    seen = torch.isfinite(residual)
    x = torch.where(seen, residual, 0.0)
    mask = seen.to(x.dtype)
    count = mask.sum(0).clamp(min=1)
    variance = (x**2).sum(0) / count
    floor = FLOOR * variance + 1e-6 * variance.mean() + 1e-12
    vectors, values = gram_vectors(x, min(factors, *x.shape))
    loadings = vectors * (values / len(x)).sqrt()
    psi = torch.maximum(variance - (loadings**2).sum(1), floor)
    for _ in range(rounds):
        score, spread = _expect(x, mask, loadings, psi)
        loadings, psi = _maximise(x, mask, score, spread, floor, count)
    score, _ = _expect(x, mask, loadings, psi)
    return torch.where(seen, x, score @ loadings.T)


def _expect(x: Tensor, mask: Tensor, loadings: Tensor, psi: Tensor) -> tuple[Tensor, Tensor]:
    """Return the factors of each line (n, k), and their covariance given what was measured."""
    k = loadings.shape[1]
    eye = torch.eye(k, dtype=x.dtype, device=x.device)
    outer = (loadings[:, :, None] * (loadings / psi[:, None])[:, None, :]).reshape(-1, k * k)
    pulled = x @ (loadings / psi[:, None])
    spread = torch.cat(
        [
            torch.cholesky_inverse(torch.linalg.cholesky((m @ outer).reshape(-1, k, k) + eye))
            for m in torch.split(mask, BLOCK)
        ]
    )
    return (spread @ pulled[:, :, None])[:, :, 0], spread


def _maximise(
    x: Tensor, mask: Tensor, score: Tensor, spread: Tensor, floor: Tensor, count: Tensor
) -> tuple[Tensor, Tensor]:
    """Return loadings (t, k) and variances (t,) by regression of each drug on the factors."""
    n, k = score.shape
    square = (spread + score[:, :, None] * score[:, None, :]).reshape(n, k * k)
    eye = RIDGE * torch.eye(k, dtype=x.dtype, device=x.device)
    loadings, left = [], []
    for columns in torch.split(torch.arange(x.shape[1], device=x.device), BLOCK):
        own = (mask[:, columns].T @ square).reshape(-1, k, k)
        cross = x[:, columns].T @ score
        fit = torch.linalg.solve(own + eye, cross)
        explained = 2 * (fit * cross).sum(1) - torch.einsum("tk,tkl,tl->t", fit, own, fit)
        loadings.append(fit)
        left.append((x[:, columns] ** 2).sum(0) - explained)
    return torch.cat(loadings), torch.maximum(torch.cat(left) / count, floor)
