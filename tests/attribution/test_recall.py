"""Ranks, recall and the reasons for a miss, by hand and under permutation."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmdrp.attribution.benchmark.recall import (
    advantage,
    minority_count,
    missed,
    ranks,
    recall_summary,
)


def markers(**ranked: list[float]) -> pd.DataFrame:
    """Four rows: marker A screened twice, B and C once; C belongs to another drug."""
    frame = pd.DataFrame(
        {
            "drug": ["x", "x", "x", "y"],
            "source": "expression",
            "feature": ["A", "A", "B", "C"],
            "screen": ["x1", "x2", "x1", "y"],
        }
    )
    for method, rank in ranked.items():
        frame[f"{method}_rank"] = rank
        frame[f"{method}_agrees"] = [1.0, 0.0, 1.0, np.nan]
    return frame


def test_ties_share_their_mean_rank_and_gaps_come_last() -> None:
    assert ranks(np.array([0.0, -3.0, 0.0, 2.0, 0.0])).tolist() == [4, 1, 4, 2, 4]
    assert ranks(np.array([np.nan, 1.0, np.nan, 0.0])).tolist() == [3.5, 1, 3.5, 2]


@given(st.integers(0, 10**6))
def test_neither_order_nor_sign_nor_precision_changes_a_rank(seed: int) -> None:
    rng = np.random.default_rng(seed)
    score = rng.integers(-5, 6, 40).astype(float)
    order = rng.permutation(40)
    assert (ranks(score)[order] == ranks(score[order])).all()
    assert (ranks(-score) == ranks(score)).all()
    assert (ranks(score.astype(np.float32)) == ranks(score)).all()
    assert ranks(score).sum() == 40 * 41 / 2


def test_carriers_are_the_lines_that_differ_from_most() -> None:
    assert minority_count(np.array([0, 0, 1, 0, np.nan, 1.0])) == 2
    assert minority_count(np.array([1.0, 1, 1, 0])) == 1
    assert minority_count(np.array([0.0, 0, -1, 1, 0])) == 2
    assert minority_count(np.full(3, np.nan)) == 0
    assert minority_count(np.arange(9.0)) == 8


def test_a_marker_counts_once_however_often_its_drug_was_screened() -> None:
    table = recall_summary(markers(model=[5, 60, 8, 300]), ["model"]).loc["model"]
    assert table["recall10"] == pytest.approx((0.5 + 1 + 0) / 3)
    assert table["recall50"] == pytest.approx((0.5 + 1 + 0) / 3)
    assert table["recall100"] == pytest.approx(2 / 3)
    assert table["median_rank"] == pytest.approx(32.5)  # of 32.5, 8 and 300
    assert table["direction"] == pytest.approx((0.5 + 1) / 2)


def test_the_bounds_belong_to_a_cut() -> None:
    table = recall_summary(markers(model=[10, 10, 50, 100]), ["model"])
    assert table["recall10"].tolist() == pytest.approx([1 / 3])
    assert table["recall50"].tolist() == pytest.approx([2 / 3])
    assert table["recall100"].tolist() == pytest.approx([1.0])


def test_the_advantage_is_the_difference_of_recalls_and_zero_to_itself() -> None:
    frame = markers(model=[5, 60, 8, 300], other=[500, 500, 8, 9])
    table = recall_summary(frame, ["model", "other"])["recall50"]
    mean, low, high = advantage(frame, "model", "other")
    assert mean == pytest.approx(table["model"] - table["other"])
    assert low <= mean <= high
    assert advantage(frame, "model", "model") == (0.0, 0.0, 0.0)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng, inside = np.random.default_rng(0), 0
    for draw in range(60):
        hit = rng.random((2, 80)) < np.array([[0.5], [0.3]])
        frame = pd.DataFrame({"drug": np.arange(80) // 2, "source": "s", "feature": np.arange(80)})
        frame["a_rank"], frame["b_rank"] = np.where(hit, 1, 999)
        _, low, high = advantage(frame, "a", "b", draws=300, seed=draw)
        inside += low <= 0.2 <= high
    assert 51 <= inside <= 60


def test_reasons_for_a_miss() -> None:
    assert missed(50, 1, 1e-9, True) == ""
    assert missed(51, 900, 0.2, True) == "no association in these lines (p = 0.2)"
    assert missed(51, 900, 0.001, False).startswith("associated the other way")
    assert "rank 12 by correlation" in missed(400, 12, 1e-9, True)
    assert "399 features more strongly" in missed(400, 300, 1e-4, True)
