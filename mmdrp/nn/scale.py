"""Scaling and feature filtering, fitted on training rows and kept as buffers."""

from collections.abc import Mapping
from typing import Annotated, Any

import torch
from torch import Tensor, nn

from mmdrp.options import Range


class Standardize(nn.Module):
    """Drop uninformative features, then (x - mean) / sd ** power; an unmeasured value becomes 0.

    Fitted on training rows only; the checkpoint carries it. ``power=0.5`` lies between centring
    and z-scoring and keeps some of the weight of variable genes; without ``centre`` nothing is
    subtracted.
    """

    keep: Tensor
    mean: Tensor
    scale: Tensor

    def __init__(
        self,
        input_dim: int,
        kept: int | None = None,
        min_sd: Annotated[float, Range(least=0)] = 1e-6,
        min_count: Annotated[int, Range(least=0)] = 0,
        max_missing: Annotated[float, Range(least=0, most=1)] = 0.5,
        power: Annotated[float, Range(least=0, most=1)] = 1.0,
        clip: Annotated[float, Range(above=0)] = 10.0,
        centre: bool = True,
    ) -> None:
        super().__init__()
        self.input_dim, self.centre = input_dim, centre
        self.min_sd, self.min_count, self.max_missing = min_sd, min_count, max_missing
        self.power, self.clip = power, clip
        self._allocate(input_dim if kept is None else kept)

    @property
    def output_dim(self) -> int:
        """Number of features kept."""
        return len(self.keep)

    @torch.no_grad()
    def fit(self, x: Tensor) -> "Standardize":
        """Learn from training rows (n, d): features kept, their mean and standard deviation.

        Kept are features with sd > ``min_sd``, at most ``max_missing`` unmeasured, and at least
        ``min_count`` rows away from the most usual value of a binary table, zero.
        """
        x = x.double()
        measured = torch.isfinite(x)
        count = measured.sum(0).clamp(min=1)
        filled = torch.where(measured, x, 0.0)
        mean = filled.sum(0) / count
        variance = torch.where(measured, (x - mean) ** 2, 0.0).sum(0) / count
        sd = variance.sqrt()
        good = (sd > self.min_sd) & ((~measured).double().mean(0) <= self.max_missing)
        if self.min_count:
            good &= (filled != 0).sum(0) >= self.min_count
        keep = good.nonzero().squeeze(1)
        self._allocate(len(keep))
        self.keep.copy_(keep)
        if self.centre:
            self.mean.copy_(mean[keep])
        self.scale.copy_(sd[keep] ** self.power)
        return self

    def forward(self, x: Tensor) -> Tensor:
        """Map raw features (u, d) to standardised ones (u, kept)."""
        if len(self.keep) < self.input_dim:
            x = x.index_select(1, self.keep)
        x = (x - self.mean) / self.scale
        return torch.nan_to_num(x, nan=0.0).clamp(-self.clip, self.clip)

    def _allocate(self, kept: int) -> None:
        self.register_buffer("keep", torch.zeros(kept, dtype=torch.int64))
        self.register_buffer("mean", torch.zeros(kept))
        self.register_buffer("scale", torch.ones(kept))


class ResponseScale(nn.Module):
    """Turn the network's unit-scale output into the response: mean of each task, one spread.

    A task that is the same in every training row has a spread of zero, and its mean as prediction.
    """

    mean: Tensor
    spread: Tensor
    """(): of all tasks; (t,) where some have none"""

    def __init__(self, tasks: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(tasks))
        self.register_buffer("spread", torch.ones(()))

    @torch.no_grad()
    def fit(self, y: Tensor) -> "ResponseScale":
        """Learn from training responses (n, t); a task never measured gets the mean of all."""
        y = y.double()
        overall = y.nanmean()
        mean = y.nanmean(0)
        self.mean.copy_(torch.where(torch.isfinite(mean), mean, overall))
        rest = y - self.mean
        spread = (rest**2).nanmean().sqrt().clamp(min=1e-6)
        # What a base leaves of a constant task is rounding.
        fixed = (torch.nan_to_num(rest).abs().amax(0) <= 1e-5 * spread) & torch.isfinite(y).any(0)
        if len(fixed) > 1 and bool(fixed.any()):
            spread = torch.where(fixed, 0.0, spread)
        self.spread = spread.to(self.spread)
        return self

    def forward(self, out: Tensor) -> Tensor:
        """Map (b, t) outputs to the response's unit."""
        return self.mean + self.spread * out

    def _load_from_state_dict(
        self, state_dict: Mapping[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        coming = state_dict.get(f"{prefix}spread")
        if isinstance(coming, Tensor) and coming.shape == self.mean.shape:
            self.spread = torch.empty_like(self.mean)  # one for each task
        super()._load_from_state_dict(dict(state_dict), prefix, *args, **kwargs)
