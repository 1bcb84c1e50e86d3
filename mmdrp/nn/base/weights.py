"""Weights of the kernels by leave-one-out: gradient descent on the closed-form error."""

import logging
from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

from mmdrp.batch import TISSUE, is_context
from mmdrp.nn.base.algebra.whitening import leading

log = logging.getLogger(__name__)

WEIGHTS = {
    "expression": 1.0, "rppa": 0.4, "metabolomics": 0.3, "histone": 0.1, "mutation": 0.05,
    "cnv": 0.05, "racs": 0.05, "msi": 0.05,
}  # fmt: skip
"""of each modality's kernel: docs/base.md"""


def choose(
    kernels: Mapping[str, Tensor],
    y: Tensor,
    seen: Tensor,
    steps: int = 40,
    rate: float = 0.25,
    responses: int = 30,
) -> dict[str, float]:
    """Return the weight of each kernel, the largest 1, that minimises the leave-one-out error.

    y (k, t) is centred, ``seen`` marks what was measured. All weights start equal; the penalty is
    1, their sum takes its place. The error is taken on the leading ``responses`` components,
    weighted by the share of each line that was measured.
    """
    names = sorted(kernels)
    projected = y @ leading(y, min(responses, *y.shape))
    sample_weight = seen.to(y.dtype).mean(1, keepdim=True)
    stack = torch.stack([kernels[name] for name in names])
    log = torch.full((len(names),), -2.0, dtype=y.dtype, device=y.device, requires_grad=True)
    descent = torch.optim.Adam([log], lr=rate)
    best, kept = float("inf"), log.detach().clone()
    eye = torch.eye(len(y), dtype=y.dtype, device=y.device)
    for _ in range(steps):
        with torch.enable_grad():
            K = torch.einsum("s,sij->ij", log.exp(), stack)
            A = torch.cholesky_inverse(torch.linalg.cholesky(K + eye))
            loo_denominator = A.diagonal() - 1 / len(y)
            error = (sample_weight * (A @ projected / loo_denominator[:, None]) ** 2).sum()
            (log.grad,) = torch.autograd.grad(error, log)
        if error.item() < best:
            best, kept = error.item(), log.detach().clone()
        descent.step()
    weight = (kept - kept.max()).exp()
    return {name: float(w) for name, w in zip(names, weight, strict=True)}


def towards(
    given: Mapping[str, float], best: Mapping[str, float], share: float
) -> dict[str, float]:
    """Return weights ``share`` of the way from those given to others, the largest of each 1.

    >>> towards({"expression": 2.0, "rppa": 0.0}, {"expression": 1.0, "rppa": 0.5}, 0.5)
    {'expression': 1.0, 'rppa': 0.25}
    """
    most = max(given.values()) or 1.0
    return {name: (1 - share) * w / most + share * best[name] for name, w in given.items()}


def chosen_weights(
    sources: Iterable[str],
    given: Mapping[str, float] | None,
    default: float,
    wanted: str | None,
    context: float = 0.0,
) -> dict[str, float]:
    """Return the weight of each kernel to be fitted, as given; None: one for each, to be chosen.

    Where no modality has a weight, all count alike. ``wanted`` is kept without one: the kernel that
    tissues multiply. Each source of context has the weight ``context``.
    """
    sources = list(sources)
    own = _of_modalities(sources, given, default, wanted)
    own |= {s: context for s in sources if is_context(s) and context}
    return dict(sorted(own.items()))  # a restored base adds them up in this order


def _of_modalities(
    sources: Iterable[str], given: Mapping[str, float] | None, default: float, wanted: str | None
) -> dict[str, float]:
    names = [s for s in sources if s != TISSUE and not is_context(s)]
    if given is None:
        return dict.fromkeys(names, 1.0)
    weights = {s: float(given.get(s, default)) for s in names}
    if not any(weights.values()):
        return dict.fromkeys(names, 1.0)
    if idle := [s for s, w in weights.items() if not w]:
        log.info("base: no weight for %s; base.weights=loo chooses one", ", ".join(idle))
    return {s: w for s, w in weights.items() if w or s == wanted}
