"""How far predictions of unseen lines are off, from leave-one-out residuals: sd and quantiles."""

from collections.abc import Mapping
from typing import Any, Self

import torch
from torch import Tensor

from mmdrp.nn.base.components import Ridge, grid
from mmdrp.nn.base.fitted import Fitted

TAILS = (0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.075, 0.1, 0.125, 0.15, 0.2, 0.25,
         0.3, 0.35, 0.4, 0.45)  # fmt: skip
PROBABILITIES = (*TAILS, 0.5, *(1 - p for p in reversed(TAILS)))
"""of the quantiles that are kept; others lie between"""
PRIOR = 10.0
"""residuals of the pooled variance that each task is given"""
PRIOR_QUANTILE = 50.0
FLOOR = 0.05
CLIP = 3.0
RIDGE = (10.0, 50.0)
"""of a task's own log variance, and of its slope towards that of all"""
STEPS = 12
SHARE = 0.99
"""of training lines whose nearest other one is as near as a sample must be"""


class Spread(Fitted):
    """sd of each prediction, and quantiles of the error in units of it.

    log variance = that of the task + what the line's place in the kernel says of its noise +
    a_j + b_j z, z the prediction in sds of the task's own. Nothing is learned where the buffers
    have no entry.
    """

    variance: Tensor
    """(t,)"""
    centre: Tensor
    """(2, t): mean and sd of a task's leave-one-out predictions"""
    slope: Tensor
    """(2, t): a and b"""
    line_dual: Tensor
    """(k,): of the log noise of lines; without entry where there is no kernel"""
    line: Tensor
    """(3,): its mean, and intercept and slope of the log variance by it"""
    quantiles: Tensor
    """(p, t): of error / sd, at ``PROBABILITIES``"""
    radius: Tensor
    """(): squared kernel distance to the nearest training line beyond which a sample is outside"""

    def __init__(self) -> None:
        super().__init__()
        none = torch.zeros(0)
        self.set_buffers(variance=none, line_dual=none, line=torch.zeros(3), radius=none.sum())
        self.set_buffers(centre=none[None], slope=none[None], quantiles=none[None])

    @property
    def known(self) -> bool:
        """Whether anything was learned."""
        return bool(self.variance.numel())

    @torch.no_grad()
    def fit(self, y: Tensor, pred: Tensor, kernel: Tensor | None = None) -> Self:
        """Learn from responses (n, t), NaN where unmeasured, and leave-one-out predictions of them.

        ``kernel`` (n, n) is that among the lines, centred; without one, predictions are constant.
        """
        y, pred = y.double(), pred.double()
        seen = torch.isfinite(y)
        square = torch.where(seen, (y - pred) ** 2, 0.0)
        count = seen.sum(0)
        pooled = square.sum() / count.sum().clamp(min=1)
        variance = (square.sum(0) + PRIOR * pooled) / (count + PRIOR)
        variance = variance.clamp(min=1e-12 * float(pooled) + 1e-30)
        log_variance = variance.log().expand_as(y)
        self._fit_lines(square / variance, seen, kernel)
        if self.line_dual.numel():
            log_variance = log_variance + self.line[1] + self.line[2] * self._held_out_noise
        mean, sd = pred.mean(0), pred.std(0, correction=0)
        sd = sd if kernel is not None else torch.zeros_like(sd)
        self.set_buffers(variance=variance, centre=torch.stack([mean, sd]))
        z = self._place(pred)
        self.set_buffers(slope=_slopes(square / log_variance.exp(), z, seen))
        log_variance = log_variance + self.slope[0] + self.slope[1] * z
        scaled = torch.where(seen, (y - pred) / (0.5 * log_variance).exp(), torch.nan)
        self.set_buffers(quantiles=_quantiles(scaled))
        return self.float()

    def forward(self, pred: Tensor, kernel: Tensor | None = None) -> Tensor:
        """Return the sd (n, t) of predictions (n, t); ``kernel`` (n, k) is that with training."""
        log_variance = self.variance.log() + self.slope[0] + self.slope[1] * self._place(pred)
        if kernel is not None and self.line_dual.numel():
            noise = self.line[0] + kernel @ self.line_dual
            log_variance = log_variance + (self.line[1] + self.line[2] * noise)[:, None]
        out: Tensor = (0.5 * log_variance).exp()
        return out

    def bounds(self, level: float) -> Tensor:
        """Return the lower and upper quantile (2, t) of error / sd that hold ``level`` of it."""
        return between(self.quantiles, level)

    def _place(self, pred: Tensor) -> Tensor:
        mean, sd = self.centre.to(pred.dtype)
        z: Tensor = torch.where(sd > 1e-9, (pred - mean) / sd.clamp(min=1e-9), 0.0)
        return z.clamp(-CLIP, CLIP)

    def _fit_lines(self, ratio: Tensor, seen: Tensor, kernel: Tensor | None) -> None:
        """Learn the log noise of lines (n,) by kernel ridge, and what it says of the variance."""
        none = ratio.new_zeros(0)
        self.set_buffers(line_dual=none, line=ratio.new_zeros(3))
        if kernel is None or len(ratio) < 3:
            return
        noise = (torch.where(seen, ratio, 0.0).sum(1) / seen.sum(1).clamp(min=1) + FLOOR).log()
        mean = noise.mean()
        ridge, own = Ridge.of(kernel.double()), (noise - mean)[:, None]
        penalties = noise.new_tensor(grid(0.3, 1000.0, 28))
        errors = list(ridge.errors(own, penalties))
        losses = torch.stack([(e**2).sum() for e in errors])
        best = int(losses.argmin())
        self._held_out_noise = (own - errors[best] + mean)[:, :1]
        a, b = _gamma(ratio, self._held_out_noise.expand_as(ratio), seen)
        dual = ridge.solve(own, penalties[best][None])[:, 0]
        self.set_buffers(line_dual=dual, line=torch.stack([mean, a, b]))

    def _load_from_state_dict(
        self, state_dict: Mapping[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        """Take what comes; a checkpoint of before has nothing of it."""
        if any(key.startswith(prefix) for key in state_dict):
            super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)


def between(quantiles: Tensor, level: float) -> Tensor:
    """Return the lower and upper quantile (2, t) of ``quantiles`` (p, t) that hold ``level``."""
    at = quantiles.new_tensor(PROBABILITIES)
    out = []
    for p in ((1 - level) / 2, (1 + level) / 2):
        p = min(max(p, PROBABILITIES[0]), PROBABILITIES[-1])
        j = int(torch.searchsorted(at, p).clamp(1, len(at) - 1))
        share = (p - at[j - 1]) / (at[j] - at[j - 1])
        out.append(quantiles[j - 1] + share * (quantiles[j] - quantiles[j - 1]))
    return torch.stack(out)


def placed(quantiles: Tensor, scaled: Tensor) -> Tensor:
    """Return which share of its distribution lies below each of ``scaled`` (n, t), NaN of NaN.

    ``quantiles`` (p, t) are those at ``PROBABILITIES``; beyond them it is 0 or 1.
    """
    at = quantiles.new_tensor(PROBABILITIES)
    known, x = quantiles.T.contiguous(), scaled.to(quantiles).T.contiguous()
    j = torch.searchsorted(known, x).clamp(1, len(at) - 1)
    low, high = known.gather(1, j - 1), known.gather(1, j)
    share = ((x - low) / (high - low).clamp(min=1e-12)).clamp(0, 1)
    out = at[j - 1] + share * (at[j] - at[j - 1])
    out = torch.where(x < known[:, :1], 0.0, torch.where(x > known[:, -1:], 1.0, out))
    return torch.where(torch.isnan(x), torch.nan, out).T


def nearest(distance: Tensor) -> Tensor:
    """Return the radius (): the squared distance (k, k) within which most lines have another."""
    distance = distance.clone()
    distance.fill_diagonal_(torch.inf)
    if len(distance) < 2:
        return distance.new_full((), torch.inf)
    return torch.quantile(distance.min(1).values, SHARE)


def _gamma(ratio: Tensor, x: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
    """Return a and b of log E[ratio] = a + b x over what was seen, by Newton's method."""
    u, v = ratio[seen], x[seen]
    design = torch.stack([torch.ones_like(v), v], 1)
    theta = torch.stack([u.mean().clamp(min=1e-12).log(), u.new_zeros(())])
    for _ in range(STEPS):
        weight = u * torch.exp(-(design @ theta).clamp(-30, 30))
        gradient = design.T @ (1 - weight)
        hessian = (design * weight[:, None]).T @ design
        hessian = hessian + 1e-9 * (1 + hessian.diagonal().max()) * torch.eye(2).to(u)
        theta = theta - torch.linalg.solve(hessian, gradient).clamp(-1, 1)
    return theta[0], theta[1]


def _slopes(ratio: Tensor, z: Tensor, seen: Tensor) -> Tensor:
    """Return a_j and b_j (2, t) of log E[ratio] = a_j + b_j z, drawn to 0 and to the pooled b."""
    _, pooled = _gamma(ratio, z, seen)
    a, b = torch.zeros_like(ratio[0]), pooled.expand_as(ratio[0]).clone()
    mask = seen.to(ratio)
    for _ in range(STEPS):
        weight = mask * ratio * torch.exp(-(a + b * z).clamp(-30, 30))
        first = 0.5 * (mask - weight).sum(0) + RIDGE[0] * a
        second = 0.5 * ((mask - weight) * z).sum(0) + RIDGE[1] * (b - pooled)
        aa = 0.5 * weight.sum(0) + RIDGE[0]
        ab = 0.5 * (weight * z).sum(0)
        bb = 0.5 * (weight * z**2).sum(0) + RIDGE[1]
        det = aa * bb - ab**2
        a = a - ((bb * first - ab * second) / det).clamp(-1, 1)
        b = b - ((aa * second - ab * first) / det).clamp(-1, 1)
    return torch.stack([a, b])


def _quantiles(scaled: Tensor) -> Tensor:
    """Return quantiles (p, t) of scaled errors (n, t), NaN unmeasured, drawn to the pooled."""
    at = scaled.new_tensor(PROBABILITIES)
    every = scaled[torch.isfinite(scaled)].sort().values
    pooled = ordered(every, at)
    count = torch.isfinite(scaled).sum(0)
    columns = torch.split(scaled, 1000, dim=1)  # torch refuses more than 16 million numbers
    own = torch.cat([torch.nan_to_num(torch.nanquantile(c, at, dim=0)) for c in columns], 1)
    return (count * own + PRIOR_QUANTILE * pooled[:, None]) / (count + PRIOR_QUANTILE)


def ordered(values: Tensor, at: Tensor) -> Tensor:
    """Return quantiles of sorted values (m,), of any number of them."""
    place = at * (len(values) - 1)
    low = place.floor().long()
    high = (low + 1).clamp(max=len(values) - 1)
    out: Tensor = values[low] + (place - low) * (values[high] - values[low])
    return out
