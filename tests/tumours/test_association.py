"""Every t-test at once against SciPy's one at a time."""

import warnings
from math import gamma

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse, stats

from mmdrp.tumours.stats.association import TTests, bias, t_tests

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
COMPARED = ("t_welch", "df_welch", "p_welch", "t_pooled", "p_pooled", "difference")


def cohort(n: int = 300, g: int = 40, d: int = 7, seed: int = 0) -> tuple[Flags, Array]:
    rng = np.random.default_rng(seed)
    mutated = rng.random((g, n)) < rng.uniform(0.02, 0.9, (g, 1))
    response = rng.normal(2, 3, (n, d)) + rng.normal(0, 50, d)
    return mutated, response


def run(mutated: Flags, response: Array, unknown: Flags | None = None, **more: int) -> TTests:
    gaps = None if unknown is None else sparse.csr_array(unknown.astype(float))
    return t_tests(sparse.csr_array(mutated.astype(float)), response, gaps, **more)


def assert_like_scipy(
    found: TTests, mutated: Flags, response: Array, known: Flags, rel: float = 1e-9
) -> None:
    compared = 0
    for i in range(len(mutated)):
        for j in range(response.shape[1]):
            there = np.isfinite(response[:, j]) & known[i]
            a, b = response[there & mutated[i], j], response[there & ~mutated[i], j]
            assert found.mutated[i, j] == len(a)
            assert found.wildtype[i, j] == len(b)
            if min(len(a), len(b)) < 2:
                continue
            welch = stats.ttest_ind(a, b, equal_var=False)
            pooled = stats.ttest_ind(a, b)
            got = [getattr(found, name)[i, j] for name in COMPARED]
            want = [welch.statistic, welch.df, welch.pvalue, pooled.statistic, pooled.pvalue,
                    a.mean() - b.mean()]  # fmt: skip
            np.testing.assert_allclose(got, want, rtol=rel, atol=1e-300)
            compared += 1
    assert compared > 0


def test_complete_data_agree_with_scipy() -> None:
    mutated, response = cohort()
    found = run(mutated, response)
    assert_like_scipy(found, mutated, response, np.ones_like(mutated))


def test_missing_responses_and_unknown_mutations_agree_with_scipy() -> None:
    mutated, response = cohort(seed=1)
    rng = np.random.default_rng(2)
    response[rng.random(response.shape) < 0.3] = np.nan
    unknown = rng.random(mutated.shape) < 0.2
    mutated &= ~unknown
    found = run(mutated, response, unknown)
    assert_like_scipy(found, mutated, response, ~unknown)


@pytest.mark.parametrize("shift", [0.0, 1e6, -1e9])
def test_a_far_away_level_cancels_nothing(shift: float) -> None:
    mutated, response = cohort(n=60, g=10, d=3, seed=3)
    moved = response + shift
    # Taking the level off again is exact, and leaves SciPy nothing to cancel either.
    assert_like_scipy(run(mutated, moved), mutated, moved - shift, np.ones_like(mutated), 1e-9)


def test_a_tight_group_far_from_the_others_is_summed_anew() -> None:
    # Its sum of squares about its mean is 1e-16 of that about the mean of all: naive sums lose it.
    rng = np.random.default_rng(4)
    mutated = np.zeros((2, 200), dtype=bool)
    mutated[0, :20] = mutated[1, 100:] = True
    response = rng.normal(0, 1, (200, 2))
    response[:20] = 1e6 + rng.normal(0, 1e-2, (20, 2))
    assert_like_scipy(run(mutated, response), mutated, response, np.ones_like(mutated), 1e-9)


def test_blocks_do_not_matter() -> None:
    mutated, response = cohort(g=11)
    whole, parts = run(mutated, response), run(mutated, response, block=3)
    for name, values in vars(whole).items():
        np.testing.assert_array_equal(values, getattr(parts, name))


def test_what_cannot_be_tested_is_nan_and_quiet() -> None:
    response = np.column_stack([np.full(8, 0.1), np.r_[np.full(4, 0.1), np.full(4, 0.3)],
                                np.arange(8.0)])  # fmt: skip
    mutated = np.zeros((4, 8), dtype=bool)
    mutated[1] = True
    mutated[2, 0] = True
    mutated[3, :4] = True
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = run(mutated, response)
    assert np.isnan(found.p_welch[:2]).all()  # in no tumour, in all tumours
    assert np.isnan(found.p_pooled[:2]).all()
    assert np.isnan(found.p_welch[2]).all()  # one tumour has no variance of its own
    assert np.isfinite(found.p_pooled[2, 2])
    assert np.isnan(found.p_welch[3, 0])  # a constant response
    assert np.isnan(found.p_welch[3, 1])  # constant within both groups
    assert found.difference[3, 1] == pytest.approx(-0.2)
    assert np.isfinite(found.p_welch[3, 2])


def test_no_gene_gives_no_test() -> None:
    found = run(np.zeros((0, 5), dtype=bool), np.ones((5, 3)))
    assert found.p_welch.shape == (0, 3)


def test_effect_sizes_are_those_of_the_textbook() -> None:
    mutated, response = cohort(n=40, g=3, d=2)
    found = run(mutated, response)
    a, b = response[mutated[0], 0], response[~mutated[0], 0]
    pooled = np.sqrt(((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / 38)
    d = (a.mean() - b.mean()) / pooled
    assert found.cohen_d[0, 0] == pytest.approx(d, rel=1e-12)
    exact = gamma(19) / (np.sqrt(19) * gamma(18.5))
    assert found.hedges_g[0, 0] == pytest.approx(d * exact, rel=1e-12)
    # Hedges' (1981) own approximation.
    df = np.array([10.0, 38.0, 1e4])
    assert bias(df) == pytest.approx(1 - 3 / (4 * df - 1), abs=5e-4)


def test_a_planted_effect_is_found_with_its_sign_and_size() -> None:
    mutated, response = cohort(n=2000, g=20, d=5, seed=6)
    response[mutated[7], 3] += 2.0
    found = run(mutated, response)
    assert divmod(int(np.nanargmin(found.p_welch)), 5) == (7, 3)
    assert found.difference[7, 3] == pytest.approx(2.0, abs=0.5)


@settings(max_examples=60, deadline=None)
@given(
    arrays(np.float64, (12, 2), elements=st.floats(-1e3, 1e3, width=32)),
    arrays(np.bool_, (4, 12)),
    st.floats(-1e4, 1e4, width=32),
)
def test_level_and_direction(response: Array, mutated: Flags, level: float) -> None:
    found, moved = run(mutated, response), run(mutated, response + level)
    swapped, mirrored = run(~mutated, response), run(mutated, -response)
    spread = max(float(np.ptp(response)), 1e-3)
    np.testing.assert_allclose(
        moved.difference, found.difference, atol=1e-9 * max(abs(level), spread)
    )
    np.testing.assert_allclose(swapped.difference, -found.difference, rtol=1e-9, atol=1e-9 * spread)
    np.testing.assert_allclose(mirrored.t_welch, -found.t_welch, rtol=1e-9, equal_nan=True)
    np.testing.assert_allclose(mirrored.p_pooled, found.p_pooled, rtol=1e-9, equal_nan=True)
    tested = found.p_welch[np.isfinite(found.p_welch)]
    assert ((tested >= 0) & (tested <= 1)).all()


def test_p_of_noise_is_uniform() -> None:
    rng = np.random.default_rng(8)
    found = run(rng.random((300, 120)) < 0.3, rng.normal(size=(120, 10)))
    assert stats.kstest(found.p_welch.ravel(), "uniform").pvalue > 1e-3
