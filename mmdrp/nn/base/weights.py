"""Weights of the kernels by leave-one-out: gradient descent on the closed-form error."""

from collections.abc import Mapping

import torch
from torch import Tensor

from mmdrp.nn.base.components import leading


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
    along = y @ leading(y, min(responses, *y.shape))
    heed = seen.to(y.dtype).mean(1, keepdim=True)
    stack = torch.stack([kernels[name] for name in names])
    log = torch.full((len(names),), -2.0, dtype=y.dtype, device=y.device, requires_grad=True)
    descent = torch.optim.Adam([log], lr=rate)
    best, kept = float("inf"), log.detach().clone()
    eye = torch.eye(len(y), dtype=y.dtype, device=y.device)
    for _ in range(steps):
        with torch.enable_grad():
            K = torch.einsum("s,sij->ij", log.exp(), stack)
            A = torch.cholesky_inverse(torch.linalg.cholesky(K + eye))
            lost = A.diagonal() - 1 / len(y)
            error = (heed * (A @ along / lost[:, None]) ** 2).sum()
            (log.grad,) = torch.autograd.grad(error, log)
        if error.item() < best:
            best, kept = error.item(), log.detach().clone()
        descent.step()
    weight = (kept - kept.max()).exp()
    return {name: float(w) for name, w in zip(names, weight, strict=True)}
