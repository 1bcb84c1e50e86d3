"""Coverage by level: counts against their definition, and the report's table, figure and files."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mmdrp
from mmdrp.data.study import Study
from mmdrp.errors import OptionError
from mmdrp.evaluation.calibration import LEVELS, calibration, covered
from mmdrp.evaluation.plots.calibration import calibration_plot


def frame(n: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"cell": rng.choice(["A", "B", "C"], n), "pit": rng.uniform(size=n)})


def test_a_uniform_place_is_calibrated_and_a_narrow_distribution_is_not() -> None:
    right = frame(20_000)
    wide = right.assign(pit=0.25 + 0.5 * right["pit"])  # intervals are twice too wide
    parts = [covered(f, {}).assign(model=m) for m, f in (("right", right), ("wide", wide))]
    found = calibration(parts).set_index(["model", "level"])["coverage"]
    for level in LEVELS:
        assert found["right", level] == pytest.approx(100 * level, abs=1.5)
        assert found["wide", level] == pytest.approx(min(100, 200 * level), abs=1.5)


def test_folds_and_groups_are_counted_together() -> None:
    tissue = {"tissue": pd.Series({"A": "skin", "B": "skin"})}  # C has none
    one, two = frame(100), frame(50, seed=1)
    two.loc[3, "pit"] = np.nan
    both = calibration([covered(f, tissue).assign(model="m") for f in (one, two)])
    whole = pd.concat([one, two]).dropna()
    skin = whole[whole["cell"] != "C"]
    for scope, rows in (("pooled", whole), ("tissue", skin)):
        row = both[(both["scope"] == scope) & (both["level"] == 0.6)].iloc[0]
        assert row["n"] == len(rows)
        expected = 100 * ((rows["pit"] - 0.5).abs() <= 0.3).mean()
        assert row["coverage"] == pytest.approx(expected)


def test_nothing_without_intervals() -> None:
    empty = calibration([covered(pd.DataFrame({"cell": ["A"], "y": [1.0]}), {}).assign(model="m")])
    assert empty.empty
    with pytest.raises(OptionError, match="no model has intervals"):
        calibration_plot(empty)


def test_the_report_has_it_for_models_with_intervals(study: Study, tmp_path: Path) -> None:
    model = mmdrp.ResponseModel(["expression"], net=False)
    found = mmdrp.cross_validate(model, study, split=mmdrp.CellSplit(3))
    report = mmdrp.evaluate({"ours": found}, study, baselines=["drug_mean"])
    table = report.calibration
    assert set(table["model"]) == {"ours"}
    pooled = table[table["scope"] == "pooled"].set_index("level")
    rows = found.frame("test")
    inside = (rows["y"] >= rows["lower"]) & (rows["y"] <= rows["upper"])
    assert pooled["coverage"][0.9] == pytest.approx(100 * inside.mean(), abs=0.1)
    assert pooled["n"].eq(len(rows)).all()
    assert pooled["coverage"].is_monotonic_increasing
    names = {path.name for path in report.write(tmp_path / "report")}
    assert {"calibration.csv", "calibration.png", "calibration.svg"} <= names
    axes = report.plot_calibration().axes
    assert [axis.get_title() for axis in axes] == ["ours"]
