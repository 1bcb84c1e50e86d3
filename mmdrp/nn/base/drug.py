"""Responses to drugs never screened: any line with any drug, by what is known of the drug."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self, cast

import torch
from torch import Tensor, nn

from mmdrp.errors import MmdrpError
from mmdrp.nn.base.drugs.rows import FEW, Described, Rows, Screen, both, named
from mmdrp.nn.base.drugs.similarity import tanimoto
from mmdrp.nn.base.drugs.sum import DrugSum
from mmdrp.nn.base.fitted import Base, Fitted, children


class DrugKernel(Fitted):
    """Ridge over drugs, one kernel and penalty for mean and residual alike: as it was at first.

    ``DrugSum`` took its place; checkpoints of before, and bases without options of it, have this
    one (``drug_weights=one``). The residual of a line is its response minus drug mean minus line
    effect. Drugs are alike in their fingerprint, and ``target_weight`` times in their targets where
    these are known. What is solved once is of the size of the drugs; predictions are products of
    lines, drugs and drugs.
    """

    X_fit_: Tensor
    """(t, bits): counts of the training drugs"""
    targets: Tensor
    """(t, k): targets of the training drugs, 0/1; k = 0 where none were given"""
    mean: Tensor
    inverse: Tensor
    """(t, t): (K + penalty)^-1"""

    def __init__(self, penalty: float = 1.0, target_weight: float = 1.0) -> None:
        super().__init__()
        if penalty <= 0:
            raise MmdrpError(f"base.drug.penalty={penalty}: give a number above 0")
        self.penalty, self.target_weight = penalty, target_weight
        self.set_buffers(X_fit_=torch.zeros(0, 0), mean=torch.zeros(0), inverse=torch.zeros(0, 0))
        self.set_buffers(targets=torch.zeros(0, 0))

    @torch.no_grad()
    def fit(self, mean: Tensor, fingerprint: Tensor, targets: Tensor | None = None) -> Self:
        """Learn from the means (t,) of the training drugs, their counts (t, bits) and targets."""
        none = fingerprint.new_zeros(len(fingerprint), 0)
        self.set_buffers(
            mean=mean.double(),
            X_fit_=fingerprint.double(),
            targets=(none if targets is None else targets).double(),
        )
        K = self.kernel(fingerprint, targets)
        eye = torch.eye(len(K), dtype=K.dtype, device=K.device)
        self.set_buffers(inverse=torch.linalg.inv(K + self.penalty * eye))
        return self.float()

    def kernel(self, fingerprint: Tensor | Described, targets: Tensor | None = None) -> Tensor:
        """Return how alike drugs (m) and the training drugs are, (m, t)."""
        fingerprint, targets = both(fingerprint, targets)
        K = tanimoto(fingerprint.to(self.X_fit_.dtype), self.X_fit_)
        if targets is None or not self.targets.numel():
            return K
        return K + self.target_weight * tanimoto(targets.to(self.targets.dtype), self.targets)

    def left_out_variance(self) -> Tensor:
        """Return posterior variance + penalty (t,) of each training drug, left out."""
        return 1 / self.inverse.diagonal()

    def variance(self, fingerprint: Tensor | Described, targets: Tensor | None = None) -> Tensor:
        """Return posterior variance + penalty (m,) of drugs (m, bits)."""
        fingerprint, targets = both(fingerprint, targets)
        K = self.kernel(fingerprint, targets)
        own = (fingerprint.sum(1) > 0).to(K)
        if targets is not None and self.targets.numel():
            own = own + self.target_weight * (targets.sum(1) > 0).to(K)
        return (own + self.penalty - ((K @ self.inverse) * K).sum(1)).clamp(min=1e-9)

    def forward(
        self,
        responses: Tensor,
        fingerprint: Tensor | Described,
        targets: Tensor | None = None,
    ) -> Tensor:
        """Predict drugs (m, bits) from responses (n, t) to the training drugs, (n, m)."""
        grand, effect, line, residual = self._parts(responses)
        slope = self.inverse @ self.kernel(fingerprint, targets).T
        return grand + line + (effect + residual) @ slope

    def by_similarity(self, responses: Tensor) -> Tensor:
        """Return what a prediction gains per unit of ``kernel`` with each training drug, (n, t)."""
        _, effect, _, residual = self._parts(responses)
        return (effect + residual) @ self.inverse

    def leave_one_out(self, responses: Tensor) -> Tensor:
        """Predict the training drugs from responses (n, t), each drug as if it were unseen."""
        grand, effect, line, residual = self._parts(responses)
        both = effect + residual
        return grand + line + both - (both @ self.inverse) / self.inverse.diagonal()

    def _parts(self, responses: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        residual = responses - self.mean
        line = residual.mean(1, keepdim=True)
        grand = self.mean.mean()
        return grand, self.mean - grand, line, residual - line


class PairBase(nn.Module):
    """A base over lines, and kernels over drugs: any line with any drug.

    What is known of drugs is given as ``Described``, or as fingerprint counts and targets alone.
    """

    def __init__(self, base: Base, drug: DrugKernel | DrugSum) -> None:
        super().__init__()
        self.base, self.drug = base, drug
        self.further = nn.ModuleList()
        self.share: Tensor | None
        self.register_buffer("share", None)

    def fit(
        self,
        inputs: Mapping[str, Tensor],
        present: Mapping[str, Tensor],
        y: Tensor,
        fingerprint: Tensor | Described,
        targets: Tensor | None = None,
        further: Sequence[Screen] = (),
    ) -> Self:
        """Learn from training lines (n) and drugs (t): ``y`` (n, t), ``fingerprint`` (t, bits).

        ``targets`` (t, k) marks known targets; a drug without any has a row of zeros. Of each
        ``further`` study a base of its own completes the responses of the lines.
        """
        described = named(fingerprint, targets)
        rows = len(next(iter(described.values())))
        if y.shape[1] != rows:
            raise MmdrpError(f"base: {y.shape[1]} drugs have responses, {rows} a row")
        self.base.fit(inputs, present, y)
        self.further, self.share = nn.ModuleList(), None
        if further:
            count = torch.isfinite(y).sum(0)
            self.share = count / (count + FEW)
        if isinstance(self.drug, DrugSum):
            others = [self._rows(screen, inputs, present, y) for screen in further]
            self.drug.fit(self.base.mean, self.base.imputed_response, described, y, others)
        elif further:
            raise MmdrpError("also: further screens need base=kernel with base.drug_weights=loo")
        else:
            self.drug.fit(self.base.mean, *both(described))
        return self

    def forward(
        self,
        inputs: Mapping[str, Tensor],
        present: Mapping[str, Tensor],
        fingerprint: Tensor | Described,
        line: Tensor | None = None,
        drug: Tensor | None = None,
        targets: Tensor | None = None,
    ) -> Tensor:
        """Predict every line with every drug, (n, m).

        ``line`` (n,) and ``drug`` (m,) are places among the training lines and drugs, -1 where
        unseen; by default all are. A known line enters by its measured responses, a known drug as
        in ``known``.
        """
        responses = self.responses(inputs, present, line)
        out: Tensor = self.drug(responses, named(fingerprint, targets))
        if drug is None:
            return out
        return torch.where(drug >= 0, self.known(responses)[:, drug.clamp(min=0)], out)

    def responses(
        self, inputs: Mapping[str, Tensor], present: Mapping[str, Tensor], line: Tensor | None
    ) -> Tensor:
        """Return lines (n) x drugs of training and of further studies, as bases have them."""
        parts = []
        for base in self.bases:
            own: Tensor = base(inputs, present)
            if line is not None:
                known = base.imputed_response[line.clamp(min=0)]
                own = torch.where(line[:, None] >= 0, known, own)
            parts.append(own)
        return torch.cat(parts, 1)

    def known(self, responses: Tensor) -> Tensor:
        """Return lines x training drugs (n, t) from ``responses`` (n, t + m).

        They are the base's own; beside further screens, a drug measured in few lines is also
        predicted as if unseen here, from other drugs and from itself elsewhere, and averaged.
        """
        own = responses[:, : len(self.base.mean)]
        if self.share is None:
            return own
        assert isinstance(self.drug, DrugSum)
        others = self.drug.leave_one_out(responses, elsewhere=True)
        return self.share * own + (1 - self.share) * others

    def slopes(self, drug: int) -> Tensor:
        """Return the weight (t + m,) of each response in ``known`` of one training drug."""
        eye = torch.eye(sum(len(base.mean) for base in self.bases))
        return (self.known(eye) - self.known(torch.zeros_like(eye)))[:, drug]

    @property
    def bases(self) -> list[Base]:
        """Return the base of this study, then those of further ones."""
        return [self.base, *cast(list[Base], list(self.further))]

    def _rows(
        self, screen: Screen, inputs: Mapping[str, Tensor], present: Mapping[str, Tensor], y: Tensor
    ) -> Rows:
        """Complete a further study's responses, scaled as those of this one are spread."""
        spread, theirs = (v[torch.isfinite(v)].double().std() for v in (y, screen.y))
        scale = float((spread / theirs).nan_to_num(1.0, 1.0, 1.0)) or 1.0
        base = copy.deepcopy(self.base)
        base.fit(inputs, present, screen.y * scale)
        self.further.append(base)
        return Rows(base.mean, base.imputed_response, screen.described, screen.same)

    def _load_from_state_dict(
        self, state_dict: Mapping[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        """Make room for the bases of further studies that come."""
        places = children(state_dict, prefix + "further.")
        self.further = nn.ModuleList(copy.deepcopy(self.base) for _ in places)
        share = state_dict.get(prefix + "share")
        self.share = (
            None if share is None else torch.empty_like(share, device=self.base.mean.device)
        )
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)

    def leave_one_out(self, axis: Literal["cell", "drug", "both"]) -> Tensor:
        """Predict the training pairs (n, t) as if the line, the drug, or both were unseen.

        Only after ``fit``. Choose the axis that the split holds out.
        """
        if axis == "cell":
            return self.known(torch.cat([b.leave_one_out for b in self.bases], 1))
        if axis == "drug":
            return self.drug.leave_one_out(torch.cat([b.imputed_response for b in self.bases], 1))
        if axis == "both":
            return self.drug.leave_one_out(torch.cat([b.leave_one_out for b in self.bases], 1))
        raise MmdrpError(f"leave-one-out over {axis!r}: choose cell, drug or both")
