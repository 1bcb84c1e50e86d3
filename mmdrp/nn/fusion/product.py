"""A product of Gaussian experts, one per source that is there."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from mmdrp.nn.fusion.masked import Embeddings, Fusion, maps, masked, total
from mmdrp.options import Units


class ProductFusion(Fusion):
    """Each present source states a Gaussian; their product with a unit prior is the embedding.

    The mean of the product (Wu and Goodman 2018, eq. 3 with the prior as one more expert): means
    weighted by precision, so a source that is sure counts for more, and an absent one not at all.
    """

    def __init__(self, input_dims: Mapping[str, int], dim: Units = 128) -> None:
        super().__init__()
        self.sources = list(input_dims)
        self.output_dim = dim
        self.mean = maps(input_dims, dim)
        self.precision = maps(input_dims, dim)

    def each(self, z: Embeddings, present: Embeddings) -> dict[str, Tensor]:
        """Map each source to precision and precision times mean, (u, 2 dim)."""
        parts = {}
        for s in self.sources:
            sure = functional.softplus(self.precision[s](z[s]))
            parts[s] = masked(torch.cat([sure, sure * self.mean[s](z[s])], dim=1), present[s])
        return parts

    def merge(self, parts: Embeddings, present: Embeddings) -> Tensor:
        """Multiply the experts: (b, dim); zeros, the prior's mean, where nothing is present."""
        sure, weighted = total(parts[s] for s in self.sources).chunk(2, dim=1)
        return weighted / (1 + sure)
