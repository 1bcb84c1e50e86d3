"""Single features per task by generalised least squares: readable biomarkers beside the kernel."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from mmdrp.nn.base.algebra.exact import inverse
from mmdrp.nn.base.carriers import enough_carriers
from mmdrp.nn.base.fitted import Fitted, Marker
from mmdrp.nn.base.source import Features, moments

MARKER_THRESHOLD = {"expression": 3.5, "rppa": 3.5, "metabolomics": 3.5, "mutation": 4.0}
"""|t| above which a modality's single features enter"""


@dataclass(frozen=True)
class SelectionPath:
    """What was selected, one entry per step and task, in order of selection."""

    task: Tensor
    column: Tensor
    effect: Tensor
    t: Tensor
    without: Tensor
    """(k, steps): the effect had the line not been there"""


@dataclass(frozen=True)
class Candidates:
    """Columns z (k, p) that may enter, the |t| each must reach, and V^-1 of V = K + noise."""

    z: Tensor
    tau: Tensor
    noise: float
    W: Tensor
    Wz: Tensor
    power: Tensor
    """(p,): z'V^-1 z"""

    @classmethod
    def of(cls, kernel: Tensor, z: Tensor, tau: Tensor, noise: float) -> "Candidates":
        """Invert V once; every response is judged by it."""
        eye = torch.eye(len(kernel), dtype=kernel.dtype, device=kernel.device)
        W = inverse(kernel + noise * eye)
        Wz = W @ z
        return cls(z, tau, noise, W, Wz, (z * Wz).sum(0))


def forward_select(
    candidates: Candidates, y: Tensor, share: Tensor, steps: int
) -> tuple[Tensor, SelectionPath]:
    """Pick up to ``steps`` columns of z (k, p) per task of centred y (k, t); return the rest of y.

    t = z'V^-1 y / sqrt(z'V^-1 z s^2) sqrt(share), s^2 = mean(y * V^-1 y), as in mixed-model
    association (Lippert et al. 2011). The largest |t| / tau is taken while above 1, its effect
    shrunk by 1 - tau / |t|; no feature is taken twice.
    """
    z, tau, W, Wz, power = (
        candidates.z,
        candidates.tau,
        candidates.W,
        candidates.Wz,
        candidates.power,
    )
    gain = torch.where(power > 1e-9, power.clamp(min=1e-9).rsqrt(), 0.0) / tau
    residual, active = y.clone(), torch.arange(y.shape[1], device=y.device)
    found: list[SelectionPath] = []
    spent: list[Tensor] = []
    for _ in range(steps if z.shape[1] else 0):
        Wy = W @ residual[:, active]
        scale = (residual[:, active] * Wy).mean(0).clamp(min=1e-12) / share[active]
        ratio = (Wy.T @ z).abs_().mul_(gain).mul_(scale.rsqrt()[:, None])
        # Shrunk to just above tau, a feature would be taken again and again for next to nothing.
        for column in spent:
            ratio.scatter_(1, column[:, None], 0.0)
        most, column = ratio.max(1)
        taken = most > 1
        if not bool(taken.any()):
            break
        active, column, Wy, most = active[taken], column[taken], Wy[:, taken], most[taken]
        slope = (z[:, column] * Wy).sum(0) / power[column]
        effect = slope * (1 - 1 / most)
        without = _without(
            W, Wz[:, column], power[column], z[:, column], residual[:, active], Wy, tau[column],
            share[active], candidates.noise,
        )  # fmt: skip
        residual[:, active] -= z[:, column] * effect
        spent = [c[taken] for c in spent] + [column]
        found.append(
            SelectionPath(active, column, effect, slope.sign() * most * tau[column], without)
        )
    return residual, _joined(found, y)


def _without(
    W: Tensor, Wz: Tensor, power: Tensor, z: Tensor, y: Tensor, Wy: Tensor, tau: Tensor,
    share: Tensor, noise: float,
) -> Tensor:  # fmt: skip
    """Return the effects (k, m) with one line left out at a time, by rank-one downdates.

    The mean is left out with the line, hence 1 / (k noise). The choice of the feature stays.
    """
    k = len(W)
    loo_denominator = (W.diagonal() - 1 / (k * noise))[:, None]
    zWy = (z * Wy).sum(0) - Wz * Wy / loo_denominator
    left = (power - Wz**2 / loo_denominator).clamp(min=1e-9)
    scale = ((y * Wy).sum(0) - Wy**2 / loo_denominator).clamp(min=1e-12) / (k - 1)
    t = zWy.abs() / (left * scale).sqrt() * share.sqrt()
    return zWy / left * (1 - tau / t.clamp(min=1e-9)).clamp(min=0)


