"""A network seen as tensors -> tensor, from the encoders' first affine map on."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from mmdrp.nn.encoder import scatter
from mmdrp.nn.network import ResponseNet


@dataclass(frozen=True)
class View:
    """One task of a network over n lines: each source standardised and projected.

    ``x`` (n, kept) is the standardised input, zeros in absent rows; ``h`` (n, hidden) its
    projection. The baseline is the training mean, which is x = 0.
    """

    net: ResponseNet
    task: int
    x: dict[str, Tensor]
    h: dict[str, Tensor]
    present: dict[str, Tensor]
    fixed: frozenset[str] = frozenset()
    """sources whose baseline is their own value, so that the others explain the prediction"""

    @classmethod
    @torch.no_grad()
    def of(
        cls,
        net: ResponseNet,
        inputs: Mapping[str, Tensor],
        present: Mapping[str, Tensor],
        task: int,
        fixed: Collection[str] = (),
    ) -> "View":
        """See ``net`` at raw inputs (n, d), one row per line; dropout is off."""
        net.eval()
        x, h = {}, {}
        for source, raw in inputs.items():
            x[source] = scatter(net.scaled(source, raw, present[source]), present[source])
            h[source] = net.part(source).project(x[source])
        return cls(net, task, x, h, dict(present), frozenset(fixed))

    @property
    def sources(self) -> list[str]:
        """Names of the sources, in the order of ``tensors``."""
        return list(self.h)

    def tensors(self) -> tuple[Tensor, ...]:
        """Return the projected inputs, one (n, hidden) per source."""
        return tuple(self.h.values())

    def baselines(self) -> tuple[Tensor, ...]:
        """Return the projected baseline of each source: the training mean, or itself if fixed."""
        return tuple(
            h if s in self.fixed else self.net.part(s).project.bias.detach().expand_as(h)
            for s, h in self.h.items()
        )

    def forward(self, *h: Tensor) -> Tensor:
        """Predict this task from projections (m, hidden), (m,); m may be a multiple of n."""
        copies = len(h[0]) // len(next(iter(self.present.values())))
        here = {s: p.repeat(copies) for s, p in self.present.items()}
        z = {s: self.net.part(s).rest(t) for s, t in zip(self.sources, h, strict=True)}
        return self.net.join(z, here)[:, self.task]
