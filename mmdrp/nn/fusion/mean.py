"""The mean of what is there."""

from collections.abc import Mapping

from torch import Tensor

from mmdrp.nn.fusion.masked import Embeddings, Fusion, flags, maps, masked, total
from mmdrp.options import Units


class MeanFusion(Fusion):
    """The mean over present sources, each first mapped to ``dim``."""

    def __init__(self, input_dims: Mapping[str, int], dim: Units = 128) -> None:
        super().__init__()
        self.sources = list(input_dims)
        self.output_dim = dim
        self.map = maps(input_dims, dim)

    def each(self, z: Embeddings, present: Embeddings) -> dict[str, Tensor]:
        """Map each source to (u, dim)."""
        return {s: masked(self.map[s](z[s]), present[s]) for s in self.sources}

    def merge(self, parts: Embeddings, present: Embeddings) -> Tensor:
        """Average to (b, dim); zeros where nothing is present."""
        count = flags(present, self.sources).sum(1, keepdim=True)
        return total(parts[s] for s in self.sources) / count.clamp(min=1)
