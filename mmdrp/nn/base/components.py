"""Kernel ridge on response components, each with a penalty of its own, by leave-one-out."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmdrp.errors import MmdrpError
from mmdrp.nn.base.algebra.exact import eigh
from mmdrp.nn.base.algebra.whitening import Whitening, leading


@dataclass(frozen=True)
class Ridge:
    """One eigendecomposition of a centred training kernel (k, k); every penalty reads from it.

    With line weights w it is that of D^.5 K D^.5, D = diag(w), for (K + penalty / w)^-1 =
    D^.5 (D^.5 K D^.5 + penalty)^-1 D^.5. Means are fitted too: a left-out line takes its share of
    the mean with it, which without weights is the 1 / (k penalty) in ``loo_denominator``.
    """

    values: Tensor
    vectors: Tensor
    weight: Tensor | None = None
    """(k,): how much each line counts; None: all alike"""

    @classmethod
    def of(cls, kernel: Tensor, weight: Tensor | None = None) -> "Ridge":
        """Decompose the kernel."""
        kernel = (kernel + kernel.T) / 2
        if weight is not None:
            root = weight.sqrt()
            kernel = root[:, None] * kernel * root
        values, vectors = eigh(kernel)
        return cls(values.clamp(min=0), vectors, weight)

    def fit(self, y: Tensor, penalty: Tensor) -> tuple[Tensor, Tensor]:
        """Return dual coefficients (k, m) and means (m,) for y (k, m), centred without weights.

        ``penalty`` is one for all columns, or one per column.
        """
        return self._without_mean(self._solved(self._inside(y), penalty), self._ones(penalty))

    def solve(self, y: Tensor, penalty: Tensor) -> Tensor:
        """Return the dual coefficients alone: (K + penalty / w)^-1 (y - mean)."""
        return self.fit(y, penalty)[0]

    def loo_denominator(self, penalty: Tensor) -> Tensor:
        """Return d (k, m): the leave-one-out error is solve(y) / d."""
        inner = (self.vectors**2) @ (1 / (self.values[:, None] + penalty))
        if self.weight is None:
            return inner - 1 / (len(self.values) * penalty)
        ones = self._ones(penalty)
        return self.weight[:, None] * inner - ones**2 / ones.sum(0)

    def error(self, y: Tensor, penalty: Tensor) -> Tensor:
        """Return the leave-one-out errors (k, m)."""
        return self.solve(y, penalty) / self.loo_denominator(penalty)

    def errors(self, y: Tensor, grid: Tensor) -> Iterator[Tensor]:
        """Yield the leave-one-out errors (k, m) under each penalty of a grid."""
        inside = self._inside(y)
        for penalty in grid[:, None]:
            dual = self._without_mean(self._solved(inside, penalty), self._ones(penalty))[0]
            yield dual / self.loo_denominator(penalty)

    def loss(self, error: Tensor) -> Tensor:
        """Return squared errors (k, m) as they count in the choice of penalties."""
        return error**2 if self.weight is None else self.weight[:, None] * error**2

    def losses(self, y: Tensor, grid: Tensor) -> Iterator[Tensor]:
        """Yield the sum of ``loss`` over all columns of y (k, m) under each penalty of a grid.

        Where columns are more than lines it is read from y y' alone: with H the matrix of
        ``solve``, line i has (H y y' H)_ii over its squared denominator.
        """
        if y.shape[1] <= len(y):
            yield from (self.loss(error).sum() for error in self.errors(y, grid))
            return
        inside = self._inside(y)
        gram = inside @ inside.T
        for penalty in grid[:, None]:
            share = 1 / (self.values[:, None] + penalty)
            square = ((self.vectors @ (share * gram * share.T)) * self.vectors).sum(1)
            if self.weight is not None:  # the mean is fitted: solve(y) = A y - o (1'A y) / 1'o
                ones = self._ones(penalty)[:, 0]
                total = (self.weight.sqrt() @ self.vectors) * share[:, 0]
                cross = self.vectors @ (share[:, 0] * (gram @ total))
                square = self.weight * square
                mean = ones / ones.sum()
                square = square - 2 * mean * self.weight.sqrt() * cross
                square = square + mean**2 * (total @ gram @ total)
            yield self.loss(
                square.clamp(min=0).sqrt()[:, None] / self.loo_denominator(penalty)
            ).sum()

    def _inside(self, y: Tensor) -> Tensor:
        return self.vectors.T @ (y if self.weight is None else self.weight.sqrt()[:, None] * y)

    def _solved(self, inside: Tensor, penalty: Tensor) -> Tensor:
        out = self.vectors @ (inside / (self.values[:, None] + penalty))
        return out if self.weight is None else self.weight.sqrt()[:, None] * out

    def _ones(self, penalty: Tensor) -> Tensor:
        """Return the inverse's row sums (k, m), by which means are fitted."""
        if self.weight is None:
            return penalty
        return self._solved(self._inside(torch.ones_like(self.values)[:, None]), penalty)

    def _without_mean(self, solved: Tensor, ones: Tensor) -> tuple[Tensor, Tensor]:
        if self.weight is None:  # y and the kernel are centred: the mean is zero
            return solved, solved.new_zeros(solved.shape[1])
        mean = solved.sum(0) / ones.sum(0)
        return solved - ones * mean, mean


@dataclass(frozen=True)
class Components:
    """Directions over tasks (t, c) and the penalty of each, (c,), and of all the rest, (1,)."""

    directions: Tensor
    penalty: Tensor
    residual_penalty: Tensor
    loadings: Tensor
    """(c, t): what one unit along each direction is in every task"""

    @classmethod
    def choose(
        cls,
        ridge: Ridge,
        y: Tensor,
        count: int,
        penalties: Sequence[float],
        whitening: Whitening | None = None,
        signal: Tensor | None = None,
    ) -> "Components":
        """Take the first ``count`` right singular vectors of y, and penalties from the grid.

        With a ``whitening`` the vectors are those of ``signal`` (k, t) after it, and errors count
        after it.
        """
        most = min(count, *y.shape)
        if whitening is None:
            directions = leading(y, most)
            loadings = directions.T
        else:
            vectors = leading(whitening.whitened(y if signal is None else signal), most)
            directions, loadings = whitening.directions(vectors), whitening.loadings(vectors)
        along = y @ directions
        residual = y - along @ loadings
        if whitening is not None:
            residual = whitening.whitened(residual)
        grid = torch.tensor(penalties, dtype=y.dtype, device=y.device)
        own = torch.stack([ridge.loss(e).sum(0) for e in ridge.errors(along, grid)])
        left = torch.stack(list(ridge.losses(residual, grid)))
        return cls(directions, grid[own.argmin(0)], grid[left.argmin()][None], loadings)

    def fit(self, ridge: Ridge, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return dual coefficients (k, t) and means (t,): a prediction is mean + K @ dual."""
        along, residual = self._split(y)
        (rest, shift), (dual, mean) = (
            ridge.fit(residual, self.residual_penalty),
            ridge.fit(along, self.penalty),
        )
        return rest + dual @ self.loadings, shift + mean @ self.loadings

    def error(self, ridge: Ridge, y: Tensor) -> Tensor:
        """Return the leave-one-out errors (k, t)."""
        along, residual = self._split(y)
        return (
            ridge.error(residual, self.residual_penalty)
            + ridge.error(along, self.penalty) @ self.loadings
        )

    def error_of(self, ridge: Ridge, z: Tensor, column: Tensor, task: Tensor) -> Tensor:
        """Return the leave-one-out errors (k, m) of column ``column[i]`` of z in task ``task[i]``.

        In that task alone: a column spreads over the components as the task does.
        """
        distinct, place = torch.unique(column, return_inverse=True)
        share = self.directions[task] * self.loadings.T[task]
        grid, which = torch.unique(
            torch.cat([self.penalty, self.residual_penalty]), return_inverse=True
        )
        shares = torch.cat([share, 1 - share.sum(1, keepdim=True)], 1)
        out = z.new_zeros(len(z), len(task))
        for i, error in enumerate(ridge.errors(z[:, distinct], grid)):
            out += error[:, place] * shares[:, which == i].sum(1)
        return out

    def _split(self, y: Tensor) -> tuple[Tensor, Tensor]:
        along = y @ self.directions
        return along, y - along @ self.loadings


def grid(least: float, most: float, count: int) -> list[float]:
    """Return penalties spaced geometrically."""
    if not 0 < least <= most or count < 1:
        raise MmdrpError(f"base.penalties=[{least},{most},{count}]: give least, most and count")
    ratio = math.log(most / least) / max(1, count - 1)
    return [least * math.exp(i * ratio) for i in range(count)]
