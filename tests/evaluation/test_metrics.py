"""Scores agree with SciPy and scikit-learn; the mean effects agree with a table done by hand."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

from mmdrp.evaluation.metrics import effects, pearson, per_group, scores, spearman

Array = npt.NDArray[np.float64]


def two(seed: int, n: int, levels: int = 0) -> tuple[Array, Array]:
    """Two related vectors; ``levels`` rounds them, so that ranks are tied."""
    rng = np.random.default_rng(seed)
    y = rng.normal(3, 2, n)
    pred = rng.normal() * y + rng.normal(size=n)
    return (np.rint(y * levels), np.rint(pred * levels)) if levels else (y, pred)


def table(lines: int = 25, drugs: int = 6, seed: int = 0) -> pd.DataFrame:
    """Predictions of a study with gaps; the last drug is measured in five lines only."""
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(lines, drugs)) + rng.normal(0, 3, drugs)
    grid = pd.DataFrame(
        [(f"L{i}", f"D{j}", y[i, j]) for i in range(lines) for j in range(drugs)],
        columns=["cell", "drug", "y"],
    )
    grid["pred"] = 0.5 * grid["y"] + rng.normal(size=len(grid))
    gap = rng.random(len(grid)) < 0.2
    few = (grid["drug"] == f"D{drugs - 1}") & (grid["cell"].str[1:].astype(int) >= 5)
    return grid[~gap & ~few].reset_index(drop=True)


@given(st.integers(0, 10**6), st.integers(3, 60))
def test_pearson_is_scipys(seed: int, n: int) -> None:
    y, pred = two(seed, n)
    assert pearson(y, pred) == pytest.approx(pearsonr(y, pred).statistic, abs=1e-12)


@given(st.integers(0, 10**6), st.integers(8, 60), st.sampled_from([0, 1, 2]))
def test_spearman_is_scipys_with_and_without_ties(seed: int, n: int, levels: int) -> None:
    y, pred = two(seed, n, levels)
    if np.ptp(y) == 0 or np.ptp(pred) == 0:
        assert np.isnan(spearman(y, pred))
    else:
        assert spearman(y, pred) == pytest.approx(spearmanr(y, pred).statistic, abs=1e-12)


@given(st.integers(0, 10**6), st.floats(0.01, 100), st.floats(-100, 100))
def test_scale_and_shift_leave_correlations_alone(seed: int, by: float, plus: float) -> None:
    y, pred = two(seed, 30)
    assert pearson(y, by * pred + plus) == pytest.approx(pearson(y, pred), abs=1e-9)
    assert spearman(y, by * pred + plus) == pytest.approx(spearman(y, pred), abs=1e-12)
    assert pearson(y, -by * pred + plus) == pytest.approx(-pearson(y, pred), abs=1e-9)


@pytest.mark.parametrize("statistic", [pearson, spearman])
def test_what_has_no_correlation_is_nan(statistic: type) -> None:
    y, _ = two(0, 40)
    third = np.full(40, np.float32(1 / 3), dtype=np.float32).astype(float)
    assert np.isnan(statistic(y, third))
    assert np.isnan(statistic(third, y))
    assert np.isnan(statistic(y[:2], y[:2]))


def test_pooled_scores_are_scikit_learns() -> None:
    frame = table()
    found = scores(frame, np.zeros(len(frame)))
    y, pred = frame["y"], frame["pred"]
    assert found["mse"] == pytest.approx(mean_squared_error(y, pred))
    assert found["rmse"] == pytest.approx(np.sqrt(mean_squared_error(y, pred)))
    assert found["mae"] == pytest.approx(mean_absolute_error(y, pred))
    assert found["r2"] == pytest.approx(r2_score(y, pred))
    assert found["pearson"] == pytest.approx(pearsonr(y, pred).statistic)
    assert found["n"] == len(frame)


def test_per_drug_scores_leave_out_drugs_with_few_values() -> None:
    frame = table()
    found = scores(frame, np.zeros(len(frame)))
    drugs = [part for _, part in frame.groupby("drug") if len(part) >= 10]
    assert len(drugs) == frame["drug"].nunique() - 1
    r = [pearsonr(part["y"], part["pred"]).statistic for part in drugs]
    rho = [spearmanr(part["y"], part["pred"]).statistic for part in drugs]
    assert found["pearson_per_drug"] == pytest.approx(np.mean(r))
    assert found["spearman_per_drug"] == pytest.approx(np.mean(rho))
    assert "D5" not in per_group(frame, "drug", pearson)
    assert "D5" in per_group(frame, "drug", pearson, min_count=3)
    assert np.isnan(found["pearson_per_line"])  # six drugs: no line has ten values


def test_a_constant_prediction_counts_nothing_per_drug() -> None:
    frame = table()
    flat = frame.assign(pred=frame["pred"].where(frame["drug"] != "D0", 1.5))
    drugs = per_group(frame, "drug", pearson).drop("D0")
    expected = drugs.sum() / (len(drugs) + 1)
    assert scores(flat, np.zeros(len(flat)))["pearson_per_drug"] == pytest.approx(expected)


def test_the_normalised_correlation_takes_the_mean_effects_off_both() -> None:
    frame = table()
    normal = effects(frame, frame)
    found = scores(frame, normal)["pearson_normalised"]
    assert found == pytest.approx(pearsonr(frame["y"] - normal, frame["pred"] - normal).statistic)
    assert scores(frame.assign(pred=normal), normal)["pearson_normalised"] == 0.0
    assert scores(frame.assign(pred=frame["y"]), normal)["pearson_normalised"] == pytest.approx(1)


@given(st.integers(0, 10**6))
def test_the_order_of_rows_means_nothing(seed: int) -> None:
    frame = table()
    normal = effects(frame, frame)
    order = np.random.default_rng(seed).permutation(len(frame))
    assert scores(frame.iloc[order], normal[order]) == pytest.approx(
        scores(frame, normal), nan_ok=True
    )


def test_mean_effects_by_hand() -> None:
    train = pd.DataFrame(
        [("a", "x", 1.0), ("b", "x", 3.0), ("a", "y", 5.0)], columns=["cell", "drug", "y"]
    )
    # Grand mean 3. Drugs: x -1, y +2. They leave a: (-1 + 0) / 2, b: 1.
    asked = {("a", "x"): 1.5, ("b", "x"): 3.0, ("a", "y"): 4.5, ("b", "y"): 6.0}
    asked |= {("new", "y"): 5.0, ("b", "new"): 4.0, ("new", "new"): 3.0}
    rows = pd.DataFrame(list(asked), columns=["cell", "drug"])
    assert effects(train, rows).tolist() == pytest.approx(list(asked.values()))


@given(st.integers(0, 10**6))
def test_mean_effects_of_an_additive_table_are_exact(seed: int) -> None:
    rng = np.random.default_rng(seed)
    line, drug = rng.normal(size=7), rng.normal(size=5)
    rows = [(f"L{i}", f"D{j}", line[i] + drug[j]) for i in range(7) for j in range(5)]
    frame = pd.DataFrame(rows, columns=["cell", "drug", "y"])
    np.testing.assert_allclose(effects(frame, frame), frame["y"], atol=1e-12)
