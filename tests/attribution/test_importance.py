"""Methods that know no model of ours: against SciPy and scikit-learn, and on planted features."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearsonr, ttest_ind
from sklearn.linear_model import Ridge, RidgeCV

from mmdrp.attribution.benchmark.importance import (
    METHODS,
    PENALTIES,
    correlation,
    forest,
    probability,
    ridge,
)

Array = npt.NDArray[np.float64]


def fold_data(seed: int, n: int = 60, p: int = 30, gaps: float = 0.0) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p))
    y = 2.0 * x[:, 7] - x[:, 2] + 0.5 * rng.normal(size=n)
    x[rng.random(x.shape) < gaps] = np.nan
    return x, y


@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.2]))
def test_correlation_is_scipys_over_the_lines_measured_in_both(seed: int, gaps: float) -> None:
    x, y = fold_data(seed, gaps=gaps)
    t = correlation(x, y)
    for j in range(5):
        here = np.isfinite(x[:, j])
        found = pearsonr(x[here, j], y[here])
        n = int(here.sum())
        r = t[j] / np.sqrt(n - 2 + t[j] ** 2)
        assert r == pytest.approx(found.statistic, abs=1e-9)
        assert probability(t[j], n) == pytest.approx(found.pvalue, abs=1e-9)


def test_of_a_mutation_it_is_students_t() -> None:
    rng = np.random.default_rng(0)
    x, y = (rng.random((50, 1)) < 0.3).astype(float), rng.normal(size=50)
    two = ttest_ind(y[x[:, 0] == 1], y[x[:, 0] == 0])
    assert correlation(x, y)[0] == pytest.approx(two.statistic)


@pytest.mark.parametrize("name", METHODS)
def test_planted_features_lead_and_constants_are_nothing(name: str) -> None:
    x, y = fold_data(1, n=150)
    x[:, 0] = 3.0
    score = METHODS[name](x, y, 0, 50)
    assert score.shape == (30,)
    assert set(np.argsort(-np.abs(score))[:2]) == {7, 2}
    assert score[0] == 0.0
    if name != "forest":
        assert score[7] > 0 > score[2]


@pytest.mark.parametrize("name", METHODS)
def test_a_gap_counts_as_the_mean_and_never_spreads(name: str) -> None:
    x, y = fold_data(2, n=120, gaps=0.1)
    score = METHODS[name](x, y, 0, 50)
    assert np.isfinite(score).all()
    assert np.argmax(np.abs(score)) == 7


def test_ridge_is_scikit_learns_on_standardised_features() -> None:
    x, y = fold_data(3)
    z = (x - x.mean(0)) / x.std(0)
    chosen = RidgeCV(alphas=PENALTIES).fit(z, y).alpha_
    np.testing.assert_allclose(ridge(x, y), Ridge(alpha=chosen).fit(z, y).coef_, atol=1e-6)
    np.testing.assert_allclose(ridge(1000 * x + 5, y), ridge(x, y), atol=1e-8)


def test_a_seed_fixes_the_forest() -> None:
    x, y = fold_data(4)
    assert (forest(x, y, seed=3, trees=20) == forest(x, y, seed=3, trees=20)).all()
    assert (forest(x, y, seed=3, trees=20) != forest(x, y, seed=4, trees=20)).any()
    assert forest(x, y, trees=20).sum() == pytest.approx(1.0)
