"""What every fusion shares: its contract, and the mask that hides an absent source."""

from collections.abc import Mapping
from typing import Protocol

import torch
from torch import Tensor, nn

Embeddings = Mapping[str, Tensor]


class Fusion(Protocol):
    """What a pluggable fusion offers; it is an ``nn.Module`` built with ``input_dims``."""

    output_dim: int

    def forward(self, z: Embeddings, present: Embeddings) -> Tensor:
        """Fuse embeddings (b, d_source) where ``present`` (b,) into (b, output_dim)."""
        ...


def masked(z: Tensor, present: Tensor) -> Tensor:
    """Return embeddings (b, d) with zeros where ``present`` (b,) is False."""
    # where, not multiplication: 0 * NaN is NaN
    return torch.where(present.unsqueeze(1), z, 0.0)


def flags(present: Embeddings, sources: list[str]) -> Tensor:
    """Return which sources each example has, (b, s) bool."""
    return torch.stack([present[s] for s in sources], dim=1)


def maps(input_dims: Mapping[str, int], dim: int) -> nn.ModuleDict:
    """Return one linear map per source onto a common width."""
    return nn.ModuleDict({s: nn.Linear(d, dim) for s, d in input_dims.items()})
