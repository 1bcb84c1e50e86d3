"""Fill unmeasured responses by their conditional expectation under one Gaussian over drugs."""

import torch
from torch import Tensor

from mmdrp.nn.base.algebra.exact import inverse, one_thread
from mmdrp.nn.base.algebra.factors import fill_by_factors

LARGEST = 500
"""drugs whose whole covariance is taken; its time grows with their cube"""
TOGETHER = 64
"""patterns of gaps that are inverted in one call"""
FACTORS = 40
"""of more drugs than that"""


def fill(residual: Tensor, rounds: int = 4, shrink: float = 0.3, largest: int = LARGEST) -> Tensor:
    """Fill the NaN of centred responses (n, t) by expectation maximisation (Dempster et al. 1977).

    Each round fills every line by x_o S_oo^-1 S_om and renews S, the covariance over drugs, with
    the conditional covariance of what was filled, shrunk towards its diagonal by ``shrink``. Of
    more drugs than ``largest`` the covariance is that of 40 factors.
    """
    if residual.shape[1] > largest:
        return fill_by_factors(residual, FACTORS)
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


def fill_around(y: Tensor, offset: Tensor, largest: int = LARGEST) -> Tensor:
    """Fill the NaN of responses (n, t): ``guess`` (n, t) and what the measured ones leave of it.

    The Gaussian is over what drugs leave of a line's prediction by its omics, made without the
    line: the expectation step of both models together.
    """
    left = y - offset
    shift = torch.nan_to_num(left.nanmean(0))  # a drug nobody measured
    return torch.where(torch.isfinite(y), y, offset + shift + fill(left - shift, largest=largest))


def _expect(x: Tensor, S: Tensor, patterns: Tensor, groups: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Return the filled responses and the summed conditional covariance of what was filled.

    With P = S^-1 the expectation is -x_o P_om P_mm^-1 and the covariance P_mm^-1, of the size of
    the gap; where more is missing than measured, the usual form is the smaller one.
    """
    P = inverse(S)
    pulled = torch.empty_like(x)
    for seen, lines in zip(patterns, groups, strict=True):
        pulled[lines] = torch.where(seen, x[lines], 0.0)
    pulled = pulled @ P
    out, spread = x.clone(), torch.zeros_like(S)
    size = (~patterns).sum(1)
    small = (size > 0) & (2 * size < patterns.shape[1])
    order = size.argsort()
    for block in torch.split(order[small[order]], TOGETHER) if bool(small.any()) else ():
        _fill_small(~patterns[block], [groups[i] for i in block.tolist()], P, pulled, out, spread)
    for k in ((size > 0) & ~small).nonzero().squeeze(1).tolist():
        seen, lines = patterns[k], groups[k]
        known, gap = seen.nonzero().squeeze(1), (~seen).nonzero().squeeze(1)
        inner, cross = gap[:, None], known[:, None]
        slope = torch.linalg.solve(S[cross, known], S[cross, gap])
        out[lines[:, None], gap] = x[lines[:, None], known] @ slope
        spread[inner, gap] += len(lines) * (S[inner, gap] - S[inner, known] @ slope)
    return out, spread


def _fill_small(
    gaps: Tensor, groups: list[Tensor], P: Tensor, pulled: Tensor, out: Tensor, spread: Tensor
) -> None:
    """Fill the lines of patterns with gaps of nearly one size, (b, t), padded to the largest."""
    t, width = gaps.shape[1], int(gaps.sum(1).max())
    real, place = gaps.to(torch.uint8).sort(dim=1, descending=True, stable=True)
    real, place = real[:, :width].bool(), place[:, :width]
    both = real[:, :, None] & real[:, None, :]
    cell = (place[:, :, None] * t + place[:, None, :]).reshape(-1)
    inner = P.reshape(-1).index_select(0, cell).reshape(both.shape)
    # The pads, columns that were measured, are the identity there and nothing afterwards.
    with one_thread():
        left = torch.linalg.inv(torch.where(both, inner, torch.eye(width).to(P)))
    weight = torch.tensor([len(lines) for lines in groups]).to(P)
    share = torch.where(both, left, 0.0) * weight[:, None, None]
    spread.view(-1).scatter_add_(0, cell, share.reshape(-1))
    lines = torch.cat(groups)
    pattern = torch.repeat_interleave(weight.long())
    at = (lines[:, None], place[pattern])
    pulled = torch.where(real[pattern], pulled[at], 0.0)
    filled = -(pulled[:, None] @ left[pattern])[:, 0]
    out[at] = torch.where(real[pattern], filled, out[at])
