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
ILL = 1e-4
"""a sum of squares this much smaller than what it is a difference of is summed anew"""


@dataclass(frozen=True)
class Association:
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
class _Group:
    n: Array
    mean: Array
    squares: Array
    """sum of squared deviations from the group's mean"""


def associate(
    mutated: sparse.csr_array,
    response: Array,
    unknown: sparse.csr_array | None = None,
    block: int = 2048,
) -> Association:
    """Test every gene with every drug.

    ``mutated`` and ``unknown`` are genes x tumours (g, n), 1 where so; ``response`` is tumours x
    drugs (n, d), NaN where unmeasured. A tumour with unknown status is in neither group of a gene.
    """
    parts = list(blocks(mutated, response, unknown, block))
    if len(parts) == 1:
        return parts[0]
    names = [f.name for f in fields(Association)]
    return Association(**{n: np.concatenate([getattr(p, n) for p in parts]) for n in names})


def blocks(
    mutated: sparse.csr_array,
    response: Array,
    unknown: sparse.csr_array | None = None,
    block: int = 2048,
) -> Iterator[Association]:
    """Yield what `associate` returns, ``block`` genes at a time."""
    response = np.asarray(response, dtype=np.float64)
    measured = np.isfinite(response)
    count = measured.sum(0)
    centre = np.where(measured, response, 0.0).sum(0) / np.maximum(count, 1)
    # Sums of squares of centred values: those of raw ones would cancel.
    rest = np.ascontiguousarray(np.where(measured, response - centre, 0.0))
    dense = None if measured.all() else np.ascontiguousarray(measured, dtype=np.float64)
    floor = (
        4 * np.finfo(float).eps * np.abs(np.where(measured, response, 0)).max(0, initial=0)
    ) ** 2
    for start in range(0, max(mutated.shape[0], 1), block):
        rows = mutated[start : start + block]
        gaps = None if unknown is None else unknown[start : start + block]
        one, zero = _groups(rows, gaps, rest, dense)
        _resum(rows, gaps, rest, measured, one, zero)
        for group in (one, zero):
            group.squares[group.squares <= floor * group.n] = 0.0
        yield _tests(one, zero, centre)


def _groups(
    rows: sparse.csr_array, gaps: sparse.csr_array | None, rest: Array, dense: Array | None
) -> tuple[_Group, _Group]:
    n1, s1, q1 = _sums(rows, rest, dense)
    n = np.full_like(n1, len(rest)) if dense is None else np.broadcast_to(dense.sum(0), n1.shape)
    s, q = rest.sum(0), (rest**2).sum(0)
    if gaps is not None and gaps.nnz:
        gone = _sums(gaps, rest, dense)
        n, s, q = n - gone[0], s - gone[1], q - gone[2]
    return _group(n1, s1, q1, q1), _group(n - n1, s - s1, q - q1, q)


def _sums(rows: sparse.csr_array, rest: Array, dense: Array | None) -> tuple[Array, Array, Array]:
    """Return count, sum and sum of squares of the responses that each row selects, (g, d)."""
    if dense is None:
        n = np.repeat(np.asarray(rows.sum(1), dtype=float).reshape(-1, 1), rest.shape[1], 1)
    else:
        n = rows @ dense
    return n, rows @ rest, rows @ (rest**2)


def _group(n: Array, total: Array, square: Array, scale: Array) -> _Group:
    """Return the group; squares that are the small rest of large numbers are marked by NaN."""
    mean = _over(total, n)
    squares = square - total * mean
    squares = np.where((squares < ILL * scale) & (n > 1), np.nan, squares)
    return _Group(n, mean, np.where(n > 1, squares, 0.0))


def _resum(
    rows: sparse.csr_array,
    gaps: sparse.csr_array | None,
    rest: Array,
    measured: npt.NDArray[np.bool_],
    one: _Group,
    zero: _Group,
) -> None:
    """Compute the marked sums of squares again, in two passes over the values."""
    marked = np.isnan(one.squares) | np.isnan(zero.squares)
    for i in np.flatnonzero(marked.any(1)):
        inside = np.zeros(len(rest), dtype=bool)
        inside[rows[[i]].indices] = True
        outside = ~inside
        if gaps is not None:
            outside[gaps[[i]].indices] = False
        for j in np.flatnonzero(marked[i]):
            for group, chosen in ((one, inside), (zero, outside)):
                values = rest[chosen & measured[:, j], j]
                group.mean[i, j] = mean = values.mean() if len(values) else np.nan
                group.squares[i, j] = ((values - mean) ** 2).sum()


def _tests(one: _Group, zero: _Group, centre: Array) -> Association:
    difference = one.mean - zero.mean
    df = one.n + zero.n - 2
    pooled = _over(one.squares + zero.squares, df)
    with np.errstate(invalid="ignore", divide="ignore"):
        d = difference / np.sqrt(pooled)
        t_pooled = difference / np.sqrt(pooled * (1 / one.n + 1 / zero.n))
        v1 = _over(one.squares, one.n - 1) / one.n
        v0 = _over(zero.squares, zero.n - 1) / zero.n
        t_welch = difference / np.sqrt(v1 + v0)
        df_welch = (v1 + v0) ** 2 / (v1**2 / (one.n - 1) + v0**2 / (zero.n - 1))
    testable = (one.n > 0) & (zero.n > 0) & (pooled > 0)
    welch = testable & (one.n > 1) & (zero.n > 1)
    return Association(
        one.n,
        zero.n,
        one.mean + centre,
        zero.mean + centre,
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
