"""An empirical p for each feature: the base refitted on shuffled responses.

For one drug the base is refitted on its own measured responses alone: single features chosen again,
then kernel ridge on the run's kernel. A feature's score is the mean over lines of |value - mean|
times the slope of the refit at the average line. The same is done after shuffling the responses
over the lines. Under the null, that the drug's responses have nothing to do with the features, the
real score is one more of the shuffled ones, so that its p is uniform. The penalty is the base's
``noise`` in every refit: chosen anew it would be small for the real responses of a drug with any
signal and large for shuffled ones, and every feature of such a drug would seem significant.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from scipy.stats import false_discovery_control
from torch import Tensor

from mmdrp.batch import TISSUE
from mmdrp.nn.base.carriers import enough_carriers
from mmdrp.nn.base.kernel import Kernel
from mmdrp.nn.base.markers import Candidates, Markers, forward_select
from mmdrp.nn.base.path import Path, Rule

COPIES = 64  # refits at a time
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Refit:
    """Everything of a fitted base that no response changes, for the training lines."""

    base: Kernel
    kernel: Tensor
    """(k, k): between training lines"""
    path: Path
    """from the average line nowhere: the slope there"""
    columns: dict[str, tuple[Markers, Tensor]]
    """per source the single features that may be chosen, and their values (k, p)"""
    spread: dict[str, Tensor]
    """(d,): mean over training lines of |value - mean|"""

    @classmethod
    @torch.no_grad()
    def of(
        cls, base: Kernel, inputs: Mapping[str, Tensor], present: Mapping[str, Tensor]
    ) -> "Refit":
        """Prepare the training lines (k, d) of a base, in its own order."""
        middle = {s: _mean(x, present[s])[None] for s, x in inputs.items()}
        if TISSUE in middle and base.product.X_fit_.numel():
            middle[TISSUE] = base.product.share[None].to(middle[TISSUE])
        here = {s: torch.ones(1, dtype=torch.bool) for s in inputs}
        columns = {}
        for source in sorted(base.marker_threshold):
            if source in inputs:
                part = Markers(source)
                z = part.candidates(inputs[source].double(), present[source], base.min_count)
                columns[source] = part, z
        kernel = base.kernel(inputs, present).double()
        return cls(
            base,
            (kernel + kernel.T) / 2,  # alike but for rounding
            Path(base, middle, here, {}, Rule.at(0.0, base.dual)),
            columns,
            {s: _spread(x, present[s]) for s, x in inputs.items()},
        )

    @torch.no_grad()
    def scores(self, y: Tensor, rows: Tensor) -> dict[str, Tensor]:
        """Return each feature's score (m, d) per source, for responses y (r, m) of lines ``rows``.

        All columns hold the same responses in different orders.
        """
        K = self.kernel[rows][:, rows]
        K = K - K.mean(0) - K.mean(1, keepdim=True) + K.mean()
        y = y - y.mean(0)
        rest, effect = self._single(K, y, rows)
        dual = torch.zeros(len(self.kernel), y.shape[1], dtype=y.dtype)
        dual[rows] = self._ridge(K, rest)
        everyone = torch.zeros(y.shape[1], dtype=torch.int64)
        like = self.base.dual
        parts = []
        for some in torch.split(torch.arange(y.shape[1]), COPIES):
            slope = self.path.of(dual[:, some].T.to(like), {}, everyone[some], multiply=False)
            for source, (columns, values) in effect.items():
                slope[source].index_add_(1, columns, values[some].to(slope[source]))
            parts.append({s: (g * self.spread[s].to(g)).abs() for s, g in slope.items()})
        return {s: torch.cat([p[s] for p in parts]) for s in parts[0]}

    def _single(
        self, K: Tensor, y: Tensor, rows: Tensor
    ) -> tuple[Tensor, dict[str, tuple[Tensor, Tensor]]]:
        """Choose single features for each column; return what they leave and the effects (m, p)."""
        if not self.columns or not self.base.max_markers:
            return y, {}
        z = torch.cat([v[rows] for _, v in self.columns.values()], 1)
        z = z - z.mean(0)
        width = [v.shape[1] for _, v in self.columns.values()]
        taus = zip(self.columns, width, strict=True)
        tau = torch.cat([y.new_full((w,), float(self.base.marker_threshold[s])) for s, w in taus])
        share = y.new_full((y.shape[1],), len(rows) / len(self.kernel))
        rest, steps = forward_select(
            Candidates.of(K, z, tau, self.base.noise), y, share, self.base.max_markers
        )
        effects = torch.zeros(y.shape[1], z.shape[1], dtype=y.dtype)
        effects[steps.task, steps.column] = steps.effect
        out = {}
        for (source, (part, _)), values in zip(
            self.columns.items(), torch.split(effects, width, 1), strict=True
        ):
            out[source] = part.features.keep, values / part.features.scale
        return rest, out

    def _ridge(self, K: Tensor, y: Tensor) -> Tensor:
        """Return the dual coefficients (r, m)."""
        V = K + self.base.noise * torch.eye(len(K), dtype=K.dtype)
        out: Tensor = torch.cholesky_solve(y, torch.linalg.cholesky(V))
        return out

    def tested(self, x: Tensor, present: Tensor) -> Tensor:
        """Return which features (d,) vary enough over these lines to be tested at all.

        A 0/1 feature must be carried by ``min_count`` lines, and lacked by as many.
        """
        values = torch.where(present[:, None] & torch.isfinite(x), x, torch.nan)
        read = torch.isfinite(values)
        if bool(((values == 0) | (values == 1) | ~read).all()):
            return enough_carriers(values, self.base.min_count)
        mean = torch.where(read, values, 0.0).sum(0) / read.sum(0).clamp(min=1)
        return (torch.where(read, values - mean, 0.0) ** 2).sum(0) > 1e-9


def significance(
    refit: Refit,
    inputs: Mapping[str, Tensor],
    present: Mapping[str, Tensor],
    y: Tensor,
    rows: Tensor,
    draws: int,
    seed: int = 0,
    groups: npt.NDArray[np.int64] | None = None,
) -> dict[str, tuple[Array, Array]]:
    """Return p and q (d,) of each source's features, q over all features of all sources.

    ``inputs`` are those of all training lines, ``y`` (r,) the responses of lines ``rows``; they are
    shuffled ``draws`` times, within ``groups`` (r,) where given. NaN where there is no test.
    """
    orders = shuffled(y.double(), draws, seed, groups)
    scores = refit.scores(orders, rows)
    p = {}
    for source, score in scores.items():
        varies = refit.tested(inputs[source][rows], present[source][rows])
        p[source] = p_values(score[0], score[1:], varies)
    every = np.concatenate(list(p.values()))
    q, tested = np.full(len(every), np.nan), np.isfinite(every)
    if tested.any():
        q[tested] = false_discovery_control(every[tested])
    cuts = np.cumsum([len(v) for v in p.values()])[:-1]
    return {s: (p[s], part) for s, part in zip(p, np.split(q, cuts), strict=True)}


def p_values(observed: Tensor, null: Tensor, tested: Tensor) -> Array:
    """Return p of each feature (d,) given its shuffled scores (m, d), NaN where not ``tested``.

    Scores are divided by the feature's own root mean square under the null and compared with those
    of all tested features of the source, which gives p finer than 1 / (m + 1).
    """
    p = np.full(len(observed), np.nan)
    own = (null**2).mean(0).sqrt()
    use = tested & (own > 0)
    if not bool(use.any()):
        return p
    pool = (null[:, use] / own[use]).flatten().sort().values
    at = torch.searchsorted(pool, (observed[use] / own[use]).contiguous())
    p[use.numpy()] = ((len(pool) - at + 1) / (len(pool) + 1)).double().numpy()
    return p


def shuffled(y: Tensor, draws: int, seed: int, groups: npt.NDArray[np.int64] | None) -> Tensor:
    """Return y (r,) and ``draws`` shuffles of it as columns (r, draws + 1), within groups."""
    rng = np.random.default_rng(seed)
    columns = [np.arange(len(y))]
    for _ in range(draws):
        order = np.arange(len(y))
        for g in [None] if groups is None else np.unique(groups):
            members = order if g is None else np.flatnonzero(groups == g)
            order[members] = rng.permutation(members)
        columns.append(order)
    return y[torch.from_numpy(np.stack(columns, axis=1))]


def _mean(x: Tensor, present: Tensor) -> Tensor:
    return torch.where(present[:, None], x, torch.nan).nanmean(0)


def _spread(x: Tensor, present: Tensor) -> Tensor:
    away = torch.where(present[:, None], x - _mean(x, present), torch.nan)
    return torch.nan_to_num(away.abs().nanmean(0))
