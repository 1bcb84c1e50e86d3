"""Fusions of sources into one vector, each masked: an absent source cannot be felt."""

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


class ConcatFusion(nn.Module):
    """Embeddings side by side, zeros for an absent source, and a flag that tells it from zero."""

    def __init__(self, input_dims: Mapping[str, int]) -> None:
        super().__init__()
        self.sources = list(input_dims)
        self.output_dim = sum(input_dims.values()) + len(input_dims)

    def forward(self, z: Embeddings, present: Embeddings) -> Tensor:
        """Fuse (b, d_source) into (b, sum of d_source + number of sources)."""
        parts = [_masked(z[s], present[s]) for s in self.sources]
        flags = torch.stack([present[s] for s in self.sources], dim=1).to(parts[0].dtype)
        return torch.cat([*parts, flags], dim=1)


class MeanFusion(nn.Module):
    """The mean over present sources, each first mapped to ``dim``."""

    def __init__(self, input_dims: Mapping[str, int], dim: int = 128) -> None:
        super().__init__()
        self.sources = list(input_dims)
        self.output_dim = dim
        self.map = nn.ModuleDict({s: nn.Linear(d, dim) for s, d in input_dims.items()})

    def forward(self, z: Embeddings, present: Embeddings) -> Tensor:
        """Fuse (b, d_source) into (b, dim); zeros where nothing is present."""
        total = torch.stack(
            [_masked(self.map[s](z[s]), present[s]) for s in self.sources], dim=1
        ).sum(1)
        count = torch.stack([present[s] for s in self.sources], dim=1).sum(1, keepdim=True)
        return total / count.clamp(min=1)


class AttentionFusion(nn.Module):
    """Gated attention over present sources (Ilse et al. 2018, eq. 9), each mapped to ``dim``."""

    def __init__(self, input_dims: Mapping[str, int], dim: int = 128, attention: int = 64) -> None:
        super().__init__()
        self.sources = list(input_dims)
        self.output_dim = dim
        self.map = nn.ModuleDict({s: nn.Linear(d, dim) for s, d in input_dims.items()})
        self.tanh = nn.ModuleDict({s: nn.Linear(dim, attention) for s in input_dims})
        self.gate = nn.ModuleDict({s: nn.Linear(dim, attention) for s in input_dims})
        self.score = nn.Linear(attention, 1, bias=False)

    def forward(self, z: Embeddings, present: Embeddings) -> Tensor:
        """Fuse (b, d_source) into (b, dim); zeros where nothing is present."""
        value = torch.stack([_masked(self.map[s](z[s]), present[s]) for s in self.sources], dim=1)
        weight = self.weights(value, present)
        return (weight.unsqueeze(2) * value).sum(1)

    def weights(self, value: Tensor, present: Embeddings) -> Tensor:
        """Return each source's share (b, s) given mapped embeddings (b, s, dim)."""
        hidden = torch.stack(
            [
                torch.tanh(self.tanh[s](value[:, i])) * torch.sigmoid(self.gate[s](value[:, i]))
                for i, s in enumerate(self.sources)
            ],
            dim=1,
        )
        score = self.score(hidden).squeeze(2)
        here = torch.stack([present[s] for s in self.sources], dim=1)
        score = score.masked_fill(~here, torch.finfo(score.dtype).min)
        return torch.softmax(score, dim=1) * here


def _masked(z: Tensor, present: Tensor) -> Tensor:
    # where, not multiplication: 0 * NaN is NaN
    return torch.where(present.unsqueeze(1), z, 0.0)
