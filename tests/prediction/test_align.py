"""Shift of new samples and alignment, against direct computation."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmdrp.data.source import Table
from mmdrp.errors import MmdrpError
from mmdrp.prediction.align import MIN_GROUP, align, shift
from mmdrp.prediction.combat import combat
from mmdrp.training.reference import LEVELS, Reference

ALL = np.arange(3)


def table(values: npt.ArrayLike, name: str = "S") -> Table:
    x = np.asarray(values, dtype=np.float32)
    return Table("cell", [f"{name}{i}" for i in range(len(x))], ["A", "B", "C"][: x.shape[1]], x)


def normal(n: int, mean: float, sd: float, seed: int = 0) -> npt.NDArray[np.float64]:
    return mean + sd * np.random.default_rng(seed).normal(size=(n, 3))


@pytest.fixture
def lines() -> Reference:
    return Reference.of(table(normal(400, 5, 2)))


@pytest.mark.parametrize("how", ["zscore", "quantile", "combat"])
def test_one_sample_has_no_distribution_to_move(how: str, lines: Reference) -> None:
    with pytest.raises(MmdrpError, match=f"align={how}: needs at least two samples"):
        align(lines, table(normal(1, 5, 2)), how)


def test_a_cohort_has_no_shift_against_itself() -> None:
    own = table(normal(50, 1, 2))
    found = shift(Reference.of(own), own, ALL)
    assert found["shift"].abs().max() < 1e-6
    assert found["outside"].max() == 0
    np.testing.assert_allclose(found["sd_lines"], found["sd_new"])


def test_shift_and_outside_are_what_they_say(lines: Reference) -> None:
    x = np.array([[5, 100, np.nan], [7, 5, np.nan], [9, -100, np.nan]])
    found = shift(lines, table(x), ALL).set_index("feature")
    assert list(found.index) == ["A", "B"]  # C has no value at all
    assert found.loc["A", "shift"] == pytest.approx((7 - lines.mean[0]) / lines.sd[0])
    assert found.loc["B", "outside"] == pytest.approx(2 / 3)
    assert found.loc["A", "n"] == 3


def test_a_checkpoint_gives_the_same_reference(lines: Reference) -> None:
    again = Reference.read(lines.features, lines.plain())
    np.testing.assert_allclose(again.quantiles, lines.quantiles, rtol=1e-6)
    np.testing.assert_allclose(again.mean, lines.mean, rtol=1e-6)


def test_zscore_gives_mean_and_spread_of_the_lines(lines: Reference) -> None:
    moved = align(lines, table(normal(60, -3, 0.5, seed=1)), "zscore").values
    np.testing.assert_allclose(moved.mean(0), lines.mean, rtol=1e-4)
    np.testing.assert_allclose(moved.std(0), lines.sd, rtol=1e-4)


def test_quantile_gives_the_quantiles_of_the_lines_and_keeps_the_order(lines: Reference) -> None:
    given = np.exp(normal(4000, 0, 1, seed=1))
    moved = align(lines, table(given), "quantile").values
    inner = LEVELS[1:-1]
    np.testing.assert_allclose(np.quantile(moved, inner, axis=0), lines.quantiles[1:-1], atol=0.05)
    for j in range(3):
        assert (np.diff(moved[np.argsort(given[:, j]), j]) >= 0).all()


@settings(max_examples=25, deadline=None)
@given(
    moved=st.floats(-50, 50), factor=st.floats(0.1, 20), how=st.sampled_from(["zscore", "quantile"])
)
def test_alignment_forgets_any_affine_change_of_a_cohort(
    moved: float, factor: float, how: str
) -> None:
    reference = Reference.of(table(normal(100, 5, 2)))
    x = normal(40, 0, 1, seed=2)
    one = align(reference, table(x), how).values
    two = align(reference, table(x * factor + moved), how).values
    np.testing.assert_allclose(one, two, atol=0.02)


def test_cohorts_are_moved_each_by_itself_and_small_ones_together(lines: Reference) -> None:
    few = normal(MIN_GROUP - 1, 7, 1, seed=2)
    x = np.vstack([normal(40, 0, 1), normal(40, 100, 3, seed=1), few])
    kind = ["LUAD"] * 40 + ["BRCA"] * 40 + ["CHOL"] * (MIN_GROUP - 1)
    groups = {f"S{i}": k for i, k in enumerate(kind)}
    moved = align(lines, table(x), "zscore", groups).values
    for rows in (slice(0, 40), slice(40, 80), slice(80, None)):
        np.testing.assert_allclose(moved[rows].mean(0), lines.mean, rtol=1e-3)
    together = align(lines, table(x), "zscore").values
    assert together[:40].mean() < together[40:80].mean() - 2


def test_gaps_stay_gaps_and_constants_become_the_mean(lines: Reference) -> None:
    x = normal(20, 0, 1)
    x[3, 0], x[:, 1], x[:, 2] = np.nan, np.nan, 4.0
    for how in ("zscore", "quantile"):
        moved = align(lines, table(x), how).values
        assert np.isnan(moved[3, 0])
        assert np.isnan(moved[:, 1]).all()
        assert len(set(moved[:, 2])) == 1
    scored = align(lines, table(x), "zscore").values
    np.testing.assert_allclose(scored[:, 2], lines.mean[2], rtol=1e-6)


def test_mutations_are_never_moved() -> None:
    binary = Reference.of(table(normal(50, 0, 1) > 1))
    new = table(normal(30, 0, 1, seed=3) > 0)
    assert binary.binary
    assert align(binary, new, "zscore") is new
    with pytest.raises(MmdrpError, match="align=loess: choose among: none, zscore, quantile"):
        align(binary, new, "loess")


def test_combat_is_that_of_sva() -> None:
    # combat.csv: R/fixtures/combat.R, sva's ComBat with the lines as ref.batch
    written = pd.read_csv(Path(__file__).with_name("combat.csv"))
    stages = {
        stage: part.drop(columns=["stage", "sample"]).to_numpy(np.float64)
        for stage, part in written.groupby("stage")
    }
    lines = stages["reference"]
    found = combat(stages["given"], lines.mean(0), lines.std(0))
    np.testing.assert_allclose(found, stages["combat"], rtol=1e-3, atol=2e-3)  # ends at 1e-4


def test_combat_passes_over_gaps_and_constants() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(3, 2, (20, 12))
    x[:, 3] = np.nan
    x[1:, 4] = np.nan
    x[0, 5] = np.nan
    sd = np.ones(12)
    sd[6] = 0
    found = combat(x, np.zeros(12), sd)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(x))
    np.testing.assert_array_equal(found[:, [4, 6]], x[:, [4, 6]])
    assert abs(np.nanmean(found[:, [0, 1, 2, 5]])) < 0.3


def test_combat_of_one_sample_is_refused() -> None:
    reference = Reference.of(table(normal(9, 5, 2)))
    with pytest.raises(MmdrpError, match="align=combat: needs at least two samples"):
        align(reference, table(normal(1, 5, 2)), "combat")
