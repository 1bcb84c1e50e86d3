"""Responses to drugs never screened: kernels over drugs summed, for mean and interaction."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, cast

import torch
from torch import Tensor, nn

from mmdrp.errors import MmdrpError
from mmdrp.nn.base.drugs.choice import Chosen, choose, components, grids_of, summed
from mmdrp.nn.base.drugs.similarity import NAMES, READS, Name, Similarity, made
from mmdrp.nn.base.drugs.smoother import Smoother
from mmdrp.nn.base.drugs.stage2 import SecondStage
from mmdrp.nn.base.fitted import Fitted, children

log = logging.getLogger(__name__)
Described = Mapping[str, Tensor]
"""what is known of drugs: ``structure`` counts (m, bits), ``embedding`` (m, d) with NaN where not
known, ``targets`` and ``pathways`` (m, k) 0/1"""
Weighing = Literal["loo", "given", "one"]
FEWEST = 10
"""drugs that weights are chosen by; of fewer, one left out tells nothing"""


@dataclass(frozen=True)
class DrugOptions:
    """How unseen drugs are compared: ``Kernel``'s options of that name (docs/base.md)."""

    kernels: Sequence[Name] = NAMES
    weights: Weighing = "loo"
    stage2: bool = False


class DrugSum(Fitted):
    """Kernel ridge over drugs for the drug's mean and for its residual response over lines.

    Each has its own weights of the kernels and its own penalty. The residual of a line is its
    response minus the drug's mean; its constant over drugs is the line's effect. Predictions are
    products of lines, drugs and drugs.
    """

    mean: Tensor
    """(t,): of the training drugs"""
    weights: Tensor
    """(2, k): of each kernel in the sum, by the order of their names, for mean and interaction"""
    penalty: Tensor
    """(2,)"""
    variances: Tensor
    """(2,): what posterior variance + penalty are worth, by the errors of leaving drugs out"""

    def __init__(self, options: DrugOptions | None = None) -> None:
        super().__init__()
        self.options = options or DrugOptions()
        self.parts = nn.ModuleDict()
        self.effect, self.interaction, self.second = Smoother(), Smoother(), SecondStage()
        self.set_buffers(mean=torch.zeros(0), weights=torch.zeros(2, 0))
        self.set_buffers(penalty=torch.ones(2), variances=torch.ones(2))

    @torch.no_grad()
    def fit(self, mean: Tensor, responses: Tensor, described: Described, y: Tensor) -> Self:
        """Learn from means (t,) and responses (n, t), filled, of the training drugs.

        ``y`` (n, t) are the responses as measured, NaN elsewhere.
        """
        mean, responses = mean.double(), responses.double()
        self.parts = nn.ModuleDict()
        for name in sorted(self.options.kernels):
            rows = described.get(READS.get(name, name))
            if rows is not None and rows.numel():
                self.parts[name] = made(name).fit(rows.double())
        if not self.parts:
            raise MmdrpError("base.drug_kernels: of the drugs of training, none of these is known")
        kernels = self.kernels(described)
        residual = responses - mean
        alone = residual - residual.mean(1, keepdim=True)
        found = [
            self._chosen("effect", kernels, mean[:, None]),
            self._chosen("interaction", kernels, components(alone)),
        ]
        for part, one in zip((self.effect, self.interaction), found, strict=True):
            part.fit(summed(kernels, one.weights), one.penalty)
        self.set_buffers(
            mean=mean,
            weights=mean.new_tensor([[one.weights[n] for n in self.parts] for one in found]),
            penalty=mean.new_tensor([one.penalty for one in found]),
        )
        self._measure(responses, y.double())
        return self.float()

    def _chosen(self, learned: str, kernels: dict[str, Tensor], z: Tensor) -> Chosen:
        grids = grids_of(kernels, learned)
        found = Chosen(dict(grids[0].given), grids[0].penalty)
        if self.options.weights == "loo" and len(z) >= FEWEST:
            found = choose(kernels, z, grids)
        shown = ", ".join(f"{n} {w:g}" for n, w in found.weights.items())
        log.info("base: drugs, %s: %s, penalty %g", learned, shown, found.penalty)
        return found

    def _measure(self, responses: Tensor, y: Tensor) -> None:
        """Learn how far leaving drugs out is off, and the second stage."""
        grand, effect, line, interaction = self.left_out(responses)
        rest = responses - self.mean - line
        off = (self.mean - grand - effect) ** 2, ((rest - interaction) ** 2).mean(0)
        own = self.effect.left_out_variance(), self.interaction.left_out_variance()
        self.set_buffers(variances=torch.stack([(o / v).mean() for o, v in zip(off, own)]))  # noqa: B905
        if self.options.stage2:
            self.second.fit(y - grand, effect, line, interaction)

    def kernels(self, described: Described) -> dict[str, Tensor]:
        """Return each kernel (m, t) of drugs with the training drugs; 0 where it is not known."""
        rows = len(next(iter(described.values())))
        out = {}
        for name, part in self.by_name.items():
            x = described.get(READS.get(name, name))
            out[name] = self.mean.new_zeros(rows, len(part.X_fit_)) if x is None else part(x)
        return out

    @property
    def by_name(self) -> dict[str, Similarity]:
        """Return the kernels that are summed."""
        return cast(dict[str, Similarity], dict(self.parts.items()))

    def reads(self, what: str) -> bool:
        """Whether any kernel reads this of a drug."""
        return any(READS.get(name, name) == what for name in self.parts)

    def weight(self, which: int) -> dict[str, float]:
        """Return the weight of each kernel: for the mean (0), for the interaction (1)."""
        return dict(zip(self.parts, self.weights[which].tolist(), strict=True))

    def summed(self, kernels: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Return the sums of kernels for the mean and for the interaction."""
        effect, interaction = (summed(kernels, self.weight(which)) for which in (0, 1))
        return effect, interaction

    def forward(self, responses: Tensor, described: Described) -> Tensor:
        """Predict drugs from responses (n, t) to the training drugs, (n, m)."""
        grand, effect, line, interaction = self.predicted(responses, described)
        out: Tensor = grand + self.second(effect, line, interaction)
        return out

    def predicted(
        self, responses: Tensor, described: Described
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return grand mean (), drug effect (m,), line effect (n, 1), interaction (n, m)."""
        kernels = self.summed(self.kernels(described))
        residual = responses - self.mean
        line, grand = residual.mean(1, keepdim=True), self.mean.mean()
        effect = self.mean @ self.effect(kernels[0]) - grand
        return grand, effect, line, residual @ self.interaction(kernels[1]) - line

    def left_out(self, responses: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the same for the training drugs, each as if it were unseen."""
        residual = responses - self.mean
        line, grand = residual.mean(1, keepdim=True), self.mean.mean()
        effect = self.effect.left_out(self.mean[None])[0] - grand
        return grand, effect, line, self.interaction.left_out(residual) - line

    def leave_one_out(self, responses: Tensor) -> Tensor:
        """Predict the training drugs from responses (n, t), each drug as if it were unseen."""
        grand, effect, line, interaction = self.left_out(responses)
        out: Tensor = grand + self.second(effect, line, interaction)
        return out

    def left_out_variance(self) -> Tensor:
        """Return posterior variance + penalty (t,) of each training drug, left out."""
        parts = self.effect.left_out_variance(), self.interaction.left_out_variance()
        return self.variances[0] * parts[0] + self.variances[1] * parts[1]

    def variance(self, described: Described) -> Tensor:
        """Return posterior variance + penalty (m,) of drugs."""
        kernels = self.summed(self.kernels(described))
        own = self._own(described)
        total = torch.zeros_like(own[0])
        for which, part in enumerate((self.effect, self.interaction)):
            spread = part.variance(kernels[which], own[which]) + self.penalty[which]
            total = total + self.variances[which] * spread
        return total.clamp(min=1e-9)

    def _own(self, described: Described) -> tuple[Tensor, Tensor]:
        known = {n: described.get(READS.get(n, n)) for n in self.parts}
        own = {n: self.by_name[n].own(x) for n, x in known.items() if x is not None}
        own = own or {"none": self.mean.new_zeros(len(next(iter(described.values()))))}
        effect, interaction = (summed(own, self.weight(which)) for which in (0, 1))
        return effect, interaction

    def _load_from_state_dict(
        self, state_dict: Mapping[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        """Make room for the kernels that come, before their own values are read."""
        known = [n for n in children(state_dict, prefix + "parts.") if n in NAMES]
        self.parts = nn.ModuleDict({name: made(name) for name in known})
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
