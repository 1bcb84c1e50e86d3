"""The mean of what is there."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from mmdrp.nn.fusion.masked import Embeddings, flags, maps, masked


class MeanFusion(nn.Module):
    """The mean over present sources, each first mapped to ``dim``."""

    def __init__(self, input_dims: Mapping[str, int], dim: int = 128) -> None:
        super().__init__()
        self.sources = list(input_dims)
        self.output_dim = dim
        self.map = maps(input_dims, dim)

    def forward(self, z: Embeddings, present: Embeddings) -> Tensor:
        """Fuse (b, d_source) into (b, dim); zeros where nothing is present."""
        parts = [masked(self.map[s](z[s]), present[s]) for s in self.sources]
        count = flags(present, self.sources).sum(1, keepdim=True)
        return torch.stack(parts, dim=1).sum(1) / count.clamp(min=1)
