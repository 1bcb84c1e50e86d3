"""A mutation's effect beside covariates, against ordinary least squares one by one."""

import numpy as np
import numpy.typing as npt
import pytest
from scipy import sparse, stats

from mmdrp.tumours.stats.association import t_tests
from mmdrp.tumours.stats.covariates import adjusted_tests

Array = npt.NDArray[np.float64]


def least_squares(mutation: Array, y: Array, covariates: Array) -> tuple[float, float]:
    """Coefficient of the mutation and its two-sided p."""
    X = np.column_stack([np.ones(len(y)), covariates, mutation])
    b, _, rank, _ = np.linalg.lstsq(X, y, rcond=None)
    df = len(y) - rank
    rest = y - X @ b
    se = np.sqrt(rest @ rest / df * np.linalg.pinv(X.T @ X)[-1, -1])
    return float(b[-1]), float(2 * stats.t.sf(abs(b[-1]) / se, df))


def cohort(n: int = 120) -> tuple[Array, Array, Array]:
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 4, n)
    covariates = np.column_stack([np.eye(4)[kind], rng.normal(size=n)])  # dummies sum to one
    mutated = (rng.random((9, n)) < 0.1 + 0.15 * kind).astype(float)
    return mutated, rng.normal(size=(n, 3)) + kind[:, None], covariates


def test_agrees_with_least_squares() -> None:
    mutated, y, covariates = cohort()
    found = adjusted_tests(sparse.csr_array(mutated), y, covariates)
    want = [[least_squares(m, y[:, j], covariates) for j in range(3)] for m in mutated]
    np.testing.assert_allclose(found.difference, np.array(want)[..., 0], rtol=1e-9)
    np.testing.assert_allclose(found.p, np.array(want)[..., 1], rtol=1e-8)


def test_gaps_on_either_side_leave_rows_out() -> None:
    mutated, y, covariates = cohort()
    rng = np.random.default_rng(1)
    y[rng.random(y.shape) < 0.2] = np.nan
    unknown = rng.random(mutated.shape) < 0.15
    mutated[unknown] = 0
    found = adjusted_tests(
        sparse.csr_array(mutated), y, covariates, sparse.csr_array(unknown.astype(float))
    )
    for i in range(len(mutated)):
        for j in range(3):
            rows = np.isfinite(y[:, j]) & ~unknown[i]
            b, p = least_squares(mutated[i, rows], y[rows, j], covariates[rows])
            assert found.difference[i, j] == pytest.approx(b, rel=1e-9)
            assert found.p[i, j] == pytest.approx(p, rel=1e-8)


def test_without_covariates_it_is_students_test() -> None:
    mutated, y, _ = cohort()
    found = adjusted_tests(sparse.csr_array(mutated), y, np.zeros((len(y), 0)))
    plain = t_tests(sparse.csr_array(mutated), y)
    np.testing.assert_allclose(found.p, plain.p_pooled, rtol=1e-9)
    np.testing.assert_allclose(found.difference, plain.difference, rtol=1e-9)


def test_a_gene_that_stands_for_its_cancer_type_is_told_from_one_that_acts() -> None:
    rng = np.random.default_rng(2)
    n = 800
    kind = (rng.random(n) < 0.5).astype(float)
    marker = (rng.random(n) < 0.05 + 0.7 * kind).astype(float)  # frequent in one type, inert
    driver = (rng.random(n) < 0.2).astype(float)
    y = (3 * kind + 1.0 * driver + rng.normal(size=n))[:, None]
    mutated = sparse.csr_array(np.stack([marker, driver]))
    plain = t_tests(mutated, y)
    beside = adjusted_tests(mutated, y, kind[:, None])
    assert plain.p_welch[0, 0] < 1e-20
    assert beside.p[0, 0] > 1e-3
    assert beside.p[1, 0] < 1e-10
    assert beside.difference[1, 0] == pytest.approx(1.0, abs=0.3)


def test_what_covariates_explain_wholly_is_nan() -> None:
    mutated, y, covariates = cohort()
    mutated[0] = covariates[:, 1]
    y[:, 1] = 2 * covariates[:, 4] + 1
    found = adjusted_tests(sparse.csr_array(mutated), y, covariates)
    assert np.isnan(found.p[0]).all()
    assert np.isnan(found.p[:, 1]).all()
    assert np.isfinite(found.p[1:, [0, 2]]).all()


def test_fewer_tumours_than_coefficients_is_no_test() -> None:
    found = adjusted_tests(
        sparse.csr_array(np.array([[1.0, 0, 0]])), np.arange(3.0)[:, None], np.eye(3)[:, :2]
    )
    assert np.isnan(found.p).all()
