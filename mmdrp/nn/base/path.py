"""Exact integrated gradients of the kernel base, from scalars per training line.

Along a straight path q0 + a (q1 - q0) the inner products with training lines are affine in a and
squared norms quadratic, so a point on the path costs k numbers, whatever the number of genes; the
mean gradient of the RBF part is Q'v - (s q0 + t dq) with v, s, t averaged over the path
(Sundararajan et al. 2017, by Gauss-Legendre quadrature).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from mmdrp.nn.base.source import Features, SourceKernel, one_hot

if TYPE_CHECKING:
    from mmdrp.nn.base.kernel import Kernel

LINES = 64  # lines at a time: 64 x 24 points x 1000 training lines are 12 MB in float64


@dataclass(frozen=True)
class Rule:
    """Points in (0, 1) and their weights, (m,)."""

    points: Tensor
    weights: Tensor

    @classmethod
    def of(cls, count: int, like: Tensor) -> "Rule":
        """Return the Gauss-Legendre rule."""
        x, w = np.polynomial.legendre.leggauss(count)
        return cls(like.new_tensor((x + 1) / 2), like.new_tensor(w / 2))

    def mean(self, values: Tensor) -> Tensor:
        """Average values (n, m, k) over the path, (n, k)."""
        return torch.einsum("m,nmk->nk", self.weights, values)


def along(
    base: "Kernel",
    inputs: Mapping[str, Tensor],
    present: Mapping[str, Tensor],
    baseline: Mapping[str, Tensor],
    task: int,
    count: int,
) -> dict[str, Tensor]:
    """Return the attribution (n, d) of each source among the inputs.

    A line's unmeasured values stay unmeasured along the whole path: their share is zero.
    """
    rule = Rule.of(count, base.dual)
    out = {s: torch.zeros_like(x, dtype=base.dual.dtype) for s, x in inputs.items()}
    for source, part in base.by_marker.items():
        if source in inputs:
            f = part.features
            start, end = _ends(f, inputs[source], present[source], baseline.get(source))
            out[source][:, f.keep] += (end - start) * part.effect[:, task]
    for source in base.kernels:
        for lines in _blocks(len(next(iter(inputs.values())))):
            x = {s: v[lines] for s, v in inputs.items()}
            here = {s: v[lines] for s, v in present.items()}
            for s, share in _kernel(base, source, x, here, baseline, task, rule).items():
                if s in out:
                    out[s][lines] += share
    return out


def _kernel(
    base: "Kernel",
    source: str,
    inputs: Mapping[str, Tensor],
    present: Mapping[str, Tensor],
    baseline: Mapping[str, Tensor],
    task: int,
    rule: Rule,
) -> dict[str, Tensor]:
    """Return the shares of one source's kernel, and of the tissue product that stands on it."""
    part = base.by_source[source]
    start, end = _ends(part.features, *base.given(source, inputs, present), baseline.get(source))
    k = _on_path(part, start, end - start, rule)
    dual = base.dual[:, task] - base.dual[:, task].mean()
    slope = (part.weight / part.centring.diagonal * dual).expand_as(k)
    out: dict[str, Tensor] = {}
    if source == base.tissue_of and base.product.known.numel():
        product = base.product
        T0, T1 = _tissues(base, inputs, present, baseline.get("tissue"))
        same = product.same(T0[:, None] + rule.points[:, None] * (T1 - T0)[:, None])
        b = product.weight / product.centring.diagonal * dual
        toward = b * same
        slope = slope + (toward - toward.mean(-1, keepdim=True)) / part.centring.diagonal
        out["tissue"] = (T1 - T0) * (rule.mean(b * part.centring(k)) @ product.known)
    gradient = _gradient(part, start, end - start, slope, k, rule)
    keep = part.features.keep
    out[source] = gradient.new_zeros(len(gradient), int(part.features.width))
    out[source][:, keep] = (end - start) * gradient
    return out


def _on_path(part: SourceKernel, start: Tensor, step: Tensor, rule: Rule) -> Tensor:
    """Return the plain kernel (n, m, k) of each point on the path with the training lines."""
    p, a = max(1, part.known.shape[1]), rule.points[None, :, None]
    inner = (start @ part.known.T)[:, None] + a * (step @ part.known.T)[:, None]
    if not part.rbf:
        return inner / p
    norm = (start**2).sum(1)[:, None, None] + a**2 * (step**2).sum(1)[:, None, None]
    norm = norm + 2 * a * (start * step).sum(1)[:, None, None]
    square = norm + (part.known**2).sum(1) - 2 * inner
    return torch.exp(-part.gamma / p * square.clamp(min=0))


def _gradient(
    part: SourceKernel, start: Tensor, step: Tensor, slope: Tensor, k: Tensor, rule: Rule
) -> Tensor:
    """Return the mean gradient (n, p) given the slopes (n, m, k) towards the plain kernel."""
    p = max(1, part.known.shape[1])
    if not part.rbf:
        return rule.mean(slope) @ part.known / p
    v = slope * k * (2 * part.gamma / p)
    total = v.sum(2)
    s, t = total @ rule.weights, total @ (rule.weights * rule.points)
    return rule.mean(v) @ part.known - (s[:, None] * start + t[:, None] * step)


def _ends(
    f: Features, x: Tensor, present: Tensor, baseline: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Return both ends of the path, standardised, (n, p); without a baseline it starts at 0."""
    end: Tensor = f(x, present)
    if baseline is None:
        return torch.zeros_like(end), end
    begin = torch.where(torch.isfinite(x), baseline.to(x.dtype), torch.nan)
    return f(begin, present), end


def _tissues(
    base: "Kernel",
    inputs: Mapping[str, Tensor],
    present: Mapping[str, Tensor],
    baseline: Tensor | None,
) -> tuple[Tensor, Tensor]:
    x, here = base.given("tissue", inputs, present)
    begin = base.product.share if baseline is None else baseline
    begin = torch.where(torch.isfinite(x), begin.to(x.dtype), torch.nan)
    return one_hot(begin, here, base.dual), one_hot(x, here, base.dual)


def _blocks(n: int) -> Iterator[slice]:
    for start in range(0, n, LINES):
        yield slice(start, start + LINES)
