"""Two-sample t-tests of every mutation with every drug, from sums per mutated group.

Chiu et al. (BMC Medical Genomics 2019) compare the predicted response of tumours with and without
a mutation. All tests share three matrix products: how many, sum and sum of squares of the mutated.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from scipy import sparse, special

Array = npt.NDArray[np.float64]
CANCELLED = 1e-4
"""a sum of squares this much smaller than what it is a difference of is summed anew"""


@dataclass(frozen=True)
class TTests:
    """Results of genes x drugs, each (g, d); NaN where a test is undefined."""

    mutated: Array
    """tumours with the mutation that have a response"""
    wildtype: Array
    mean_mutated: Array
    """in the unit of the response"""
    mean_wildtype: Array
    difference: Array
    """mutated minus wild-type"""
    cohen_d: Array
    """difference over the pooled standard deviation (Cohen 1988)"""
    hedges_g: Array
    """``cohen_d`` without its small-sample bias (Hedges 1981, exact gamma form)"""
    t_welch: Array
    df_welch: Array
    p_welch: Array
    """two-sided, unequal variances"""
    t_pooled: Array
    p_pooled: Array
    """two-sided, equal variances (Student)"""


@dataclass
class _Moments:
    n: Array
    mean: Array
    squares: Array
    """sum of squared deviations from the group's mean"""


def t_tests(
    mutated: sparse.csr_array,
    response: Array,
    unknown: sparse.csr_array | None = None,
    block: int = 2048,
) -> TTests:
    """Test every gene with every drug.

    ``mutated`` and ``unknown`` are genes x tumours (g, n), 1 where so; ``response`` is tumours x
    drugs (n, d), NaN where unmeasured. A tumour with unknown status is in neither group of a gene.
    """
    parts = list(blocks(mutated, response, unknown, block))
    if len(parts) == 1:
        return parts[0]
    names = [f.name for f in fields(TTests)]
    return TTests(**{n: np.concatenate([getattr(p, n) for p in parts]) for n in names})


def blocks(
    mutated: sparse.csr_array,
    response: Array,
    unknown: sparse.csr_array | None = None,
    block: int = 2048,
) -> Iterator[TTests]:
    """Yield what `t_tests` returns, ``block`` genes at a time."""
    response = np.asarray(response, dtype=np.float64)
    measured = np.isfinite(response)
    count = measured.sum(0)
    centre = np.where(measured, response, 0.0).sum(0) / np.maximum(count, 1)
    # Sums of squares of centred values: those of raw ones would cancel.
    centred = np.ascontiguousarray(np.where(measured, response - centre, 0.0))
    dense = None if measured.all() else np.ascontiguousarray(measured, dtype=np.float64)
    floor = (
        4 * np.finfo(float).eps * np.abs(np.where(measured, response, 0)).max(0, initial=0)
    ) ** 2
    for start in range(0, max(mutated.shape[0], 1), block):
        rows = mutated[start : start + block]
        gaps = None if unknown is None else unknown[start : start + block]
        carriers, others = _groups(rows, gaps, centred, dense)
        _resum(rows, gaps, centred, measured, carriers, others)
        for group in (carriers, others):
            group.squares[group.squares <= floor * group.n] = 0.0
        yield _tests(carriers, others, centre)


def _groups(
    rows: sparse.csr_array, gaps: sparse.csr_array | None, centred: Array, dense: Array | None
) -> tuple[_Moments, _Moments]:
    n1, s1, q1 = _sums(rows, centred, dense)
    n = np.full_like(n1, len(centred)) if dense is None else np.broadcast_to(dense.sum(0), n1.shape)
    s, q = centred.sum(0), (centred**2).sum(0)
    if gaps is not None and gaps.nnz:
        gone = _sums(gaps, centred, dense)
        n, s, q = n - gone[0], s - gone[1], q - gone[2]
    return _group(n1, s1, q1, q1), _group(n - n1, s - s1, q - q1, q)


