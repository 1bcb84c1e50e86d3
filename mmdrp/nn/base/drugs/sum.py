"""Responses to drugs never screened: kernels over drugs summed, for mean and interaction."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, cast

import torch
from torch import Tensor, nn

from mmdrp.errors import MmdrpError
from mmdrp.nn.base.drugs.choice import Chosen, choose, components, grids_of, summed
from mmdrp.nn.base.drugs.rows import (
    NOISE,
    RHO,
    Described,
    Rows,
    extended,
    places,
)
from mmdrp.nn.base.drugs.similarity import NAMES, READS, Name, Similarity, made
from mmdrp.nn.base.drugs.smoother import Smoother
from mmdrp.nn.base.drugs.stage2 import SecondStage
from mmdrp.nn.base.fitted import Fitted, children

log = logging.getLogger(__name__)
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
    study: Tensor
    """(t + m,): 0 for training drugs; drugs of further studies follow them, 1, 2, ..."""
    same: Tensor
    """(t, t + m) bool: which rows are left out together with a training drug"""

    def __init__(self, options: DrugOptions | None = None) -> None:
        super().__init__()
        self.options = options or DrugOptions()
        self.parts = nn.ModuleDict()
        self.effect, self.interaction, self.second = Smoother(), Smoother(), SecondStage()
        self.set_buffers(mean=torch.zeros(0), weights=torch.zeros(2, 0))
        self.set_buffers(penalty=torch.ones(2), variances=torch.ones(2))
        self.set_buffers(study=torch.zeros(0, dtype=torch.int64))
        self.set_buffers(same=torch.zeros(0, 0, dtype=torch.bool))

    @torch.no_grad()
    def fit(
        self,
        mean: Tensor,
        responses: Tensor,
        described: Described,
        y: Tensor,
        further: Sequence[Rows] = (),
    ) -> Self:
        """Learn from means (t,) and responses (n, t), filled, of the training drugs.

        ``y`` (n, t) are the responses as measured, NaN elsewhere. Drugs of ``further`` studies
        become rows beside them, each study with a constant of its own; weights and penalties are
        chosen without them.
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
        study, same = places(len(mean), further)
        self.set_buffers(study=study.to(mean.device), same=same.to(mean.device))
        kernels = self.kernels(extended(self.by_name, described, further))
        apart = self.study[:, None] != self.study
        design = nn.functional.one_hot(self.study).to(mean)
        for which, part in enumerate((self.effect, self.interaction)):
            K = summed(kernels, found[which].weights)
            K = torch.where(apart, RHO[which] * K, K)
            noise = torch.where(self.study > 0, NOISE[which], found[which].penalty)
            part.fit(K, noise.to(mean), design)
        mean = torch.cat([mean, *(rows.mean.double() for rows in further)])
        responses = torch.cat([responses, *(rows.responses.double() for rows in further)], 1)
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
        t = self.own
        rest = rest[:, :t]
        off = (self.mean[:t] - grand - effect) ** 2, ((rest - interaction) ** 2).mean(0)
        own = [p.left_out_variance(self.same)[:t] for p in (self.effect, self.interaction)]
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
        sums = (summed(kernels, self.weight(which)) for which in (0, 1))
        effect, interaction = (k * self.nearness(which) for which, k in enumerate(sums))
        return effect, interaction

    def nearness(self, which: int) -> Tensor:
        """Return by what kernels with each row (t + m,) are multiplied: less for other studies."""
        return torch.where(self.study > 0, RHO[which], 1.0).to(self.mean)

    @property
    def own(self) -> int:
        """Return the number of training drugs: rows of further studies follow them."""
        return int((self.study == 0).sum())

    def forward(self, responses: Tensor, described: Described) -> Tensor:
        """Predict drugs from responses (n, t) to the rows, (n, m)."""
        grand, effect, line, interaction = self.predicted(responses, described)
        out: Tensor = grand + self.second(effect, line, interaction)
        return out

    def predicted(
        self, responses: Tensor, described: Described
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return grand mean (), drug effect (m,), line effect (n, 1), interaction (n, m)."""
        kernels = self.summed(self.kernels(described))
        residual = responses - self.mean
        t = self.own
        line, grand = residual[:, :t].mean(1, keepdim=True), self.mean[:t].mean()
        effect = self.mean @ self.effect(kernels[0]) - grand
        return grand, effect, line, residual @ self.interaction(kernels[1]) - line

    def left_out(
        self, responses: Tensor, elsewhere: bool = False
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the same for the training drugs, each as if it were unseen.

        ``elsewhere``: unseen in this study only, whatever further ones measured of it.
        """
        same = None if elsewhere else self.same
        residual = responses - self.mean
        t = self.own
        line, grand = residual[:, :t].mean(1, keepdim=True), self.mean[:t].mean()
        effect = self.effect.left_out(self.mean[None], same)[0, :t] - grand
        interaction = self.interaction.left_out(residual, same)[:, :t]
        return grand, effect, line, interaction - line

    def leave_one_out(self, responses: Tensor, elsewhere: bool = False) -> Tensor:
        """Predict the training drugs from responses (n, t) to the rows, as ``left_out``."""
        grand, effect, line, interaction = self.left_out(responses, elsewhere)
        out: Tensor = grand + self.second(effect, line, interaction)
        return out

    def left_out_variance(self) -> Tensor:
        """Return posterior variance + penalty (t,) of each training drug, left out."""
        t = self.own
        parts = [p.left_out_variance(self.same)[:t] for p in (self.effect, self.interaction)]
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
