"""Fill unmeasured responses by their conditional expectation under one Gaussian over drugs."""

import torch
from torch import Tensor


def fill(residual: Tensor, rounds: int = 4, shrink: float = 0.3) -> Tensor:
    """Fill the NaN of centred responses (n, t) by expectation maximisation (Dempster et al. 1977).

    Each round fills every line by x_o S_oo^-1 S_om and renews S, the covariance over drugs, with
    the conditional covariance of what was filled, shrunk towards its diagonal by ``shrink``.
    """
    seen = torch.isfinite(residual)
    x = torch.where(seen, residual, 0.0)
    variance = (x**2).sum(0) / seen.sum(0).clamp(min=1)
    # A drug measured once has no spread of its own; a floor keeps the covariance invertible.
    S = torch.diag(torch.maximum(variance, 1e-3 * variance.mean() + 1e-12))
    least = 1e-6 * variance.mean() + 1e-12
    patterns, pattern_of = torch.unique(seen, dim=0, return_inverse=True)
    groups = [(pattern_of == k).nonzero().squeeze(1) for k in range(len(patterns))]
    for _ in range(rounds):
        x, spread = _expect(x, S, patterns, groups)
        S = (x.T @ x + spread) / len(x)
        # A drug that is the same in every line tells nothing, and stays invertible.
        S = (1 - shrink) * S + shrink * torch.diag(S.diagonal())
        S.diagonal().clamp_(min=least)
    return x


def fill_around(y: Tensor, offset: Tensor) -> Tensor:
    """Fill the NaN of responses (n, t): ``guess`` (n, t) and what the measured ones leave of it.

    The Gaussian is over what drugs leave of a line's prediction by its omics, made without the
    line: the expectation step of both models together.
    """
    left = y - offset
    shift = torch.nan_to_num(left.nanmean(0))  # a drug nobody measured
    return torch.where(torch.isfinite(y), y, offset + shift + fill(left - shift))


def _expect(x: Tensor, S: Tensor, patterns: Tensor, groups: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Return the filled responses and the summed conditional covariance of what was filled.

    With P = S^-1 the expectation is -x_o P_om P_mm^-1 and the covariance P_mm^-1, of the size of
    the gap; where more is missing than measured, the usual form is the smaller one.
    """
    P = torch.linalg.inv(S)
    pulled = torch.empty_like(x)
    for seen, lines in zip(patterns, groups, strict=True):
        pulled[lines] = torch.where(seen, x[lines], 0.0)
    pulled = pulled @ P
    out, spread = x.clone(), torch.zeros_like(S)
    for seen, lines in zip(patterns, groups, strict=True):
        known, gap = seen.nonzero().squeeze(1), (~seen).nonzero().squeeze(1)
        inner, cross = gap[:, None], known[:, None]
        if len(gap) < len(known):
            left = torch.linalg.inv(P[inner, gap])
            out[lines[:, None], gap] = -pulled[lines[:, None], gap] @ left
        else:
            slope = torch.linalg.solve(S[cross, known], S[cross, gap])
            out[lines[:, None], gap] = x[lines[:, None], known] @ slope
            left = S[inner, gap] - S[inner, known] @ slope
        spread[inner, gap] += len(lines) * left
    return out, spread