def _joined(found: list[SelectionPath], like: Tensor) -> SelectionPath:
    if not found:
        none = torch.zeros(0, dtype=torch.int64, device=like.device)
        empty = like.new_zeros(0)
        return SelectionPath(none, none, empty, empty, like.new_zeros(len(like), 0))
    return SelectionPath(
        torch.cat([s.task for s in found]),
        torch.cat([s.column for s in found]),
        torch.cat([s.effect for s in found]),
        torch.cat([s.t for s in found]),
        torch.cat([s.without for s in found], dim=1),
    )


def _binary(x: Tensor, present: Tensor) -> bool:
    """Return whether all that was measured is 0 or 1; the first values mostly tell."""
    for rows in torch.split(torch.arange(len(x), device=x.device), 64):
        read = present[rows, None] & torch.isfinite(x[rows])
        if bool((read & (x[rows] != 0) & (x[rows] != 1)).any()):
            return False
    return True


class Markers(Fitted):
    """The selected features of one source and their effects, (p, t)."""

    effect: Tensor
    t: Tensor

    def __init__(self, source: str) -> None:
        super().__init__()
        self.features = Features(source)
        self.set_buffers(effect=torch.zeros(0, 0), t=torch.zeros(0, 0))

    def candidates(self, x: Tensor, present: Tensor, min_count: int) -> Tensor:
        """Return z (k, p): per standard deviation, or 0/1 centred where the source is binary.

        A binary feature must be carried by ``min_count`` training lines, and lacked by as many.
        """
        mean, sd, share = moments(x, present)
        good = (sd > 1e-6) & (share >= 0.5)
        binary = _binary(x, present)
        if binary:
            good &= enough_carriers(torch.where(present[:, None], x, torch.nan), min_count)
        keep = good.nonzero().squeeze(1)
        scale = torch.ones_like(sd) if binary else sd
        self.features.of(x.shape[1], keep, mean[keep], scale[keep])
        out: Tensor = self.features(x, present)
        return out

    def keep(self, steps: SelectionPath, offset: int, tasks: int) -> None:
        """Drop all candidates but those selected; ``offset`` is the place of the first one."""
        f = self.features
        mine = (steps.column >= offset) & (steps.column < offset + len(f.keep))
        column, row = torch.unique(steps.column[mine] - offset, return_inverse=True)
        effect = steps.effect.new_zeros(len(column), tasks)
        t = torch.zeros_like(effect)
        effect[row, steps.task[mine]] = steps.effect[mine]
        t[row, steps.task[mine]] = steps.t[mine]
        self.features.of(int(f.width), f.keep[column], f.mean[column], f.scale[column])
        self.set_buffers(effect=effect, t=t)

    def forward(self, x: Tensor, present: Tensor) -> Tensor:
        """Return this source's part of the prediction, (n, t)."""
        out: Tensor = self.features(x, present) @ self.effect
        return out

    def table(self) -> list[Marker]:
        """Return task, source, feature, effect, t of each."""
        feature, task = self.t.nonzero(as_tuple=True)
        rows = zip(
            task.tolist(),
            self.features.keep[feature].tolist(),
            self.effect[feature, task].tolist(),
            self.t[feature, task].tolist(),
            strict=True,
        )
        return [(j, self.features.source, column, b, t) for j, column, b, t in rows]


def keep(parts: Mapping[str, Markers], steps: SelectionPath, tasks: int) -> None:
    """Keep of every source's candidates, which stand side by side, those selected."""
    offset = 0
    for part in parts.values():
        width = len(part.features.keep)
        part.keep(steps, offset, tasks)
        offset += width


def markers_of(parts: Mapping[str, Markers]) -> list[Marker]:
    """Return the selected features of all sources, by task, the largest |t| first."""
    found = [row for part in parts.values() for row in part.table()]
    return sorted(found, key=lambda row: (row[0], -abs(row[4]), row[1], row[2]))


def laid_out(
    data: Mapping[str, Tensor],
    present: Mapping[str, Tensor],
    kernel: Tensor,
    threshold: Mapping[str, float],
    min_count: int,
    noise: float,
) -> tuple[Candidates, dict[str, Markers]]:
    """Lay the single features of every source with a threshold side by side, beside a kernel."""
    columns, tau = [kernel.new_zeros(len(kernel), 0)], [kernel.new_zeros(0)]
    parts = {}
    for source in data:
        if source in threshold:
            parts[source] = part = Markers(source)
            columns.append(part.candidates(data[source], present[source], min_count))
            tau.append(kernel.new_full((columns[-1].shape[1],), float(threshold[source])))
    return Candidates.of(kernel, torch.cat(columns, 1), torch.cat(tau), noise), parts
