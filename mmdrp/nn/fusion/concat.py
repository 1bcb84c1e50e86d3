"""Embeddings side by side."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmdrp.nn.fusion.masked import Embeddings, Fusion, flags, masked


class ConcatFusion(Fusion):
    """Embeddings side by side, zeros for an absent source, and a flag that tells it from zero."""

    def __init__(self, input_dims: Mapping[str, int]) -> None:
        super().__init__()
        self.sources = list(input_dims)
        self.output_dim = sum(input_dims.values()) + len(input_dims)

    def each(self, z: Embeddings, present: Embeddings) -> dict[str, Tensor]:
        """Hide absent embeddings, (u, d_source)."""
        return {s: masked(z[s], present[s]) for s in self.sources}

    def merge(self, parts: Embeddings, present: Embeddings) -> Tensor:
        """Join (b, d_source) into (b, sum of d_source + number of sources)."""
        first = parts[self.sources[0]]
        here = flags(present, self.sources).to(first.dtype)
        return torch.cat([*(parts[s] for s in self.sources), here], dim=1)

    def through(
        self, layer: nn.Linear, parts: Embeddings, present: Embeddings
    ) -> dict[str, Tensor]:
        """Return each source's share (u, width) of ``layer(merge(...))``, which is their sum.

        A linear layer of things side by side is the sum of a linear layer of each; so its cost is
        paid once per entity. The bias is in the first source's share.
        """
        shares, start = {}, 0
        count = len(self.sources)
        for i, s in enumerate(self.sources):
            x = parts[s]
            weight = layer.weight[:, start : start + x.shape[1]]
            flag = present[s][:, None].to(x.dtype) * layer.weight[:, i - count]
            shares[s] = functional.linear(x, weight, layer.bias if i == 0 else None) + flag
            start += x.shape[1]
        return shares
