"""Losses over measured responses only: NaN means unmeasured."""

from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmdrp.options import Range


class MaskedLoss(nn.Module):
    """The weighted mean over measured entries of an element-wise loss."""

    def element(self, pred: Tensor, y: Tensor) -> Tensor:
        """Return the loss of each entry, the shape of ``pred``."""
        raise TypeError("MaskedLoss is abstract: choose MSE, RMSE, MAE or Huber")

    def forward(self, pred: Tensor, y: Tensor, weight: Tensor) -> Tensor:
        """Return the scalar loss of predictions (b, t); 0 where nothing is measured."""
        measured = torch.isfinite(y)
        error = self.element(pred, torch.where(measured, y, pred.detach()))
        weight = weight * measured
        return (error * weight).sum() / weight.sum().clamp(min=1e-12)


class MSE(MaskedLoss):
    """Mean squared error."""

    def element(self, pred: Tensor, y: Tensor) -> Tensor:
        """Return squared errors."""
        return (pred - y) ** 2


class RMSE(MSE):
    """Root of the mean squared error of a batch, in the response's unit."""

    def forward(self, pred: Tensor, y: Tensor, weight: Tensor) -> Tensor:
        """Return the scalar loss of predictions (b, t)."""
        # The root has no slope at 0: a batch fitted to the last bit must not give NaN gradients.
        return (super().forward(pred, y, weight) + 1e-12).sqrt()


class MAE(MaskedLoss):
    """Mean absolute error."""

    def element(self, pred: Tensor, y: Tensor) -> Tensor:
        """Return absolute errors."""
        return (pred - y).abs()


class Huber(MaskedLoss):
    """Squared near zero, linear beyond ``delta`` (in the response's unit)."""

    def __init__(self, delta: Annotated[float, Range(above=0)] = 1.0) -> None:
        super().__init__()
        self.delta = delta

    def element(self, pred: Tensor, y: Tensor) -> Tensor:
        """Return Huber errors."""
        return functional.huber_loss(pred, y, reduction="none", delta=self.delta)
