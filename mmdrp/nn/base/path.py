"""Exact attribution of the kernel base, from scalars per training line.

Along a straight path q0 + a (q1 - q0) the inner products with training lines are affine in a and
squared norms quadratic, so a point on the path costs k numbers, whatever the number of genes.
Integrated gradients (Sundararajan et al. 2017, by Gauss-Legendre quadrature) need no more than the
kernel's moments over the path, K_m = integral of a^m k(a), which no task changes: the mean gradient
of the RBF part is Q'v - (s q0 + t dq) with v, s, t read from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from mmdrp.nn.base.markers import Markers
from mmdrp.nn.base.source import Features, SourceKernel, TissueKernel, one_hot

LINES = 64  # on the path at a time: 64 x 24 points x 1000 training lines are 12 MB in float64
READ = 256  # at a time where one number per training line is left


class KernelBase(Protocol):
    """What a path needs of a kernel base; ``mmdrp.nn.base.kernel.Kernel`` is one."""

    dual: Tensor
    tissue_of: str
    product: TissueKernel
    kernels: Any

    @property
    def by_source(self) -> dict[str, SourceKernel]:
        """The kernel of each source."""
        ...

    @property
    def by_marker(self) -> dict[str, Markers]:
        """The single features of each source."""
        ...

    def given(
        self, source: str, inputs: Mapping[str, Tensor], present: Mapping[str, Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Return a source's features and presence; one that is not among the inputs is absent."""
        ...


@dataclass(frozen=True)
class Rule:
    """Points on the path, 0 its start and 1 its end, and their weights, (m,)."""

    points: Tensor
    weights: Tensor

    @classmethod
    def of(cls, count: int, like: Tensor) -> "Rule":
        """Return the Gauss-Legendre rule: integrated gradients."""
        x, w = np.polynomial.legendre.leggauss(count)
        return cls(like.new_tensor((x + 1) / 2), like.new_tensor(w / 2))

    @classmethod
    def at(cls, point: float, like: Tensor) -> "Rule":
        """Return one point alone: 1 gives the gradient at the input."""
        return cls(like.new_tensor([point]), like.new_ones(1))

    def mean(self, values: Tensor, power: int = 0) -> Tensor:
        """Average values (n, m, k) times a^power over the path, (n, k)."""
        return torch.einsum("m,nmk->nk", self.weights * self.points**power, values)


def path_gradients(
    base: KernelBase,
    inputs: Mapping[str, Tensor],
    present: Mapping[str, Tensor],
    baseline: Mapping[str, Tensor],
    task: int,
    count: int,
) -> dict[str, Tensor]:
    """Return the attribution (n, d) of each source among the inputs.

    A line's unmeasured values stay unmeasured along the whole path: their share is zero.
    """
    path = Path(base, inputs, present, baseline, Rule.of(count, base.dual))
    return path.of(base.dual[:, task], {s: m.effect[:, task] for s, m in base.by_marker.items()})


