"""Embeddings side by side."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from mmdrp.nn.fusion.masked import Embeddings, flags, masked


class ConcatFusion(nn.Module):
    """Embeddings side by side, zeros for an absent source, and a flag that tells it from zero."""

    def __init__(self, input_dims: Mapping[str, int]) -> None:
        super().__init__()
        self.sources = list(input_dims)
        self.output_dim = sum(input_dims.values()) + len(input_dims)

    def forward(self, z: Embeddings, present: Embeddings) -> Tensor:
        """Fuse (b, d_source) into (b, sum of d_source + number of sources)."""
        parts = [masked(z[s], present[s]) for s in self.sources]
        return torch.cat([*parts, flags(present, self.sources).to(parts[0].dtype)], dim=1)
