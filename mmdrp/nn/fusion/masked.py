"""What every fusion shares: its contract, and the mask that hides an absent source.

A fusion works in two steps. ``each`` looks at one entity's source and is run once per distinct
entity; ``merge`` joins what an example's entities gave and is all that is paid per pair.
"""

from collections.abc import Iterable, Mapping
from functools import reduce

import torch
from torch import Tensor, nn

Embeddings = Mapping[str, Tensor]


class Fusion(nn.Module):
    """What a pluggable fusion offers; it is built with ``input_dims``, source -> width."""

    output_dim: int

    def each(self, z: Embeddings, present: Embeddings) -> dict[str, Tensor]:
        """Return what each source's embeddings (u, d_source) say where ``present`` (u,)."""
        raise TypeError(f"{type(self).__name__} must define each")

    def merge(self, parts: Embeddings, present: Embeddings) -> Tensor:
        """Join what the sources of each example say into (b, output_dim)."""
        raise TypeError(f"{type(self).__name__} must define merge")

    def forward(self, z: Embeddings, present: Embeddings) -> Tensor:
        """Fuse the embeddings of each example (b, d_source) into (b, output_dim)."""
        return self.merge(self.each(z, present), present)


def pick(rows: Embeddings, index: Embeddings | None) -> dict[str, Tensor]:
    """Return the rows that each source's ``index`` (b,) names; all where it is None."""
    if index is None:
        return dict(rows)
    return {s: rows[s].index_select(0, i) for s, i in index.items()}


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


def total(parts: Iterable[Tensor]) -> Tensor:
    """Return the sum of tensors of one shape."""
    return reduce(torch.add, parts)
