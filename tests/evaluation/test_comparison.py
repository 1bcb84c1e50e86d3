"""Tests over folds: published tables, SciPy, and what must not change a p-value."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import friedmanchisquare, ttest_1samp

from mmdrp.evaluation.comparison import corrected_t, differences, friedman_conover

# Conover (1999), Practical Nonparametric Statistics, 3rd edition, example 5.8.1: twelve homeowners
# rank four grasses.
GRASS = [
    (4, 3, 2, 1), (4, 2, 3, 1), (3, 1.5, 1.5, 4), (3, 1, 2, 4), (4, 2, 1, 3), (2, 2, 2, 4),
    (1, 3, 2, 4), (2, 4, 1, 3), (3.5, 1, 2, 3.5), (4, 1, 3, 2), (4, 2, 3, 1), (3.5, 1, 2, 3.5),
]  # fmt: skip


def test_friedman_and_conover_as_published() -> None:
    frame = pd.DataFrame(GRASS, columns=["a", "b", "c", "d"])
    found = friedman_conover(frame, lower_is_better=True)
    assert found is not None
    assert (found.rank * 12).tolist() == pytest.approx([38, 23.5, 24.5, 34])
    assert found.statistic == pytest.approx(8.097, abs=1e-3)
    # The published least significant difference at 5 % is 11.49 rank sums: 14.5, 13.5 and 10.5
    # are the distances of a-b, a-c and d-b.
    p: dict[Any, Any] = dict(found.pairwise.stack().to_dict())
    assert max(p["a", "b"], p["a", "c"]) < 0.05 < min(p["d", "b"], p["a", "d"])
    np.testing.assert_allclose(found.pairwise, found.pairwise.T)
    np.testing.assert_allclose(np.diag(found.pairwise), 1.0)


@given(st.integers(0, 10**6), st.integers(3, 12), st.integers(3, 6))
def test_friedman_is_scipys_and_needs_no_scale(seed: int, folds: int, models: int) -> None:
    values = pd.DataFrame(np.random.default_rng(seed).normal(size=(folds, models)))
    found = friedman_conover(values, lower_is_better=True)
    assert found is not None
    expected = friedmanchisquare(*values.to_numpy().T)
    assert found.statistic == pytest.approx(expected.statistic)
    assert found.p == pytest.approx(expected.pvalue)
    shift = np.arange(folds)[:, None]  # a monotone change within each fold keeps the ranks
    moved = friedman_conover(pd.DataFrame(np.exp(values.to_numpy()) + shift), lower_is_better=True)
    assert moved is not None
    turned = friedman_conover(-values, lower_is_better=False)
    assert turned is not None
    pd.testing.assert_frame_equal(moved.pairwise, found.pairwise)
    pd.testing.assert_frame_equal(turned.pairwise, found.pairwise)


def test_equal_models_are_not_different_and_two_are_too_few() -> None:
    same = pd.DataFrame(np.ones((4, 3)), columns=list("abc"))
    found = friedman_conover(same, lower_is_better=True)
    assert found is not None
    assert found.p == 1.0
    assert (found.pairwise == 1.0).all(axis=None)
    assert friedman_conover(same[["a", "b"]], lower_is_better=True) is None
    assert friedman_conover(same.iloc[:1], lower_is_better=True) is None
    gap = same.assign(a=[1.0, np.nan, 2.0, 3.0])
    kept = friedman_conover(gap, lower_is_better=True)
    assert kept is not None
    assert kept.folds == 3


@given(st.integers(0, 10**6), st.integers(2, 20))
def test_without_overlap_the_correction_is_the_paired_t_test(seed: int, folds: int) -> None:
    gap = np.random.default_rng(seed).normal(0.3, 1, folds)
    found, expected = corrected_t(gap, 0.0), ttest_1samp(gap, 0.0)
    assert found.p == pytest.approx(expected.pvalue)
    interval = expected.confidence_interval()
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    wider = corrected_t(gap, 0.25)
    assert wider.high - wider.low > found.high - found.low
    assert wider.p >= found.p or found.p == pytest.approx(1)


def test_the_corrected_interval_by_hand() -> None:
    gap = np.array([0.1, 0.2, 0.3, 0.2, 0.2])
    found = corrected_t(gap, 0.25)
    # s^2 = 0.005; sqrt(0.005 * (1 / 5 + 1 / 4)) = 0.0474; t(0.975, 4) = 2.776.
    assert found.difference == pytest.approx(0.2)
    assert found.high - 0.2 == pytest.approx(2.776445 * 0.0474342, rel=1e-5)
    assert np.isnan(corrected_t(gap[:1], 0.25).low)
    assert corrected_t(np.zeros(4), 0.25).p == 1.0


def test_of_overlapping_training_sets_the_corrected_test_rejects_rarely() -> None:
    # Two models that differ by chance: fold differences share what training sets share.
    rng = np.random.default_rng(0)
    plain = corrected = 0
    for _ in range(400):
        gap = rng.normal(0, 0.5) + rng.normal(size=5)
        plain += corrected_t(gap, 0.0).p < 0.05
        corrected += corrected_t(gap, 0.25).p < 0.05
    assert corrected / 400 < 0.06
    assert plain > corrected


def test_only_folds_that_both_models_have_are_compared() -> None:
    values = pd.DataFrame(
        {"a": [1.0, 2.0, 3.0], "b": [0.5, np.nan, 2.0], "c": [np.nan, 2.0, np.nan]}
    )
    table = differences(values, 0.25, metric="mse")
    assert set(table["metric"]) == {"mse"}
    found: dict[Any, Any] = dict(table.set_index(["model", "other"]).to_dict("index"))
    assert found["a", "b"]["folds"] == 2
    assert found["a", "b"]["difference"] == pytest.approx(0.75)
    assert ("b", "c") not in found
