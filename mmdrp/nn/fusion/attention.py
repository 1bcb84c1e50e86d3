"""Gated attention over what is there."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from mmdrp.nn.fusion.masked import Embeddings, flags, maps, masked


class AttentionFusion(nn.Module):
    """Gated attention over present sources (Ilse et al. 2018, eq. 9), each mapped to ``dim``."""

    def __init__(self, input_dims: Mapping[str, int], dim: int = 128, attention: int = 64) -> None:
        super().__init__()
        self.sources = list(input_dims)
        self.output_dim = dim
        self.map = maps(input_dims, dim)
        self.tanh = nn.ModuleDict({s: nn.Linear(dim, attention) for s in input_dims})
        self.gate = nn.ModuleDict({s: nn.Linear(dim, attention) for s in input_dims})
        self.score = nn.Linear(attention, 1, bias=False)

    def forward(self, z: Embeddings, present: Embeddings) -> Tensor:
        """Fuse (b, d_source) into (b, dim); zeros where nothing is present."""
        value = torch.stack([masked(self.map[s](z[s]), present[s]) for s in self.sources], dim=1)
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
        here = flags(present, self.sources)
        score = score.masked_fill(~here, torch.finfo(score.dtype).min)
        return torch.softmax(score, dim=1) * here
