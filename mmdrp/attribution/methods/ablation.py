"""Feature ablation: what the prediction loses when one feature goes back to its baseline."""

from collections.abc import Iterator

import torch
from torch import Tensor

from mmdrp.attribution.methods.integrated import At, Attribution, masked
from mmdrp.attribution.methods.projected import ProjectedNetwork

ROWS = 8192  # projections at a time


class FeatureAblation:
    """f(x) - f(x with one feature at its baseline), for every feature; factored.

    A feature moves the projection along one column of its weight, so the full network is not run.
    Still one pass of ``trunk`` per line and feature: for few drugs or lines.
    """

    name, complete = "feature_ablation", False
    base: At | None = None

    @torch.no_grad()
    def __call__(self, view: ProjectedNetwork) -> Attribution:
        """Return each feature's effect; interactions make the sum differ from the change."""
        if not view.sources:
            return Attribution.summed({}, view.change())
        z, full = view.embeddings(view.tensors()), view.forward(*view.tensors())
        values = {}
        for source in view.sources:
            step = view.x[source] - view.x0[source]
            values[source] = torch.zeros_like(step)
            for columns in _chunks(step.shape[1], max(1, ROWS // len(view))):
                without = _without(view, z, source, step[:, columns], columns)
                values[source][:, columns] = full[:, None] - without
        return Attribution.summed(masked(view, values), view.change())


def _without(
    view: ProjectedNetwork, z: dict[str, Tensor], source: str, step: Tensor, columns: slice
) -> Tensor:
    """Predict with each of these features at its baseline, (n, columns)."""
    part = view.net.part(source)
    n, count = step.shape
    moved = view.h[source][:, None] - step[:, :, None] * part.project.weight.T[columns]
    every = {s: t.repeat_interleave(count, 0) for s, t in z.items() if s != source}
    every[source] = part.trunk(moved.flatten(0, 1))
    here = {s: p.repeat_interleave(count) for s, p in view.present.items()}
    return view.net.join(every, here)[:, view.task].view(n, count)


def _chunks(count: int, size: int) -> Iterator[slice]:
    for start in range(0, count, size):
        yield slice(start, min(count, start + size))
