"""The long table holds what SciPy and scikit-learn compute on the same rows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau, pearsonr, spearmanr
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

from mmdrp.evaluation.metrics import MIN_COUNT
from mmdrp.evaluation.scopes import kendall, measured, scoped


def table(seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    rows = [(f"L{i:02d}", f"D{j:02d}") for i in range(24) for j in range(15)]
    frame = pd.DataFrame(rows, columns=["cell", "drug"])
    frame["y"] = rng.normal(size=len(frame))
    frame["pred"] = 0.4 * frame["y"] + rng.normal(size=len(frame))
    frame = frame[rng.random(len(frame)) < 0.9].reset_index(drop=True)
    return frame, rng.normal(size=len(frame))


@given(st.integers(0, 10**6), st.integers(MIN_COUNT, 60), st.integers(0, 2))
def test_metrics_are_scipys_and_scikit_learns(seed: int, n: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    y, normal = rng.normal(size=n), rng.normal(size=n)
    pred = y + rng.normal(size=n)
    if levels:
        y, pred = np.rint(y * levels), np.rint(pred * levels)
    found = measured(y, pred, normal)
    assert found["mse"] == pytest.approx(mean_squared_error(y, pred))
    assert found["mae"] == pytest.approx(mean_absolute_error(y, pred))
    if np.ptp(y) and np.ptp(pred):
        assert found["r2"] == pytest.approx(r2_score(y, pred))
        assert found["kendall"] == pytest.approx(kendalltau(y, pred).statistic)
        assert found["spearman"] == pytest.approx(spearmanr(y, pred).statistic)
    expected = pearsonr(y - normal, pred - normal).statistic
    assert found["pearson_normalised"] == pytest.approx(expected)


def test_every_scope_holds_its_own_rows() -> None:
    frame, normal = table()
    lines = sorted(frame["cell"].unique())
    tissue = pd.Series({line: "skin" if i < 12 else "lung" for i, line in enumerate(lines[:-1])})
    long = scoped(frame, normal, {"tissue": tissue})
    assert set(long["scope"]) == {"pooled", "drug", "line", "tissue"}
    value = long.set_index(["scope", "id", "metric"])["value"]
    assert not value.index.has_duplicates
    one = frame[frame["drug"] == "D03"]
    assert value["drug", "D03", "mse"] == pytest.approx(((one["y"] - one["pred"]) ** 2).mean())
    one = frame[frame["cell"].map(tissue) == "skin"]
    expected = spearmanr(one["y"], one["pred"]).statistic
    assert value["tissue", "skin", "spearman"] == pytest.approx(expected)
    count = long[long["metric"] == "mse"].groupby("scope")["n"].sum()
    assert count["pooled"] == count["drug"] == count["line"] == len(frame)
    # The last line has no tissue, and is in none.
    assert count["tissue"] == (frame["cell"] != lines[-1]).sum()


def test_few_rows_have_errors_only_and_constants_no_correlation() -> None:
    frame, normal = table()
    few = frame[frame["drug"].isin(["D00", "D01"])].reset_index(drop=True)
    long = scoped(few, normal[: len(few)], {})
    assert set(long.loc[long["scope"] == "line", "metric"]) == {"mse", "rmse", "mae"}
    flat = measured(few["y"].to_numpy(), np.ones(len(few)), np.zeros(len(few)))
    assert np.isnan([flat["pearson"], flat["spearman"], flat["kendall"]]).all()
    assert flat["r2"] <= 0
    assert np.isnan(kendall(np.ones(20), np.arange(20.0)))
