"""A product of Gaussian experts, one per source that is there."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmdrp.nn.fusion.masked import Embeddings, maps, masked


class ProductFusion(nn.Module):
    """Each present source states a Gaussian; their product with a unit prior is the embedding.

    The mean of the product (Wu and Goodman 2018, eq. 3 with the prior as one more expert): means
    weighted by precision, so a source that is sure counts for more, and an absent one not at all.
    """

    def __init__(self, input_dims: Mapping[str, int], dim: int = 128) -> None:
        super().__init__()
        self.sources = list(input_dims)
        self.output_dim = dim
        self.mean = maps(input_dims, dim)
        self.precision = maps(input_dims, dim)

    def forward(self, z: Embeddings, present: Embeddings) -> Tensor:
        """Fuse (b, d_source) into (b, dim); zeros, the prior's mean, where nothing is present."""
        sure = [
            masked(functional.softplus(self.precision[s](z[s])), present[s]) for s in self.sources
        ]
        says = [masked(self.mean[s](z[s]), present[s]) for s in self.sources]
        total = 1 + torch.stack(sure, dim=1).sum(1)
        return torch.stack([t * m for t, m in zip(sure, says, strict=True)], dim=1).sum(1) / total
