"""Imputation equals R's VIM::kNN, and an explicit reading of its description."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmdrp.data.impute import NearestDrugs, impute
from mmdrp.errors import MmdrpError

FIXTURE = Path(__file__).parents[1] / "r"


def example(seed: int, drugs: int, lines: int, missing: float) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    family = rng.normal(size=(3, lines))[rng.integers(0, 3, drugs)]
    values = family + rng.normal(2, 1, (drugs, 1)) + rng.normal(0, 0.3, (drugs, lines))
    values[rng.random(values.shape) < missing] = np.nan
    return pd.DataFrame(values, [f"d{i}" for i in range(drugs)], [f"c{j}" for j in range(lines)])


def plainly(matrix: pd.DataFrame, k: int) -> npt.NDArray[np.float64]:
    """VIM's steps one cell at a time, as R/fixtures/knn_vim.R tells them."""
    filled = matrix.to_numpy(copy=True)
    missing = np.isnan(filled)
    for j in range(filled.shape[1]):
        donors = [i for i in range(len(filled)) if not missing[i, j]]
        if not donors or len(donors) == len(filled):
            continue
        others = np.delete(filled, j, axis=1)
        for column in others.T:
            seen = column[~np.isnan(column)]
            spread = seen.max() - seen.min() if len(seen) else 0.0
            column /= spread if spread > 1e-12 * np.abs(seen).max(initial=0) else 1.0
            top = np.nanmax(column) if len(seen) else 0.0
            column[np.isnan(column)] = top + 1
        for i in np.flatnonzero(missing[:, j]):
            distance = [float(np.abs(others[i] - others[d]).mean()) for d in donors]
            nearest = sorted(range(len(donors)), key=lambda n: round(distance[n], 12))[:k]
            y = [filled[donors[n], j] for n in nearest]
            w = [0.0 if abs(1 - distance[n]) < 1e-12 else 1 - distance[n] for n in nearest]
            y += [filled[donors[0], j]] * (k - len(y))
            w += [-np.inf] * (k - len(w))
            least = min((x for x in w if x > 0), default=None)
            w = [max(x, least / 10) for x in w] if least else [float(np.isfinite(x)) for x in w]
            filled[i, j] = np.dot(w, y) / sum(w)
    return filled


def test_equal_to_vim() -> None:
    given_ = pd.read_csv(FIXTURE / "knn_vim_input.csv", index_col=0)
    expected = pd.read_csv(FIXTURE / "knn_vim_output.csv", index_col=0)
    assert given_.isna().to_numpy().sum() > 100
    pd.testing.assert_frame_equal(impute(given_), expected, rtol=0, atol=1e-12)


@given(
    st.integers(0, 10**6),
    st.integers(2, 12),
    st.integers(2, 8),
    st.floats(0, 0.7),
    st.integers(1, 6),
)
@settings(max_examples=60, deadline=None)
def test_equal_to_the_description(
    seed: int, drugs: int, lines: int, missing: float, k: int
) -> None:
    matrix = example(seed, drugs, lines, missing)
    np.testing.assert_allclose(impute(matrix, k).to_numpy(), plainly(matrix, k), atol=1e-9)


@given(st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_measured_values_stay_and_imputed_lie_between_measured(seed: int) -> None:
    matrix = example(seed, 10, 6, 0.4)
    filled = impute(matrix)
    measured = matrix.notna()
    assert (filled.where(measured) == matrix).where(measured, True).to_numpy().all()
    for line in matrix:
        if matrix[line].notna().any():
            assert filled[line].between(matrix[line].min() - 1e-9, matrix[line].max() + 1e-9).all()
        else:
            assert filled[line].isna().all()


def test_a_planted_twin_is_found() -> None:
    matrix = example(0, 12, 40, 0.0)
    matrix.loc["d1"] = matrix.loc["d0"]
    gap = matrix.copy()
    gap.loc["d1", "c7"] = np.nan
    assert impute(gap, k=1).loc["d1", "c7"] == pytest.approx(matrix.loc["d0", "c7"])


def test_other_lines_change_nothing_of_what_was_learned() -> None:
    matrix = example(1, 10, 20, 0.3)
    learned = NearestDrugs.fit(matrix.iloc[:, :12])
    both = learned.transform(matrix.iloc[:, 12:])
    alone = learned.transform(matrix.iloc[:, [15]])
    pd.testing.assert_frame_equal(both[["c15"]], alone)
    assert both.notna().all(axis=None)


def test_learned_distances_do_not_see_the_lines_they_fill() -> None:
    matrix = example(2, 10, 20, 0.3)
    wild = matrix.copy()
    wild.iloc[:, 12:] = wild.iloc[:, 12:] * 1000
    a, b = (NearestDrugs.fit(m.iloc[:, :12]).distance for m in (matrix, wild))
    np.testing.assert_array_equal(a, b)


def test_mistakes_are_named() -> None:
    matrix = example(3, 4, 3, 0.0)
    with pytest.raises(MmdrpError, match="k=0"):
        impute(matrix, 0)
    with pytest.raises(MmdrpError, match="not those that were learned from"):
        NearestDrugs.fit(matrix).transform(matrix.iloc[::-1])
    matrix.iloc[1, 2] = np.inf
    with pytest.raises(MmdrpError, match="drug d1, line c2: infinite"):
        impute(matrix)


def test_a_full_panel_takes_seconds() -> None:
    import time

    matrix = example(4, 265, 700, 0.2)
    start = time.process_time()
    assert impute(matrix).notna().all(axis=None)
    assert time.process_time() - start < 10
