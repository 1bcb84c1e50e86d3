"""The score of one feature beside a kernel is the t of generalised least squares."""

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import sqrtm
from scipy.stats import kstest, pearsonr

from mmdrp.attribution.significance import mixed
from mmdrp.attribution.significance.mixed import can_be_tested, filled, relation
from mmdrp.nn.base.markers import Candidates, forward_select

Array = npt.NDArray[np.float64]


def conditional(kernel: Array, x: Array, y: Array, noise: float = 4.0) -> Array:
    """t (p,) with one response."""
    return mixed.conditional(kernel, x, y[:, None], noise)[:, 0]


def fold_data(seed: int, n: int = 40, p: int = 12) -> tuple[Array, Array, Array]:
    """Lines in four families: their kernel, features, and a response that follows the family."""
    rng = np.random.default_rng(seed)
    family = rng.normal(size=(4, p))[np.arange(n) % 4]
    x = family + rng.normal(size=(n, p))
    own = (np.arange(n) % 4)[:, None] == np.arange(n) % 4
    y = rng.normal(size=4)[np.arange(n) % 4] + rng.normal(size=n) + 5
    return own.astype(float), x, y


@given(st.integers(0, 10**6), st.floats(0.5, 20))
def test_it_is_least_squares_on_whitened_lines(seed: int, noise: float) -> None:
    kernel, x, y = fold_data(seed)
    centre = np.eye(len(y)) - 1 / len(y)
    white = np.linalg.inv(np.real(sqrtm(centre @ kernel @ centre + noise * np.eye(len(y)))))
    target = white @ (y - y.mean())
    expected = []
    for z in (x - x.mean(0)).T:
        slope = np.linalg.lstsq((white @ z)[:, None], target, rcond=None)[0][0]
        error = np.sqrt((target**2).mean() / ((white @ z) ** 2).sum())
        expected.append(slope / error)
    np.testing.assert_allclose(conditional(kernel, x, y, noise), expected, rtol=1e-6)


@given(st.integers(0, 10**6))
def test_without_a_kernel_it_is_the_correlation(seed: int) -> None:
    _, x, y = fold_data(seed)
    t = conditional(np.zeros((len(y), len(y))), x, y, noise=3.0)
    r = [pearsonr(z, y).statistic for z in x.T]
    np.testing.assert_allclose(t, np.sqrt(len(y)) * np.array(r), atol=1e-8)


@given(st.integers(0, 10**6), st.floats(0.01, 100), st.floats(-50, 50))
def test_units_and_order_of_lines_mean_nothing(seed: int, by: float, plus: float) -> None:
    kernel, x, y = fold_data(seed)
    t = conditional(kernel, x, y)
    np.testing.assert_allclose(conditional(kernel, by * x + plus, y), t, atol=1e-7)
    np.testing.assert_allclose(conditional(kernel, x, by * y + plus), t, atol=1e-7)
    np.testing.assert_allclose(conditional(kernel, x, -y), -t, atol=1e-9)
    order = np.random.default_rng(seed).permutation(len(y))
    moved = conditional(kernel[np.ix_(order, order)], x[order], y[order])
    np.testing.assert_allclose(moved, t, atol=1e-8)


@given(st.integers(0, 10**6), st.floats(0.5, 40))
def test_it_is_the_t_by_which_the_base_selects(seed: int, noise: float) -> None:
    kernel, x, y = fold_data(seed)
    centre = np.eye(len(y)) - 1 / len(y)
    K, z = torch.from_numpy(centre @ kernel @ centre), torch.from_numpy(x - x.mean(0))
    tau, share = torch.full((1,), 1e-9, dtype=torch.float64), torch.ones(1, dtype=torch.float64)
    response = torch.from_numpy(y - y.mean())[:, None]
    selected = [
        forward_select(Candidates.of(K, z[:, [j]], tau, noise), response, share, 1)[1].t.item()
        for j in range(z.shape[1])
    ]
    np.testing.assert_allclose(conditional(kernel, x, y, noise), selected, rtol=1e-6, atol=1e-8)