class Path:
    """The straight paths of n lines through a base; every task is read from the same moments.

    ``baseline`` holds raw features (d,) or (n, d) per source; one that it does not name starts at
    its training mean. Kept are the standardised ends of each path, and three numbers per line,
    training line and source.
    """

    def __init__(
        self,
        base: KernelBase,
        inputs: Mapping[str, Tensor],
        present: Mapping[str, Tensor],
        baseline: Mapping[str, Tensor],
        rule: Rule,
    ) -> None:
        self.base, self.rule = base, rule
        self.inputs, self.present, self.baseline = inputs, present, baseline
        self.rows = torch.arange(len(next(iter(inputs.values()))))
        self.tissues = self._tissues() if base.product.X_fit_.numel() else None
        self.ends = {s: self._ends(m.features, s) for s, m in base.by_source.items()}
        self.singles = {
            s: self._ends(m.features, s) for s, m in base.by_marker.items() if s in inputs
        }
        self.moments = {s: self._moments(s) for s in base.kernels}

    def of(
        self,
        dual: Tensor,
        effect: Mapping[str, Tensor],
        rows: Tensor | None = None,
        multiply: bool = True,
    ) -> dict[str, Tensor]:
        """Return the shares (r, d) of each source in K(x) @ dual + markers @ effect.

        ``dual`` is (k,) or one per row (r, k), ``effect`` (p,) or (r, p) per source, some or all;
        ``rows`` (r,) of the lines, by default all. Without ``multiply`` it is the mean gradient by
        the raw feature instead of its product with the step.
        """
        rows = self.rows if rows is None else rows
        out = {s: x.new_zeros(len(rows), x.shape[1]).to(dual) for s, x in self.inputs.items()}
        for source in self.base.kernels:
            for block in torch.split(torch.arange(len(rows)), READ):
                one = dual if dual.ndim == 1 else dual[block]
                for s, share in self._kernel(source, one, rows[block], multiply).items():
                    if s in out:
                        out[s][block] += share
        for source, (start, end) in self.singles.items():
            if source not in effect:
                continue
            f = self.base.by_marker[source].features
            factor = (end - start)[rows] if multiply else self._read(f, source, rows) / f.scale
            out[source].index_add_(1, f.keep, factor * effect[source])
        return out

    def _moments(self, source: str) -> tuple[Tensor, Tensor, Tensor]:
        part = self.base.by_source[source]
        found: list[list[Tensor]] = [[], [], []]
        for rows in torch.split(self.rows, LINES):
            start, end = (e[rows] for e in self.ends[source])
            k = _on_path(part, start, end - start, self.rule)
            for power, kept in enumerate(found):
                kept.append(self.rule.mean(k, power))
        return torch.cat(found[0]), torch.cat(found[1]), torch.cat(found[2])

    def _kernel(self, source: str, dual: Tensor, rows: Tensor, multiply: bool) -> dict[str, Tensor]:
        """Return the shares of one source's kernel, and of the tissue product that stands on it."""
        base, part = self.base, self.base.by_source[source]
        K = tuple(m[rows] for m in self.moments[source])
        dual = dual - dual.mean(-1, keepdim=True)
        # The slope towards the plain kernel is constant + a * change along the path.
        constant = (part.weight / part.centring.diagonal * dual).expand_as(K[0])
        change = torch.zeros_like(constant)
        out: dict[str, Tensor] = {}
        if source == base.tissue_of and self.tissues is not None:
            product = base.product
            T0, T1 = (t[rows] for t in self.tissues)
            b = product.weight / product.centring.diagonal * dual
            toward, turn = b * product.same(T0), b * product.same(T1 - T0)
            diagonal = part.centring.diagonal
            constant = constant + (toward - toward.mean(-1, keepdim=True)) / diagonal
            change = change + (turn - turn.mean(-1, keepdim=True)) / diagonal
            residual: Tensor = b * part.centring(K[0])
            gradient = residual @ product.X_fit_
            out["tissue"] = (T1 - T0) * gradient if multiply else gradient
        start, end = (e[rows] for e in self.ends[source])
        step = end - start
        mean = _gradient(part, start, step, (constant, change), K, self.rule)
        f = part.features
        mean *= step if multiply else self._read(f, source, rows) / f.scale
        out[source] = mean
        if len(f.keep) < int(f.width):
            out[source] = mean.new_zeros(len(rows), int(f.width)).index_copy_(1, f.keep, mean)
        return out

    def _ends(self, f: Features, source: str) -> tuple[Tensor, Tensor]:
        """Return both ends of the path, standardised, (n, p); without a baseline it starts at 0."""
        x, here = self.base.given(source, self.inputs, self.present)
        end: Tensor = f(x, here)
        if source not in self.baseline:
            return end.new_zeros(()).expand_as(end), end
        return f(_begin(x, self.baseline[source]), here), end

    def _tissues(self) -> tuple[Tensor, Tensor]:
        x, here = self.base.given("tissue", self.inputs, self.present)
        begin = _begin(x, self.baseline.get("tissue", self.base.product.share))
        return one_hot(begin, here, self.base.dual), one_hot(x, here, self.base.dual)

    def _read(self, f: Features, source: str, rows: Tensor) -> Tensor:
        """Return 1 where a feature is measured, else 0, (r, p)."""
        x, here = self.base.given(source, self.inputs, self.present)
        return (here[rows, None] & torch.isfinite(x[rows][:, f.keep])).to(f.mean.dtype)


def _begin(x: Tensor, baseline: Tensor) -> Tensor:
    return torch.where(torch.isfinite(x), baseline.to(x.dtype), torch.nan)


def _on_path(part: SourceKernel, start: Tensor, step: Tensor, rule: Rule) -> Tensor:
    """Return the plain kernel (n, m, k) of each point on the path with the training lines."""
    p, a = max(1, part.X_fit_.shape[1]), rule.points[None, :, None]
    inner = (start @ part.X_fit_.T)[:, None] + a * (step @ part.X_fit_.T)[:, None]
    if not part.rbf:
        return inner / p
    norm = (start**2).sum(1)[:, None, None] + a**2 * (step**2).sum(1)[:, None, None]
    norm = norm + 2 * a * (start * step).sum(1)[:, None, None]
    square = norm + (part.X_fit_**2).sum(1) - 2 * inner
    return torch.exp(-part.gamma / p * square.clamp(min=0))


def _gradient(
    part: SourceKernel,
    start: Tensor,
    step: Tensor,
    slope: tuple[Tensor, Tensor],
    K: tuple[Tensor, ...],
    rule: Rule,
) -> Tensor:
    """Return the mean gradient (n, p) given the slope (n, k) towards the plain kernel, affine."""
    p, (constant, change) = max(1, part.X_fit_.shape[1]), slope
    if not part.rbf:
        first = (rule.weights * rule.points).sum()
        return (constant * rule.weights.sum() + change * first) @ part.X_fit_ / p
    twice = 2 * part.gamma / p
    v = (constant * K[0] + change * K[1]) * twice
    s, t = v.sum(1), ((constant * K[1] + change * K[2]) * twice).sum(1)
    return (
        (v @ part.X_fit_).addcmul_(s[:, None], start, value=-1).addcmul_(t[:, None], step, value=-1)
    )
