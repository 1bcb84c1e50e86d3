"""A network seen as tensors -> tensor, from the encoders' first affine map on."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn

from mmdrp.nn.encoder import scatter
from mmdrp.nn.network import ResponseNet


@dataclass(frozen=True)
class ProjectedNetwork:
    """One task of a network over n lines: each source standardised and projected.

    ``x`` (n, kept) is the standardised input, zeros in absent rows, and ``h`` (n, hidden) its
    projection; ``x0`` and ``h0`` are those of the baseline, by default the training mean, x = 0.
    ``held`` are embeddings (n, e) of sources that are not explained: they stay as they are.
    """

    net: ResponseNet
    task: int
    x: dict[str, Tensor]
    x0: dict[str, Tensor]
    h: dict[str, Tensor]
    h0: dict[str, Tensor]
    present: dict[str, Tensor]
    held: dict[str, Tensor] = field(default_factory=dict)

    @classmethod
    @torch.no_grad()
    def of(
        cls,
        net: ResponseNet,
        inputs: Mapping[str, Tensor],
        present: Mapping[str, Tensor],
        task: int,
        fixed: Collection[str] = (),
        baseline: Mapping[str, Tensor] | None = None,
    ) -> "ProjectedNetwork":
        """See ``net`` at raw inputs (n, d), one row per line; dropout is off.

        ``fixed`` sources are held at their own value. ``baseline`` has raw features (d,) or (n, d)
        per source, NaN for the training mean; what a line lacks starts where it ends.
        """
        net.eval()
        x, x0, h, h0 = {}, {}, {}, {}
        for source, raw in inputs.items():
            if source in fixed:
                continue
            here, project = present[source], net.part(source).project
            x[source] = scatter(net.scaled(source, raw, here), here)
            h[source] = project(x[source])
            if baseline is None or source not in baseline:
                x0[source] = torch.zeros_like(x[source])
                h0[source] = project.bias.detach().expand_as(h[source])
                continue
            begin = torch.where(torch.isfinite(raw), baseline[source].to(raw), torch.nan)
            x0[source] = scatter(net.scaled(source, begin, here), here)
            h0[source] = project(x0[source])
        held = {s: embedded(net, s, inputs[s], present[s]) for s in inputs if s in fixed}
        return cls(net, task, x, x0, h, h0, dict(present), held)

    @property
    def sources(self) -> list[str]:
        """Names of the explained sources, in the order of ``tensors``."""
        return list(self.h)

    def __len__(self) -> int:
        return len(next(iter(self.present.values())))

    def take(
        self, rows: Tensor, task: int, held: Mapping[str, Tensor] | None = None
    ) -> "ProjectedNetwork":
        """Return some lines under another task; ``held`` embeddings are given per row."""

        def some(tables: Mapping[str, Tensor]) -> dict[str, Tensor]:
            return {s: t[rows] for s, t in tables.items()}

        kept = some(self.held) if held is None else dict(held)
        present = some(self.present)
        for source in kept.keys() - present.keys():
            present[source] = torch.ones(len(rows), dtype=torch.bool)
        return replace(
            self, task=task, x=some(self.x), x0=some(self.x0), h=some(self.h), h0=some(self.h0),
            present=present, held=kept,
        )  # fmt: skip

    def tensors(self) -> tuple[Tensor, ...]:
        """Return the projected inputs, one (n, hidden) per source."""
        return tuple(self.h.values())

    def baselines(self) -> tuple[Tensor, ...]:
        """Return the projected baseline of each source, (n, hidden)."""
        return tuple(self.h0.values())

    def embeddings(self, h: tuple[Tensor, ...]) -> dict[str, Tensor]:
        """Return each source's embedding given projections (m, hidden), m a multiple of n."""
        copies = len(h[0]) // len(self) if h else 1
        z = {s: self.net.part(s).trunk(t) for s, t in zip(self.sources, h, strict=True)}
        return {**z, **{s: t.repeat(copies, 1) for s, t in self.held.items()}}

    def forward(self, *h: Tensor) -> Tensor:
        """Predict this task from projections (m, hidden), (m,); m may be a multiple of n."""
        copies = len(h[0]) // len(self)
        here = {s: p.repeat(copies) for s, p in self.present.items()}
        return self.net.join(self.embeddings(h), here)[:, self.task]

    def whole(self, *x: Tensor) -> Tensor:
        """Predict this task from standardised inputs (m, kept), (m,): the full network."""
        return self.forward(
            *(self.net.part(s).project(t) for s, t in zip(self.sources, x, strict=True))
        )

    @torch.no_grad()
    def change(self) -> Tensor:
        """Return the prediction minus that at the baseline, (n,)."""
        return self.forward(*self.tensors()) - self.forward(*self.baselines())


class HeadModule(nn.Module):
    """A view as a module, for methods that hook into the network's layers."""

    def __init__(self, view: ProjectedNetwork) -> None:
        super().__init__()
        self.net, self.view = view.net, view

    def forward(self, *h: Tensor) -> Tensor:
        """Predict from projections (m, hidden), (m,)."""
        return self.view.forward(*h)


@torch.no_grad()
def embedded(net: ResponseNet, source: str, raw: Tensor, present: Tensor) -> Tensor:
    """Return the embedding (n, e) of a source as the network sees it."""
    return scatter(net.encoder[source](net.scaled(source, raw, present)), present)
