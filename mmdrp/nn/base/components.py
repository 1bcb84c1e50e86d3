"""Kernel ridge on response components, each with a penalty of its own, by leave-one-out."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmdrp.errors import MmdrpError


@dataclass(frozen=True)
class Ridge:
    """One eigendecomposition of a centred training kernel (k, k); every penalty reads from it.

    Means are fitted too: a left-out line takes its share of the mean with it, which is the
    1 / (k penalty) in ``lost``.
    """

    values: Tensor
    vectors: Tensor

    @classmethod
    def of(cls, kernel: Tensor) -> "Ridge":
        """Decompose the kernel."""
        values, vectors = torch.linalg.eigh((kernel + kernel.T) / 2)
        return cls(values.clamp(min=0), vectors)

    def solve(self, y: Tensor, penalty: Tensor) -> Tensor:
        """Return (K + penalty)^-1 y for centred y (k, m), one penalty or one per column."""
        return self.vectors @ ((self.vectors.T @ y) / (self.values[:, None] + penalty))

    def lost(self, penalty: Tensor) -> Tensor:
        """Return d (k, m): the leave-one-out error is solve(y) / d."""
        inner = (self.vectors**2) @ (1 / (self.values[:, None] + penalty))
        return inner - 1 / (len(self.values) * penalty)

    def error(self, y: Tensor, penalty: Tensor) -> Tensor:
        """Return the leave-one-out errors (k, m)."""
        return self.solve(y, penalty) / self.lost(penalty)

    def errors(self, y: Tensor, grid: Tensor) -> Iterator[Tensor]:
        """Yield the leave-one-out errors (k, m) under each penalty of a grid."""
        inside = self.vectors.T @ y
        for penalty in grid:
            dual = self.vectors @ (inside / (self.values[:, None] + penalty))
            yield dual / self.lost(penalty[None])


def leading(y: Tensor, count: int) -> Tensor:
    """Return the first ``count`` right singular vectors of y (k, t), (t, count)."""
    # The t x t Gram matrix costs a fraction of a singular value decomposition, and the leading
    # directions lose nothing by it.
    return torch.linalg.eigh(y.T @ y).eigenvectors[:, -count:].flip(1) if count else y.T[:, :0]


@dataclass(frozen=True)
class Components:
    """Directions over tasks (t, c) and the penalty of each, (c,), and of all the rest, (1,)."""

    directions: Tensor
    penalty: Tensor
    rest: Tensor

    @classmethod
    def choose(
        cls, ridge: Ridge, y: Tensor, count: int, penalties: Sequence[float]
    ) -> "Components":
        """Take the first ``count`` right singular vectors of y, and penalties from the grid."""
        directions = leading(y, min(count, *y.shape))
        along = y @ directions
        rest = y - along @ directions.T
        grid = torch.tensor(penalties, dtype=y.dtype, device=y.device)
        lost = torch.stack([(e**2).sum(0) for e in ridge.errors(along, grid)])
        left = torch.stack([(e**2).sum() for e in ridge.errors(rest, grid)])
        return cls(directions, grid[lost.argmin(0)], grid[left.argmin()][None])

    def solve(self, ridge: Ridge, y: Tensor) -> Tensor:
        """Return the dual coefficients (k, t): the kernel part of a prediction is K @ them."""
        along, rest = self._split(y)
        return ridge.solve(rest, self.rest) + ridge.solve(along, self.penalty) @ self.directions.T

    def error(self, ridge: Ridge, y: Tensor) -> Tensor:
        """Return the leave-one-out errors (k, t)."""
        along, rest = self._split(y)
        return ridge.error(rest, self.rest) + ridge.error(along, self.penalty) @ self.directions.T

    def error_of(self, ridge: Ridge, z: Tensor, column: Tensor, task: Tensor) -> Tensor:
        """Return the leave-one-out errors (k, m) of column ``column[i]`` of z in task ``task[i]``.

        In that task alone: a column spreads over the components as the task does.
        """
        distinct, place = torch.unique(column, return_inverse=True)
        share = self.directions[task] ** 2
        grid, which = torch.unique(torch.cat([self.penalty, self.rest]), return_inverse=True)
        shares = torch.cat([share, 1 - share.sum(1, keepdim=True)], 1)
        out = z.new_zeros(len(z), len(task))
        for i, error in enumerate(ridge.errors(z[:, distinct], grid)):
            out += error[:, place] * shares[:, which == i].sum(1)
        return out

    def _split(self, y: Tensor) -> tuple[Tensor, Tensor]:
        along = y @ self.directions
        return along, y - along @ self.directions.T


def grid(least: float, most: float, count: int) -> list[float]:
    """Return penalties spaced geometrically."""
    if not 0 < least <= most or count < 1:
        raise MmdrpError(f"base.penalties=[{least},{most},{count}]: give least, most and count")
    ratio = math.log(most / least) / max(1, count - 1)
    return [least * math.exp(i * ratio) for i in range(count)]
