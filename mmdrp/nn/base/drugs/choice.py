"""Weights and penalty of a sum of kernels over drugs, by leaving one drug out."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor

MOST = 1000
"""drugs that a choice is made on, evenly spread where there are more"""
SURE = 2.0
"""standard errors by which a choice must be better than what is given"""
COMPONENTS = 40
"""of the interaction with lines, the largest, whose errors are counted"""


@dataclass(frozen=True)
class Chosen:
    """Weight of each kernel in the sum, and the penalty."""

    weights: dict[str, float]
    penalty: float
    error: float = float("nan")
    """mean square of leaving each drug out, per drug"""


@dataclass(frozen=True)
class Grid:
    """What may be chosen: weights of each kernel, penalties; and what is taken without a search."""

    weights: Mapping[str, tuple[float, ...]]
    penalties: tuple[float, ...]
    given: Mapping[str, float]
    penalty: float


WIDE = (0.05, 0.1, 0.17, 0.28, 0.45, 0.8)
GRIDS = {
    ("embedding", "effect"): Grid(
        {"embedding": (1.0,), "linear": (0.0, 0.3),
         "targets": (0.1, 0.2, 0.4), "pathways": (0.0, 0.15, 0.3)},
        WIDE, {"embedding": 1.0, "targets": 0.2, "pathways": 0.15}, 0.17,
    ),
    ("embedding", "interaction"): Grid(
        {"embedding": (1.0,), "targets": (0.3, 0.5, 0.8),
         "pathways": (0.0, 0.25, 0.5)},
        (0.3, 0.5, 0.8, 1.3), {"embedding": 1.0, "targets": 0.5, "pathways": 0.25}, 0.5,
    ),
    ("structure", "effect"): Grid(
        {"structure": (1.0,), "targets": (0.5, 1.0, 2.0), "pathways": (0.0, 0.25, 0.5)},
        (0.3, 0.5, 0.8, 1.3, 2.0), {"structure": 1.0, "targets": 1.0}, 1.0,
    ),
    ("structure", "interaction"): Grid(
        {"structure": (1.0,), "targets": (0.5, 1.0, 2.0), "pathways": (0.0, 0.25, 0.5)},
        (0.3, 0.5, 0.8, 1.3, 2.0), {"structure": 1.0, "targets": 1.0}, 1.0,
    ),
}  # fmt: skip
"""first kernel, what is learned -> grid; with an embedding, structure is worth less"""


def grids_of(names: Collection[str], learned: str) -> list[Grid]:
    """Return the grids for the kernels there are, first the one whose given weights are taken.

    An embedding that says nothing is left for structure, if there is any.
    """
    found = [_of(names, GRIDS[first, learned]) for first in ("embedding", "structure")]
    found = [grid for grid in found if any(grid.given.values())]
    if found and not found[0].given.keys().isdisjoint({"embedding", "structure"}):
        return found
    # Of drugs nothing is known but targets, or pathways.
    last = GRIDS["structure", learned]
    return [Grid(dict.fromkeys(names, (1.0,)), last.penalties, dict.fromkeys(names, 1.0), 1.0)]


def _of(names: Collection[str], grid: Grid) -> Grid:
    first = next(iter(grid.weights))
    if first not in names:
        return Grid({}, (), {}, grid.penalty)
    weights = {n: grid.weights.get(n, (0.0,)) for n in names}
    return Grid(weights, grid.penalties, {n: grid.given.get(n, 0.0) for n in names}, grid.penalty)


def choose(parts: Mapping[str, Tensor], z: Tensor, grids: Sequence[Grid]) -> Chosen:
    """Return the weights and the penalty of least error in z (t, c), each drug left out.

    ``parts`` are kernels (t, t) by name. What the first grid gives is kept unless the best is
    better by ``SURE`` standard errors of the difference over drugs: the best of many is so by luck.
    """
    some = torch.linspace(0, len(z) - 1, min(len(z), MOST)).round().long()
    parts, z = {n: k[some][:, some] for n, k in parts.items()}, z[some]
    given = grids[0]
    values, vectors = torch.linalg.eigh(summed(parts, given.given))
    usual = _errors(values.clamp(min=0) + given.penalty, vectors, z)
    kept = Chosen(dict(given.given), given.penalty, float(usual.mean()))
    best, least = kept, usual
    for grid, weights in _combined(grids):
        values, vectors = torch.linalg.eigh(summed(parts, weights))
        for penalty in grid.penalties:
            errors = _errors(values.clamp(min=0) + penalty, vectors, z)
            if float(errors.mean()) < best.error:
                best, least = Chosen(weights, penalty, float(errors.mean())), errors
    gain = usual - least
    sure = SURE * float(gain.std()) / max(1, len(gain)) ** 0.5 if len(gain) > 1 else 0.0
    return best if float(gain.mean()) > sure else kept


def components(interaction: Tensor) -> Tensor:
    """Return the largest components (t, c) over lines of an interaction (n, t)."""
    n, t = interaction.shape
    if t <= n:
        values, vectors = torch.linalg.eigh(interaction.T @ interaction)
        found = vectors * values.clamp(min=0).sqrt()
    else:
        found = interaction.T @ torch.linalg.eigh(interaction @ interaction.T).eigenvectors
    largest: Tensor = found.flip(1)[:, :COMPONENTS]
    return largest


def summed(parts: Mapping[str, Tensor], weights: Mapping[str, float]) -> Tensor:
    """Return the weighted sum of kernels."""
    total = torch.zeros_like(next(iter(parts.values())))
    for name, part in parts.items():
        if weights.get(name):
            total = total + weights[name] * part
    return total


def _combined(grids: Sequence[Grid]) -> Iterator[tuple[Grid, dict[str, float]]]:
    for grid in grids:
        for values in product(*grid.weights.values()):
            yield grid, dict(zip(grid.weights, values, strict=True))


def _errors(values: Tensor, vectors: Tensor, z: Tensor) -> Tensor:
    """Return the square (t,) of (P z)_i / P_ii, summed over z's columns.

    ``values`` and ``vectors`` are those of K + penalty; P is that of ``Smoother``.
    """
    scaled = vectors / values
    q = scaled @ vectors.sum(0)
    off = scaled @ (vectors.T @ z) - q[:, None] * (q @ z) / q.sum()
    diagonal = ((scaled * vectors).sum(1) - q**2 / q.sum()).clamp(min=1e-9)
    errors: Tensor = ((off / diagonal[:, None]) ** 2).sum(1)
    return errors
