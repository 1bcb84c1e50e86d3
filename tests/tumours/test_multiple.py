"""Corrections for many tests."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmdrp.tumours.stats.multiple import bonferroni, fdr

# Benjamini & Hochberg (1995), the fifteen p of their example; four are found at 0.05.
EXAMPLE = np.array([0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240,
                    0.4262, 0.5719, 0.6528, 0.7590, 1.0000])  # fmt: skip


def test_the_authors_example() -> None:
    assert (fdr(EXAMPLE) < 0.05).sum() == 4
    assert (bonferroni(EXAMPLE) < 0.05).sum() == 3
    assert fdr(EXAMPLE)[3] == pytest.approx(0.0095 * 15 / 4)


def test_a_nan_is_no_test() -> None:
    p = np.array([[0.01, np.nan], [np.nan, 0.02]])
    assert bonferroni(p) == pytest.approx(np.array([[0.02, np.nan], [np.nan, 0.04]]), nan_ok=True)
    assert fdr(p) == pytest.approx(np.array([[0.02, np.nan], [np.nan, 0.02]]), nan_ok=True)
    assert np.isnan(fdr(np.array([np.nan]))).all()
    assert bonferroni(np.array([])).size == 0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_fdr_lies_between_p_and_bonferroni_and_keeps_the_order(values: list[float]) -> None:
    p = np.array(values)
    q = fdr(p)
    assert (q >= p - 1e-12).all()
    assert (q <= bonferroni(p) + 1e-12).all()
    assert (np.diff(q[np.argsort(p, kind="stable")]) >= -1e-12).all()
