"""Gated attention over what is there."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from mmdrp.nn.fusion.masked import Embeddings, Fusion, flags, maps, masked, total
from mmdrp.options import Units


class AttentionFusion(Fusion):
    """Gated attention over present sources (Ilse et al. 2018, eq. 9), each mapped to ``dim``."""

    def __init__(
        self, input_dims: Mapping[str, int], dim: Units = 128, attention: Units = 64
    ) -> None:
        super().__init__()
        self.sources = list(input_dims)
        self.output_dim = dim
        self.map = maps(input_dims, dim)
        self.tanh = nn.ModuleDict({s: nn.Linear(dim, attention) for s in input_dims})
        self.gate = nn.ModuleDict({s: nn.Linear(dim, attention) for s in input_dims})
        self.score = nn.Linear(attention, 1, bias=False)

    def each(self, z: Embeddings, present: Embeddings) -> dict[str, Tensor]:
        """Map each source to its value and score, (u, dim + 1)."""
        parts = {}
        for s in self.sources:
            value = masked(self.map[s](z[s]), present[s])
            hidden = torch.tanh(self.tanh[s](value)) * torch.sigmoid(self.gate[s](value))
            parts[s] = torch.cat([value, self.score(hidden)], dim=1)
        return parts

    def merge(self, parts: Embeddings, present: Embeddings) -> Tensor:
        """Average by share to (b, dim); zeros where nothing is present."""
        share = self.weights(parts, present)
        return total(share[:, i, None] * parts[s][:, :-1] for i, s in enumerate(self.sources))

    def weights(self, parts: Embeddings, present: Embeddings) -> Tensor:
        """Return each source's share (b, s) given what ``each`` returned."""
        score = torch.stack([parts[s][:, -1] for s in self.sources], dim=1)
        here = flags(present, self.sources)
        score = score.masked_fill(~here, torch.finfo(score.dtype).min)
        return torch.softmax(score, dim=1) * here
