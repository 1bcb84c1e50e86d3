"""Baselines computed our own way, equal to scikit-learn's models one by one."""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import ElasticNet, Ridge

from mmdrp.evaluation.baselines.linear import ElasticNets, ridge_weights
from mmdrp.evaluation.baselines.small_trees import Bins, boosted_stages

Array = np.ndarray


def features(rng: np.random.Generator, n: int) -> Array:
    """0/1 columns, a constant, few distinct values, and more values than there are bins."""
    parts = rng.random((n, 4)) < 0.3, np.ones(n), rng.integers(0, 5, n), rng.normal(size=(n, 3))
    return np.column_stack(parts).astype(float)


@pytest.mark.parametrize(("n", "leaves"), [(400, 2), (400, 5), (60, 4), (15, 3)])
def test_small_trees_are_histogram_boosting(n: int, leaves: int) -> None:
    rng = np.random.default_rng(n + leaves)
    x, asked = features(rng, n), features(rng, 50)
    y = x[:, 0] + np.sin(x[:, -1]) + x[:, 5] * x[:, -2] / 5 + rng.normal(size=n)
    model = HistGradientBoostingRegressor(
        max_iter=40, max_leaf_nodes=leaves, min_samples_leaf=10, early_stopping=False
    ).fit(x, y)
    expected = list(model.staged_predict(asked))
    got = boosted_stages(Bins.of(x), y, asked, leaves=leaves, rounds=[1, 10, 40], rate=0.1)
    for stage, rounds in zip(got, (1, 10, 40), strict=True):
        np.testing.assert_allclose(stage, expected[rounds - 1], atol=1e-10)
    assert n < 20 or got[-1].std() > 0.3


def measured(rng: np.random.Generator, x: Array) -> Array:
    """Responses of four drugs: measured everywhere, mostly, on a few lines, never."""
    y: Array = x[:, :3].sum(1)[:, None] * np.array([1.0, 0.5, -1.0, 0.0]) + rng.normal(
        size=(len(x), 4)
    )
    for j, share in enumerate((0.0, 0.2, 0.8, 1.0)):
        y[rng.random(len(x)) < share, j] = np.nan
    return y


def test_ridge_by_one_inverse_is_ridge_per_drug() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 30))
    y = measured(rng, x)
    weights = ridge_weights(x @ x.T, y, 7.0)
    assert np.array_equal(weights != 0, np.isfinite(y))
    for j in range(3):
        seen = np.isfinite(y[:, j])
        model = Ridge(alpha=7.0, fit_intercept=False).fit(x[seen], y[seen, j])
        np.testing.assert_allclose(x.T @ weights[:, j], model.coef_, atol=1e-10)


def test_elastic_nets_of_all_drugs_are_those_of_each() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(120, 150))
    y = measured(rng, x)
    nets = ElasticNets(x.astype(np.float32), y)
    assert np.isnan(nets.mean[3])
    for ratio, alpha in ((0.5, 0.4), (0.2, 0.4), (0.2, 0.1)):
        weights = nets.solve(ratio, alpha)
        assert not weights[:, 3].any()
        for j in range(3):
            seen = np.isfinite(y[:, j])
            model = ElasticNet(
                alpha=alpha, l1_ratio=ratio, fit_intercept=False, tol=1e-8, max_iter=100_000
            ).fit(x[seen], y[seen, j] - nets.mean[j])
            np.testing.assert_allclose(weights[:, j], model.coef_, atol=2e-3)
            assert 0 < (weights[:, j] != 0).sum() < 150


def test_an_elastic_net_takes_up_features_in_several_rounds() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(60, 200))
    y = x[:, :90] @ rng.normal(size=(90, 1))
    nets = ElasticNets(x.astype(np.float32), y)
    weights = nets.solve(0.5, 0.01)[:, 0]
    model = ElasticNet(
        alpha=0.01, l1_ratio=0.5, fit_intercept=False, tol=1e-8, max_iter=100_000
    ).fit(x, y[:, 0] - nets.mean[0])
    assert (weights != 0).sum() > 30
    np.testing.assert_allclose(x @ weights, x @ model.coef_, atol=0.02 * y.std())
