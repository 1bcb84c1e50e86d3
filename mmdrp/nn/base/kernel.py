"""The closed-form base: filled responses, summed kernels, single features, response components."""

import logging
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self, cast

import torch
from torch import Tensor, nn

from mmdrp.batch import TISSUE, is_context
from mmdrp.errors import MmdrpError
from mmdrp.nn.base.components import Ridge, grid
from mmdrp.nn.base.drugs.similarity import NAMES, Name
from mmdrp.nn.base.drugs.sum import DrugOptions, Weighing
from mmdrp.nn.base.em_impute import LARGEST, fill, fill_around
from mmdrp.nn.base.fitted import Base, Marker, centred, children, rows
from mmdrp.nn.base.markers import MARKER_THRESHOLD, Markers, keep, laid_out, markers_of
from mmdrp.nn.base.noise import Learned, Noise, learn
from mmdrp.nn.base.path import path_gradients
from mmdrp.nn.base.source import SourceKernel, TissueKernel, added_up
from mmdrp.nn.base.weights import WEIGHTS, choose, chosen_weights, towards
from mmdrp.options import Count, Range

log = logging.getLogger(__name__)

Weight = Annotated[float, Range(least=0)]
Positive = Annotated[float, Range(above=0)]


class Kernel(Base):
    """Kernel ridge over all tasks at once; each step of it is one option (docs/base.md).

    A source without a weight has ``default_weight``, one without a ``marker_threshold`` offers no
    single features; ``weights="loo"`` chooses by leave-one-out. The source ``tissue`` (one-hot)
    only multiplies the kernel of ``tissue_of``, with the weight ``tissue``. ``context`` and
    ``batch`` name columns of the cells table, read as the one-hot sources ``context:medium``, ...;
    each has a linear kernel of ``context_weight``. Options ``drug_...`` are of ``PairBase``.
    """

    dual: Tensor
    """(k, t): the kernel part of a prediction is K(x, training lines) @ dual"""
    shift: Tensor
    """(t,): added to the means, which weights of lines move"""
    penalty: Tensor
    """of each response component, then of all the rest; of the second fit after the first"""

    def __init__(
        self,
        weights: Mapping[str, Weight] | Literal["loo"] = WEIGHTS,
        default_weight: Weight = 0.0,
        marker_threshold: Mapping[str, Positive] = MARKER_THRESHOLD,
        tissue: Weight = 0.2,
        tissue_of: str = "expression",
        em_impute: bool = True,
        n_reimpute: Annotated[int, Range(least=0)] = 2,
        full_covariance: Annotated[int, Range(least=0)] = LARGEST,
        rbf: bool = True,
        gamma: Positive = 0.6,
        power: Annotated[float, Range(least=0, most=1)] = 0.5,
        noise: Positive = 2.0,
        max_markers: Annotated[int, Range(least=0)] = 6,
        min_count: Count = 5,
        components: Annotated[int, Range(least=0)] = 10,
        penalties: tuple[Positive, Positive, Count] = (0.3, 1000.0, 28),
        dtype: Literal["float64", "float32"] = "float32",
        context: Sequence[str] = ("medium",),
        batch: Sequence[str] = (),
        context_weight: Weight = 0.03,
        student: Positive | None = 2.0,
        measured_power: Weight = 0.5,
        correlated: Annotated[float, Range(least=0, most=1)] = 0.2,
        loo_share: Annotated[float, Range(least=0, most=1)] = 0.0,
        drug_kernels: Sequence[Name] = NAMES,
        drug_weights: Weighing = "loo",
        drug_stage2: bool = False,
    ) -> None:
        super().__init__()
        if isinstance(weights, str) and weights != "loo":
            raise MmdrpError(f"base.weights={weights}: give a weight per source, or loo")
        self.weights = None if isinstance(weights, str) else dict(weights)
        self.default_weight, self.tissue, self.tissue_of = default_weight, tissue, tissue_of
        self.marker_threshold = dict(marker_threshold)
        self.em_impute, self.n_reimpute = em_impute, n_reimpute if em_impute else 0
        self.full_covariance = full_covariance
        self.max_markers, self.min_count, self.noise = max_markers, min_count, noise
        self.rbf, self.gamma, self.power = rbf, gamma, power
        self.components, self.penalties = components, grid(*penalties)
        self.dtype: torch.dtype = getattr(torch, dtype)
        self.context, self.batch, self.context_weight = tuple(context), tuple(batch), context_weight
        self.loo_share = loo_share
        self.drug_options = DrugOptions(drug_kernels, drug_weights, drug_stage2)
        self.noise_model = Noise(student, measured_power, correlated, loo_share)
        self._clear()
        self.set_buffers(dual=torch.zeros(0, 0), shift=torch.zeros(0), penalty=torch.zeros(0))

    @torch.no_grad()
    def fit(self, inputs: Mapping[str, Tensor], present: Mapping[str, Tensor], y: Tensor) -> Self:
        """Learn from training lines; a line without any measured response is not learned from."""
        self._clear()
        used = torch.isfinite(y).any(1)
        if int(used.sum()) == 1:
            raise MmdrpError("base: one training line has responses; base=kernel needs two or more")
        data = {s: inputs[s][used].to(self.dtype) for s in sorted(inputs)}
        here = {s: present[s][used] for s in data}
        mean, residual = centred(y[used].to(self.dtype))
        seen = torch.isfinite(residual)
        most = self.full_covariance
        x = fill(residual, largest=most) if self.em_impute else torch.nan_to_num(residual)
        # What was filled moves the mean: drugs are not measured in lines drawn at random.
        mean, x = mean + x.mean(0), x - x.mean(0)
        kernel = self._summed(data, here, x, seen)
        candidates, parts = laid_out(
            data, here, kernel, self.marker_threshold, self.min_count, self.noise
        )
        self.markers.update(parts)
        ridge = Ridge.of(kernel)

        def learned(noise: Noise) -> Learned:
            return learn(
                candidates, kernel, ridge, x, seen, self.max_markers,
                self.components, self.penalties, noise,
            )  # fmt: skip

        for _ in range(0 if bool(seen.all()) else self.n_reimpute):
            error = learned(Noise()).error
            full = fill_around(y[used].to(self.dtype), mean + x - error, most)
            mean, x = full.mean(0), full - full.mean(0)
        found = learned(self.noise_model)
        keep(self.by_marker, found.steps, x.shape[1])
        self.set_buffers(mean=mean, shift=found.shift, dual=found.dual, penalty=found.penalty)
        self.to(torch.float32)
        held_out = torch.empty(y.shape, device=y.device)
        held_out[used] = (mean + x - found.error).float()
        if not bool(used.all()):
            alone = {s: v[~used] for s, v in inputs.items()}
            held_out[~used] = self(alone, {s: v[~used] for s, v in present.items()})
        imputed_response = held_out.clone()
        imputed_response[used] = (mean + x).float()
        self.set_buffers(imputed_response=imputed_response)
        self.register_buffer("held_out", held_out, persistent=False)
        return self

    def forward(self, inputs: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Tensor:
        """Predict the response of lines never seen, (n, t)."""
        out = self.mean + self.shift + self.kernel(inputs, present) @ self.dual
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
            if source == self.tissue_of and self.product.X_fit_.numel():
                both = self.product(k, *self.given(TISSUE, inputs, present))
                total = total + self.product.weight * both
        return total

    def distance(self, inputs: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Tensor:
        """Return the squared distance (n, k) to training lines by modalities, not by context."""
        total = self.dual.new_zeros(rows(inputs, present), len(self.dual))
        for source, part in self.by_source.items():
            if not is_context(source):
                x, here = self.given(source, inputs, present)
                total += part.weight / part.centring.diagonal * part.distance(x, here)
        return total

    def given(
        self, source: str, inputs: Mapping[str, Tensor], present: Mapping[str, Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Return a source's features and presence; one that is not among the inputs is absent."""
        if source in inputs:
            return inputs[source], present[source]
        n, device = rows(inputs, present), self.dual.device
        tissues = self.product.X_fit_.shape[1]
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
        return path_gradients(self, inputs, present, baseline or {}, task, points)

    def _clear(self) -> None:
        self.kernels, self.markers, self.product = nn.ModuleDict(), nn.ModuleDict(), TissueKernel()

    def _source_kernel(self, source: str) -> SourceKernel:
        if is_context(source):
            return SourceKernel(source, rbf=False, gamma=self.gamma, power=0.0)
        return SourceKernel(source, self.rbf, self.gamma, self.power)

    def _load_from_state_dict(
        self, state_dict: Mapping[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        """Make room for the sources that come, before their own values are read."""
        self._clear()
        self.kernels.update(
            {s: self._source_kernel(s) for s in children(state_dict, prefix + "kernels.")}
        )
        self.markers.update({s: Markers(s) for s in children(state_dict, prefix + "markers.")})
        if (mean := state_dict.get(prefix + "mean")) is not None:  # older than weights of lines
            state_dict = {prefix + "shift": torch.zeros_like(mean), **state_dict}
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)

    def _summed(
        self, data: dict[str, Tensor], here: dict[str, Tensor], x: Tensor, seen: Tensor
    ) -> Tensor:
        """Fit the kernels and their weights; return their sum (k, k)."""
        wanted = self.tissue_of if self.tissue else None
        asked = chosen_weights(data, self.weights, self.default_weight, wanted, self.context_weight)
        if not asked:
            raise MmdrpError("base: tissue alone makes no kernel; add a modality, or base=mean")
        parts: dict[str, Tensor] = {}
        for source in asked:
            self.kernels[source] = part = self._source_kernel(source)
            parts[source] = part.fit(data[source], here[source])
        if self.tissue and TISSUE in data and self.tissue_of in parts:
            parts[TISSUE] = self.product.fit(parts[self.tissue_of], data[TISSUE], here[TISSUE])
            asked[TISSUE] = self.tissue
        if share := 1.0 if self.weights is None else self.loo_share:
            asked = towards(asked, choose(parts, x, seen), share)
        log.info("base: kernels %s", ", ".join(f"{s} {w:.3g}" for s, w in asked.items()))
        return added_up(parts, asked, self.kernels, self.product, self.tissue_of)
