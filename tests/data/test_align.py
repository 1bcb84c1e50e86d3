"""Shift of new samples and alignment, against direct computation."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmdrp.data.align import FEWEST, LEVELS, Reference
from mmdrp.data.source import Table
from mmdrp.errors import MmdrpError

ALL = np.arange(3)


def table(values: npt.ArrayLike, name: str = "S") -> Table:
    x = np.asarray(values, dtype=np.float32)
    return Table("cell", [f"{name}{i}" for i in range(len(x))], ["A", "B", "C"][: x.shape[1]], x)


def normal(n: int, mean: float, sd: float, seed: int = 0) -> npt.NDArray[np.float64]:
    return mean + sd * np.random.default_rng(seed).normal(size=(n, 3))


@pytest.fixture
def lines() -> Reference:
    return Reference.of(table(normal(400, 5, 2)))


def test_a_cohort_has_no_shift_against_itself() -> None:
    own = table(normal(50, 1, 2))
    found = Reference.of(own).shift(own, ALL)
    assert found["shift"].abs().max() < 1e-6
    assert found["outside"].max() == 0
    np.testing.assert_allclose(found["sd_lines"], found["sd_new"])


def test_shift_and_outside_are_what_they_say(lines: Reference) -> None:
    x = np.array([[5, 100, np.nan], [7, 5, np.nan], [9, -100, np.nan]])
    found = lines.shift(table(x), ALL).set_index("feature")
    assert list(found.index) == ["A", "B"]  # C has no value at all
    assert found.loc["A", "shift"] == pytest.approx((7 - lines.mean[0]) / lines.sd[0])
    assert found.loc["B", "outside"] == pytest.approx(2 / 3)
    assert found.loc["A", "n"] == 3


def test_a_checkpoint_gives_the_same_reference(lines: Reference) -> None:
    again = Reference.read(lines.features, lines.plain())
    np.testing.assert_allclose(again.quantiles, lines.quantiles, rtol=1e-6)
    np.testing.assert_allclose(again.mean, lines.mean, rtol=1e-6)


def test_zscore_gives_mean_and_spread_of_the_lines(lines: Reference) -> None:
    moved = lines.align(table(normal(60, -3, 0.5, seed=1)), "zscore").values
    np.testing.assert_allclose(moved.mean(0), lines.mean, rtol=1e-4)
    np.testing.assert_allclose(moved.std(0), lines.sd, rtol=1e-4)


def test_quantile_gives_the_quantiles_of_the_lines_and_keeps_the_order(lines: Reference) -> None:
    given = np.exp(normal(4000, 0, 1, seed=1))
    moved = lines.align(table(given), "quantile").values
    inner = LEVELS[1:-1]
    np.testing.assert_allclose(np.quantile(moved, inner, axis=0), lines.quantiles[1:-1], atol=0.05)
    for j in range(3):
        assert (np.diff(moved[np.argsort(given[:, j]), j]) >= 0).all()


@settings(max_examples=25, deadline=None)
@given(
    shift=st.floats(-50, 50), factor=st.floats(0.1, 20), how=st.sampled_from(["zscore", "quantile"])
)
def test_alignment_forgets_any_affine_change_of_a_cohort(
    shift: float, factor: float, how: str
) -> None:
    reference = Reference.of(table(normal(100, 5, 2)))
    x = normal(40, 0, 1, seed=2)
    one = reference.align(table(x), how).values
    two = reference.align(table(x * factor + shift), how).values
    np.testing.assert_allclose(one, two, atol=0.02)


def test_cohorts_are_moved_each_by_itself_and_small_ones_together(lines: Reference) -> None:
    x = np.vstack([normal(40, 0, 1), normal(40, 100, 3, seed=1), normal(FEWEST - 1, 7, 1, seed=2)])
    kind = ["LUAD"] * 40 + ["BRCA"] * 40 + ["CHOL"] * (FEWEST - 1)
    groups = {f"S{i}": k for i, k in enumerate(kind)}
    moved = lines.align(table(x), "zscore", groups).values
    for rows in (slice(0, 40), slice(40, 80), slice(80, None)):
        np.testing.assert_allclose(moved[rows].mean(0), lines.mean, rtol=1e-3)
    together = lines.align(table(x), "zscore").values
    assert together[:40].mean() < together[40:80].mean() - 2


def test_gaps_stay_gaps_and_constants_become_the_mean(lines: Reference) -> None:
    x = normal(20, 0, 1)
    x[3, 0], x[:, 1], x[:, 2] = np.nan, np.nan, 4.0
    for how in ("zscore", "quantile"):
        moved = lines.align(table(x), how).values
        assert np.isnan(moved[3, 0])
        assert np.isnan(moved[:, 1]).all()
        assert len(set(moved[:, 2])) == 1
    scored = lines.align(table(x), "zscore").values
    np.testing.assert_allclose(scored[:, 2], lines.mean[2], rtol=1e-6)


def test_mutations_are_never_moved() -> None:
    binary = Reference.of(table(normal(50, 0, 1) > 1))
    new = table(normal(30, 0, 1, seed=3) > 0)
    assert binary.binary
    assert binary.align(new, "zscore") is new
    with pytest.raises(MmdrpError, match="align=combat: choose among: none, zscore, quantile"):
        binary.align(new, "combat")
