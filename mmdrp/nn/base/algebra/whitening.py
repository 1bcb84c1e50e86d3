"""Leading directions over drugs, and noise that drugs share, by the smaller Gram matrix."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mmdrp.nn.base.algebra.exact import eigh


def leading(y: Tensor, count: int) -> Tensor:
    """Return the first ``count`` right singular vectors of y (k, t), (t, count)."""
    return gram_vectors(y, count)[0] if count else y.T[:, :0]


def gram_vectors(y: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the first ``count`` right singular vectors (t, count) of y (k, t), and their squares.

    By the smaller Gram matrix, a fraction of a singular value decomposition; the leading directions
    lose nothing by it. A direction that y does not have is zero.
    """
    exact = y.double()
    if y.shape[1] <= len(y):
        values, vectors = eigh(exact.T @ exact)
        values, vectors = values[-count:].flip(0).clamp(min=0), vectors[:, -count:].flip(1)
    else:
        values, left = eigh(exact @ exact.T)
        values, left = values[-count:].flip(0).clamp(min=0), left[:, -count:].flip(1)
        floor = values.max() * len(y) * torch.finfo(torch.float64).eps + 1e-300
        scale = torch.where(values > floor, values.clamp(min=floor).rsqrt(), 0.0)
        vectors = exact.T @ left * scale
    return vectors.to(y.dtype), values.to(y.dtype)


@dataclass(frozen=True)
class Whitening:
    """Noise that tasks share, Sigma = D^.5 (1 + V diag(s) V') D^.5, without a t x t matrix.

    The root taken is D^.5 (1 + V diag(s) V')^.5. Any root of Sigma gives the same directions,
    loadings and squared errors, for roots differ by a rotation alone.
    """

    scale: Tensor
    """(t,): D^.5"""
    vectors: Tensor
    """(t, r): V"""
    values: Tensor
    """(r,): s"""

    @classmethod
    def of(cls, error: Tensor, weight: Tensor | None, share: float) -> "Whitening":
        """Take Sigma from errors (k, t): ``share`` of their covariance, the rest its diagonal."""
        if weight is not None:
            error = weight.sqrt()[:, None] * error
        common = share / len(error)
        diagonal = (1 - share) / len(error) * (error**2).sum(0)
        # A task without any error, such as a constant one, stays invertible.
        scale = diagonal.clamp(min=1e-6 * float(diagonal.max()) + 1e-30).sqrt()
        vectors, values = gram_vectors(error / scale, min(error.shape))
        return cls(scale, vectors, common * values)

    def whitened(self, y: Tensor) -> Tensor:
        """Return y (k, t) Sigma^-.5."""
        return self._power(y / self.scale, -0.5)

    def directions(self, vectors: Tensor) -> Tensor:
        """Return Sigma^-.5 times vectors (t, c) of whitened responses."""
        return (self._power(vectors.T, -0.5) / self.scale).T

    def loadings(self, vectors: Tensor) -> Tensor:
        """Return vectors' Sigma^.5 (c, t) of vectors (t, c) of whitened responses."""
        return self._power(vectors.T, 0.5) * self.scale

    def _power(self, y: Tensor, power: float) -> Tensor:
        return y + (y @ self.vectors * ((1 + self.values) ** power - 1)) @ self.vectors.T
