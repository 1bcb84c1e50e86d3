"""A mutation's effect beside covariates such as cancer type and mutation burden.

Pan-cancer, a gene that is mutated in one kind of cancer stands for that kind. The linear model
response ~ mutation + covariates is solved for all genes and drugs at once (Frisch-Waugh-Lovell).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from mmdrp.tumours.stats.association import Array, two_sided

COLLINEAR = 1e-8
"""share of a mutation's variation that covariates must leave for its effect to be separable"""


@dataclass(frozen=True)
class Adjusted:
    """The mutation's coefficient and its test, genes x drugs (g, d); NaN where undefined."""

    difference: Array
    t: Array
    p: Array


def adjusted_tests(
    mutated: sparse.csr_array,
    response: Array,
    covariates: Array,
    unknown: sparse.csr_array | None = None,
) -> Adjusted:
    """Regress each drug's response on each mutation and the covariates (n, q), by least squares.

    Shapes as in `t_tests`. An intercept is added; collinear covariates are harmless.
    """
    shape = (mutated.shape[0], response.shape[1])
    out = Adjusted(*(np.full(shape, np.nan) for _ in range(3)))
    gaps = np.zeros((mutated.shape[0], len(response)), dtype=bool)
    if unknown is not None and unknown.nnz:
        gaps = unknown.toarray() != 0
    measured = np.isfinite(response)
    for genes, known in _patterns(~gaps):
        for drugs, present in _patterns(measured.T):
            rows = known & present
            values = response[rows][:, drugs]
            fitted = _fit(mutated[genes][:, rows], values, covariates[rows])
            for target, result in zip((out.difference, out.t, out.p), fitted, strict=True):
                target[np.ix_(genes, drugs)] = result
    return out


def _patterns(
    matrix: npt.NDArray[np.bool_],
) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]]:
    """Yield each distinct row, and which rows are like it."""
    if matrix.all():
        if len(matrix):
            yield np.arange(len(matrix)), matrix[0]
        return
    seen: dict[bytes, list[int]] = {}
    for i, row in enumerate(np.packbits(matrix, axis=1)):
        seen.setdefault(row.tobytes(), []).append(i)
    for members in seen.values():
        yield np.array(members), matrix[members[0]]


def _fit(mutated: sparse.csr_array, y: Array, covariates: Array) -> tuple[Array, Array, Array]:
    """Complete responses ``y`` (n, d): return coefficient, t and p, each (g, d)."""
    n = len(y)
    basis = _basis(covariates)
    residual = np.ascontiguousarray(y - basis @ (basis.T @ y))
    count = np.asarray(mutated.sum(1), dtype=float).ravel()
    left = count - ((mutated @ basis) ** 2).sum(1)
    left = np.where(left > COLLINEAR * np.maximum(count, 1), left, np.nan)[:, None]
    difference = (mutated @ residual) / left
    total = (residual**2).sum(0)
    squares = np.maximum(total - difference**2 * left, 0.0)
    df = n - basis.shape[1] - 1
    noise = (1e-14 * (y**2).sum(0)) >= total
    if df < 1:
        return difference, np.full_like(difference, np.nan), np.full_like(difference, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(noise, np.nan, difference / np.sqrt(squares / df / left))
    return difference, t, two_sided(t, np.full_like(t, df))


def _basis(covariates: Array) -> Array:
    """Return orthonormal columns that span the intercept and the covariates."""
    n = len(covariates)
    design = np.column_stack([np.ones(n), covariates])
    scale = np.sqrt((design**2).sum(0))
    u, s, _ = np.linalg.svd(design / np.where(scale > 0, scale, 1), full_matrices=False)
    kept: Array = u[:, s > 1e-10 * s.max(initial=1.0)]
    return kept
