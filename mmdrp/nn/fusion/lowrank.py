"""Low-rank multimodal fusion: every product of features across sources, at linear cost."""

from collections.abc import Mapping
from functools import reduce

import torch
from torch import Tensor, nn

from mmdrp.nn.fusion.masked import Embeddings, Fusion, masked
from mmdrp.options import Units


class LowRankFusion(Fusion):
    """The outer product of all [z, 1], contracted with a weight of ``rank`` (Liu et al. 2018).

    h = sum_r w_r prod_s F_sr [z_s, 1] (eq. 6 there): the outer product itself is never formed. An
    absent source contributes its constant term only. Constants start at 1, so that a product over
    many sources neither vanishes nor explodes and an absent source starts as no opinion.
    """

    def __init__(self, input_dims: Mapping[str, int], dim: Units = 64, rank: Units = 8) -> None:
        super().__init__()
        self.sources = list(input_dims)
        self.output_dim, self.rank = dim, rank
        self.factor = nn.ModuleDict({s: nn.Linear(d, rank * dim) for s, d in input_dims.items()})
        for layer in self.factor.values():
            nn.init.ones_(layer.bias)  # type: ignore[arg-type]
        self.weight = nn.Parameter(torch.full((rank,), 1 / rank))
        self.bias = nn.Parameter(torch.zeros(dim))

    def each(self, z: Embeddings, present: Embeddings) -> dict[str, Tensor]:
        """Map each source to its factor of every rank, (u, rank * dim)."""
        return {s: self.factor[s](masked(z[s], present[s])) for s in self.sources}

    def merge(self, parts: Embeddings, present: Embeddings) -> Tensor:
        """Multiply factors and sum over ranks to (b, dim)."""
        product = reduce(torch.mul, (parts[s] for s in self.sources))
        terms = product.view(-1, self.rank, self.output_dim)
        return torch.einsum("r,brd->bd", self.weight, terms) + self.bias