def _sums(
    rows: sparse.csr_array, centred: Array, dense: Array | None
) -> tuple[Array, Array, Array]:
    """Return count, sum and sum of squares of the responses that each row selects, (g, d)."""
    if dense is None:
        n = np.repeat(np.asarray(rows.sum(1), dtype=float).reshape(-1, 1), centred.shape[1], 1)
    else:
        n = rows @ dense
    return n, rows @ centred, rows @ (centred**2)


def _group(n: Array, total: Array, square: Array, scale: Array) -> _Moments:
    """Return the group; squares that are the small rest of large numbers are marked by NaN."""
    mean = _over(total, n)
    squares = square - total * mean
    squares = np.where((squares < CANCELLED * scale) & (n > 1), np.nan, squares)
    return _Moments(n, mean, np.where(n > 1, squares, 0.0))


def _resum(
    rows: sparse.csr_array,
    gaps: sparse.csr_array | None,
    centred: Array,
    measured: npt.NDArray[np.bool_],
    carriers: _Moments,
    others: _Moments,
) -> None:
    """Compute the marked sums of squares again, in two passes over the values."""
    marked = np.isnan(carriers.squares) | np.isnan(others.squares)
    for i in np.flatnonzero(marked.any(1)):
        inside = np.zeros(len(centred), dtype=bool)
        inside[rows[[i]].indices] = True
        outside = ~inside
        if gaps is not None:
            outside[gaps[[i]].indices] = False
        for j in np.flatnonzero(marked[i]):
            for group, chosen in ((carriers, inside), (others, outside)):
                values = centred[chosen & measured[:, j], j]
                group.mean[i, j] = mean = values.mean() if len(values) else np.nan
                group.squares[i, j] = ((values - mean) ** 2).sum()


def _tests(carriers: _Moments, others: _Moments, centre: Array) -> TTests:
    difference = carriers.mean - others.mean
    df = carriers.n + others.n - 2
    pooled = _over(carriers.squares + others.squares, df)
    with np.errstate(invalid="ignore", divide="ignore"):
        d = difference / np.sqrt(pooled)
        t_pooled = difference / np.sqrt(pooled * (1 / carriers.n + 1 / others.n))
        v1 = _over(carriers.squares, carriers.n - 1) / carriers.n
        v0 = _over(others.squares, others.n - 1) / others.n
        t_welch = difference / np.sqrt(v1 + v0)
        df_welch = (v1 + v0) ** 2 / (v1**2 / (carriers.n - 1) + v0**2 / (others.n - 1))
    testable = (carriers.n > 0) & (others.n > 0) & (pooled > 0)
    welch = testable & (carriers.n > 1) & (others.n > 1)
    return TTests(
        carriers.n,
        others.n,
        carriers.mean + centre,
        others.mean + centre,
        difference,
        np.where(testable, d, np.nan),
        np.where(testable, d * bias(df), np.nan),
        np.where(welch, t_welch, np.nan),
        np.where(welch, df_welch, np.nan),
        two_sided(np.where(welch, t_welch, np.nan), df_welch),
        np.where(testable, t_pooled, np.nan),
        two_sided(np.where(testable, t_pooled, np.nan), df),
    )


def bias(df: Array) -> Array:
    """Return Hedges' correction J(df) = Gamma(df/2) / (sqrt(df/2) Gamma((df-1)/2))."""
    usable = np.where(df > 1, df, np.nan)
    j: Array = np.exp(
        special.gammaln(usable / 2) - special.gammaln((usable - 1) / 2) - np.log(usable / 2) / 2
    )
    return j


def two_sided(t: Array, df: Array) -> Array:
    """Return the two-sided p of Student's t; 0 where it is under the smallest number."""
    p: Array = 2 * special.stdtr(df, -np.abs(t))
    return p


def _over(a: Array, n: Array) -> Array:
    out: Array = np.divide(a, n, out=np.full(np.shape(a), np.nan), where=n > 0)
    return out
