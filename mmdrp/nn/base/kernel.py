"""The closed-form base: filled responses, summed kernels, single features, response components."""

import logging
from collections.abc import Mapping
from typing import Any, Literal, Self, cast

import torch
from torch import Tensor, nn

from mmdrp.errors import MmdrpError
from mmdrp.nn.base.components import Components, Ridge, grid
from mmdrp.nn.base.fill import fill, fill_around
from mmdrp.nn.base.fitted import Base, Marker, centred, rows
from mmdrp.nn.base.path import along
from mmdrp.nn.base.source import SourceKernel, TissueKernel
from mmdrp.nn.base.sparse import Markers, Offer, Steps, keep, markers_of, select
from mmdrp.nn.base.weights import choose

log = logging.getLogger(__name__)

TISSUE = "tissue"
LEAST = 0.005  # a kernel of less weight changes nothing that can be measured


class Kernel(Base):
    """Kernel ridge over all tasks at once; each step of it is one option (docs/base.md).

    A source without a weight has ``default_weight``, one without a ``sparse`` tau offers no single
    features; ``weights="loo"`` chooses by leave-one-out. The source ``tissue`` (one-hot) only
    multiplies the kernel of ``tissue_of``, with the weight ``tissue``.
    """

    dual: Tensor
    """(k, t): the kernel part of a prediction is K(x, training lines) @ dual"""
    penalty: Tensor
    """(c + 1,): of each response component, then of all the rest"""

    def __init__(
        self,
        weights: Mapping[str, float] | Literal["loo"] = "loo",
        default_weight: float = 0.0,
        sparse: Mapping[str, float] | None = None,
        tissue: float = 0.2,
        tissue_of: str = "expression",
        fill: bool = True,
        refill: int = 2,
        rbf: bool = True,
        gamma: float = 0.6,
        power: float = 0.5,
        noise: float = 2.0,
        steps: int = 6,
        min_count: int = 5,
        components: int = 10,
        penalties: tuple[float, float, int] = (0.3, 1000.0, 28),
        dtype: str = "float64",
    ) -> None:
        super().__init__()
        if isinstance(weights, str) and weights != "loo":
            raise MmdrpError(f"base.weights={weights}: give a weight per source, or loo")
        self.weights = None if isinstance(weights, str) else dict(weights)
        self.default_weight, self.tissue, self.tissue_of = default_weight, tissue, tissue_of
        self.sparse = dict(sparse or {})
        self.refills = refill if fill else 0
        self.fills, self.steps, self.min_count, self.noise = fill, steps, min_count, noise
        self.rbf, self.gamma, self.power = rbf, gamma, power
        self.components, self.penalties = components, grid(*penalties)
        self.dtype: torch.dtype = getattr(torch, dtype)
        self._clear()
        self.learn(dual=torch.zeros(0, 0), penalty=torch.zeros(0))

    @torch.no_grad()
    def fit(self, inputs: Mapping[str, Tensor], present: Mapping[str, Tensor], y: Tensor) -> Self:
        """Learn from training lines; a line without any measured response is not learned from."""
        self._clear()
        used = torch.isfinite(y).any(1)
        if int(used.sum()) == 1:
            raise MmdrpError("base: one training line has responses; base=kernel needs two or more")
        data = {s: inputs[s][used].to(self.dtype) for s in sorted(inputs)}
        here = {s: present[s][used] for s in data}
        mean, rest = centred(y[used].to(self.dtype))
        seen = torch.isfinite(rest)
        x = fill(rest) if self.fills else torch.nan_to_num(rest)
        # What was filled moves the mean: drugs are not measured in lines drawn at random.
        mean, x = mean + x.mean(0), x - x.mean(0)
        kernel = self._summed(data, here, x, seen)
        offer, ridge = self._offer(data, here, kernel), Ridge.of(kernel)
        steps, error = self._learned(offer, ridge, x, seen)
        for _ in range(0 if bool(seen.all()) else self.refills):
            full = fill_around(y[used].to(self.dtype), mean + x - error)
            mean, x = full.mean(0), full - full.mean(0)
            steps, error = self._learned(offer, ridge, x, seen)
        keep(self.by_marker, steps, x.shape[1])
        self.learn(mean=mean)
        self.to(torch.float32)
        held_out = torch.empty(y.shape, device=y.device)
        held_out[used] = (mean + x - error).float()
        if not bool(used.all()):
            alone = {s: v[~used] for s, v in inputs.items()}
            held_out[~used] = self(alone, {s: v[~used] for s, v in present.items()})
        completed = held_out.clone()
        completed[used] = (mean + x).float()
        self.learn(completed=completed)
        self.register_buffer("held_out", held_out, persistent=False)
        return self

    def forward(self, inputs: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Tensor:
        """Predict the response of lines never seen, (n, t)."""
        out = self.mean + self.kernel(inputs, present) @ self.dual
        for source, part in self.by_marker.items():
            if source in inputs:
                out = out + part(inputs[source], present[source])
        return out

    def kernel(self, inputs: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Tensor:
        """Return the summed kernel (n, k) of lines with the training lines."""
        total = self.dual.new_zeros(rows(inputs, present), len(self.dual))
        for source, part in self.by_source.items():
            k = part(*self.given(source, inputs, present))
            total = total + part.weight * k
            if source == self.tissue_of and self.product.known.numel():
                both = self.product(k, *self.given(TISSUE, inputs, present))
                total = total + self.product.weight * both
        return total

    def given(
        self, source: str, inputs: Mapping[str, Tensor], present: Mapping[str, Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Return a source's features and presence; one that is not among the inputs is absent."""
        if source in inputs:
            return inputs[source], present[source]
        n, device = rows(inputs, present), self.dual.device
        tissues = self.product.known.shape[1]
        width = tissues if source == TISSUE else int(self.by_source[source].features.width)
        return self.dual.new_zeros(n, width), torch.zeros(n, dtype=torch.bool, device=device)

    @property
    def by_source(self) -> dict[str, SourceKernel]:
        """Return the kernel of each source."""
        return cast(dict[str, SourceKernel], dict(self.kernels.items()))

    @property
    def by_marker(self) -> dict[str, Markers]:
        """Return the single features of each source."""
        return cast(dict[str, Markers], dict(self.markers.items()))

    def selected(self) -> list[Marker]:
        """Return task, source, feature, effect and t of the single features, largest |t| first.

        The effect is per standard deviation of the feature, of a binary source per mutation.
        """
        return markers_of(self.by_marker)

    @torch.no_grad()
    def attribute(
        self,
        inputs: Mapping[str, Tensor],
        present: Mapping[str, Tensor],
        baseline: Mapping[str, Tensor] | None,
        task: int,
        points: int = 24,
    ) -> dict[str, Tensor]:
        """Return integrated gradients (n, d) per source, exact; see ``mmdrp.nn.base.path``."""
        return along(self, inputs, present, baseline or {}, task, points)

    def _clear(self) -> None:
        self.kernels, self.markers, self.product = nn.ModuleDict(), nn.ModuleDict(), TissueKernel()

    def _source_kernel(self, source: str) -> SourceKernel:
        return SourceKernel(source, self.rbf, self.gamma, self.power)

    def _load_from_state_dict(
        self, state_dict: Mapping[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        """Make room for the sources that come, before their own values are read."""
        self._clear()
        self.kernels.update(
            {s: self._source_kernel(s) for s in _children(state_dict, prefix + "kernels.")}
        )
        self.markers.update({s: Markers(s) for s in _children(state_dict, prefix + "markers.")})
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)

    def _summed(
        self, data: dict[str, Tensor], here: dict[str, Tensor], x: Tensor, seen: Tensor
    ) -> Tensor:
        """Fit the kernels and their weights; return their sum (k, k)."""
        asked = self._asked([s for s in data if s != TISSUE])
        if not asked:
            raise MmdrpError("base: tissue alone makes no kernel; add a modality, or base=mean")
        parts: dict[str, Tensor] = {}
        for source in asked:
            self.kernels[source] = part = self._source_kernel(source)
            parts[source] = part.fit(data[source], here[source])
        if self.tissue and TISSUE in data and self.tissue_of in parts:
            parts[TISSUE] = self.product.fit(parts[self.tissue_of], data[TISSUE], here[TISSUE])
            asked[TISSUE] = self.tissue
        if self.weights is None:
            asked = choose(parts, x, seen)
        log.info("base: kernels %s", ", ".join(f"{s} {w:.3g}" for s, w in asked.items()))
        return self._weighted(parts, asked)

    def _asked(self, sources: list[str]) -> dict[str, float]:
        """Return the weight of each kernel to be fitted, as given."""
        if self.weights is None:
            return dict.fromkeys(sources, 1.0)
        given = {s: float(self.weights.get(s, self.default_weight)) for s in sources}
        if not any(given.values()):  # the sources with a weight are not among the inputs
            return dict.fromkeys(sources, 1.0)
        if idle := [s for s, w in given.items() if not w]:
            log.info("base: no weight for %s; base.weights=loo chooses one", ", ".join(idle))
        wanted = self.tissue_of if self.tissue else None
        return {s: w for s, w in given.items() if w or s == wanted}

    def _weighted(self, parts: dict[str, Tensor], weights: dict[str, float]) -> Tensor:
        """Keep the weights, drop kernels of next to none; return the weighted sum (k, k)."""
        total = torch.zeros_like(next(iter(parts.values())))
        for source, k in parts.items():
            if weights[source] < LEAST and source not in (self.tissue_of, TISSUE):
                del self.kernels[source]
                continue
            part = self.product if source == TISSUE else self.by_source[source]
            part.learn(weight=k.new_tensor(weights[source]))
            total += weights[source] * k
        return total

    def _offer(self, data: dict[str, Tensor], here: dict[str, Tensor], kernel: Tensor) -> Offer:
        """Lay the single features of every source side by side."""
        offered, tau = [kernel.new_zeros(len(kernel), 0)], [kernel.new_zeros(0)]
        for source in data:
            if source in self.sparse:
                self.markers[source] = part = Markers(source)
                offered.append(part.candidates(data[source], here[source], self.min_count))
                tau.append(kernel.new_full((offered[-1].shape[1],), float(self.sparse[source])))
        return Offer.of(kernel, torch.cat(offered, 1), torch.cat(tau), self.noise)

    def _learned(self, offer: Offer, ridge: Ridge, x: Tensor, seen: Tensor) -> tuple[Steps, Tensor]:
        """Select single features, fit what they leave; return the leave-one-out error (k, t)."""
        rest, steps = select(offer, x, seen.to(x.dtype).mean(0), self.steps)
        chosen = Components.choose(ridge, rest, self.components, self.penalties)
        self.learn(dual=chosen.solve(ridge, rest), penalty=torch.cat([chosen.penalty, chosen.rest]))
        error = chosen.error(ridge, rest)
        own = chosen.error_of(ridge, offer.z, steps.column, steps.task)
        # Without its own line a single feature has a slightly different effect.
        moved = (own * (steps.effect - steps.without)).T
        whole = error.T.contiguous().index_put((steps.task,), moved, accumulate=True).T
        return steps, whole


def _children(state_dict: Mapping[str, Any], prefix: str) -> list[str]:
    keys = (key.removeprefix(prefix) for key in state_dict if key.startswith(prefix))
    return sorted({key.split(".")[0] for key in keys})