def test_blocks_of_features_mean_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel, x, y = fold_data(3)
    whole = conditional(kernel, x, y)
    monkeypatch.setattr(mixed, "BLOCK", 5)
    np.testing.assert_allclose(conditional(kernel, x, y), whole, rtol=1e-12)


def test_what_marks_a_family_yields_to_what_acts() -> None:
    rng = np.random.default_rng(0)
    n = 120
    member = np.arange(n) % 2 == 0
    acts = rng.normal(size=n)
    y = 4.0 * member + acts + 0.5 * rng.normal(size=n)
    marks = member + 0.1 * rng.normal(size=n)
    x = np.column_stack([marks, acts])
    kernel = (member[:, None] == member).astype(float) * 10
    plain, with_correlation = conditional(kernel * 0, x, y), conditional(kernel, x, y, noise=1.0)
    assert abs(plain[0]) > abs(plain[1])
    assert abs(with_correlation[1]) > 3 * abs(with_correlation[0])


def test_scores_are_standard_normal_where_nothing_acts() -> None:
    kernel, x, _ = fold_data(1, n=80, p=400)
    half = np.linalg.cholesky(kernel + 4.0 * np.eye(80))
    y = half @ np.random.default_rng(2).normal(size=80)
    x = np.random.default_rng(4).normal(size=x.shape)
    t = conditional(kernel, x, y, noise=4.0)
    assert kstest(t, "norm").pvalue > 0.01
    # The plain correlation takes the families' common response for error, and is too cautious.
    assert 0.8 < t.std() < 1.2


def test_gaps_count_as_the_mean_and_constants_as_nothing() -> None:
    kernel, x, y = fold_data(5)
    x[:, 3] = 7.0
    holes = x.copy()
    holes[4, 0] = np.nan
    mended = holes.copy()
    mended[4, 0] = np.nanmean(holes[:, 0])
    np.testing.assert_allclose(conditional(kernel, holes, y), conditional(kernel, mended, y))
    assert conditional(kernel, x, y)[3] == 0.0
    assert not conditional(kernel, x, np.full(len(y), 2.0)).any()
    assert conditional(kernel, x[:, :0], y).shape == (0,)


def test_the_linear_kernel_is_that_of_standardised_features() -> None:
    _, x, _ = fold_data(6)
    z = (x - x.mean(0)) / x.std(0)
    np.testing.assert_allclose(relation(x), z @ z.T / x.shape[1])
    assert np.diag(relation(x)).mean() == pytest.approx(1.0)
    with_constant = np.column_stack([x, np.ones(len(x))])
    np.testing.assert_allclose(relation(with_constant), relation(x))
    assert filled(x).mean() == pytest.approx(0.0, abs=1e-12)


def test_responses_do_not_know_each_other() -> None:
    kernel, x, y = fold_data(7)
    more = np.column_stack([y, np.full(len(y), 3.0), -2 * y, np.sin(y)])
    t = mixed.conditional(kernel, x, more, noise=2.0)
    np.testing.assert_allclose(t[:, 0], conditional(kernel, x, y, 2.0), rtol=1e-9)
    np.testing.assert_allclose(t[:, 2], -t[:, 0], rtol=1e-9)
    np.testing.assert_allclose(t[:, 3], conditional(kernel, x, np.sin(y), 2.0), rtol=1e-9)
    assert not t[:, 1].any()


def test_a_mutation_can_be_tested_where_enough_lines_carry_and_lack_it() -> None:
    x = np.zeros((10, 5))
    x[:3, 0] = 1  # carried by three
    x[:8, 1] = 1  # lacked by two
    x[:5, 2] = 1
    x[0, 2] = np.nan  # carried by four that are known
    x[:, 3] = np.arange(10)  # no mutation
    assert can_be_tested(x, 3).tolist() == [True, False, True, True, False]
    assert can_be_tested(x, 5).tolist() == [False, False, False, True, False]
