"""Kernel ridge over drugs with constants of its own: one matrix, from which all else follows."""

from collections.abc import Iterator
from typing import Self

import torch
from torch import Tensor

from mmdrp.nn.base.fitted import Fitted


class Smoother(Fitted):
    """z = H mu + f + noise over t rows; f has the kernel K, mu is unknown, noise has ``penalty``.

    With Q = (K + penalty)^-1 and q = Q H the constants are mu = (H'q)^-1 q'z, and a row with the
    kernel k and the constants h is predicted as h mu + k'Q (z - H mu). H is a column of ones: rows
    of other sources may have another. (Universal kriging; Cressie 1993, section 3.4.)
    """

    residual: Tensor
    """(t, t): P = Q - q (H'q)^-1 q'; left out, row i is off by (P z)_i / P_ii"""
    constant: Tensor
    """(t, s): q (H'q)^-1"""
    uncertain: Tensor
    """(s, s): (H'q)^-1, the variance of the constants"""

    def __init__(self) -> None:
        super().__init__()
        none = torch.zeros(0, 0)
        self.set_buffers(residual=none, constant=none, uncertain=none)

    def fit(self, kernel: Tensor, penalty: Tensor | float, design: Tensor | None = None) -> Self:
        """Learn from the kernel (t, t); ``penalty`` is a number or (t,), ``design`` is H (t, s)."""
        eye = torch.eye(len(kernel)).to(kernel)
        design = kernel.new_ones(len(kernel), 1) if design is None else design
        Q = torch.linalg.inv(kernel + eye * penalty)
        Q = (Q + Q.T) / 2
        q = Q @ design
        uncertain = torch.linalg.inv(design.T @ q)
        constant = q @ uncertain
        self.set_buffers(residual=Q - constant @ q.T, constant=constant, uncertain=uncertain)
        return self

    def forward(self, kernel: Tensor, place: int = 0) -> Tensor:
        """Return the weight (t, m) of each row in drugs of kernel (m, t) and constant ``place``."""
        return self.residual @ kernel.T + self.constant[:, place : place + 1]

    def left_out(self, z: Tensor, same: Tensor | None = None) -> Tensor:
        """Predict the rows from z (n, t), each as if it were not there.

        ``same`` (s, t) says which rows are left out together with each of the first s.
        """
        off = z @ self.residual
        out = z - off / self.residual.diagonal().clamp(min=1e-9)
        for i, rows in _together(same):
            block = torch.linalg.inv(self.residual[rows][:, rows])
            out[:, i] = z[:, i] - off[:, rows] @ block[:, 0]
        return out

    def left_out_variance(self, same: Tensor | None = None) -> Tensor:
        """Return posterior variance + penalty (t,) of each row, left out."""
        out = 1 / self.residual.diagonal().clamp(min=1e-9)
        for i, rows in _together(same):
            out[i] = torch.linalg.inv(self.residual[rows][:, rows])[0, 0]
        return out

    def variance(self, kernel: Tensor, own: Tensor, place: int = 0) -> Tensor:
        """Return the posterior variance (m,) of drugs of kernel (m, t), with themselves (m,)."""
        k, mu = kernel, self.constant[:, place]
        spread = own - ((k @ self.residual) * k).sum(1) - 2 * k @ mu + self.uncertain[place, place]
        return spread.clamp(min=0)


def _together(same: Tensor | None) -> Iterator[tuple[int, Tensor]]:
    """Yield rows that are left out with others: the row, and all of them, itself first."""
    if same is None or not same.numel():
        return
    for i in same.any(1).nonzero().flatten().tolist():
        others = same[i].nonzero().flatten()
        yield i, torch.cat([others.new_tensor([i]), others[others != i]])
