"""Areas over shared doses: against numerical integration, and two studies of other ranges."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad

import mmdrp
from mmdrp import MmdrpError
from mmdrp.evaluation.across.areas import WITHIN, shared_areas
from mmdrp.evaluation.across.curves import area, mean_viability, read_curves


@pytest.mark.parametrize("hill", [0.0, 0.3, 1.0, 4.0, -0.7])
@pytest.mark.parametrize(("low", "high"), [(1e-3, 10.0), (0.3, 1.2), (1e-6, 1e6)])
def test_the_closed_form_is_the_integral(hill: float, low: float, high: float) -> None:
    for ec50, bottom, top in ((0.5, 0.1, 1.0), (1e-4, 0.0, 1.1), (300.0, 0.7, 1.0)):

        def curve(x: float, m: float = np.log(ec50), b: float = bottom, t: float = top) -> float:
            return float(b + (t - b) / (1 + np.exp(hill * (x - m))))

        ends = np.log([low, high])
        inside = [np.log(ec50)] if ends[0] < np.log(ec50) < ends[1] else None
        whole = quad(curve, *ends, points=inside, limit=200)[0] / (ends[1] - ends[0])
        m, h, b, t = (np.array([v]) for v in (ec50, hill, bottom, top))
        assert mean_viability(m, h, b, t, low, high)[0] == pytest.approx(whole, abs=1e-7)


def fitted(cells: list[str], ec50: list[float], least: float, most: float) -> pd.DataFrame:
    return pd.DataFrame(
        {"cell": cells, "drug": "x", "ec50": ec50, "hill": 1.3, "e_inf": 0.05,
         "min_dose": least, "max_dose": most}
    )  # fmt: skip


def test_points_are_joined_by_straight_lines_of_log_dose() -> None:
    doses = np.geomspace(0.01, 10, 400)
    viability = 0.05 + 0.95 / (1 + (doses / 0.4) ** 1.3)
    dense = pd.DataFrame({"cell": "a", "drug": "x", "dose": doses, "viability": viability})
    exact = area(read_curves(fitted(["a"], [0.4], 0.01, 10), "x"), 0.03, 7)["value"][0]
    assert area(read_curves(dense, "x"), 0.03, 7)["value"][0] == pytest.approx(exact, abs=1e-5)
    twice = pd.concat([dense.assign(curve=1), dense.assign(curve=2, viability=0.5)])
    assert area(read_curves(twice, "x"), 0.03, 7)["value"].round(3).tolist() == [
        pytest.approx(exact, abs=1e-3), 0.5]  # fmt: skip
    assert np.isnan(area(read_curves(dense, "x"), 1e-4, 10)["value"][0])


def test_two_studies_of_other_doses_agree_over_those_that_both_tested() -> None:
    cells, ec50 = list("abcd"), [0.01, 0.1, 1.0, 20.0]
    own, other = fitted(cells, ec50, 1e-3, 3.0), fitted(cells, ec50, 0.03, 60.0).assign(drug="y")
    flat = pd.DataFrame({"cell": cells, "drug": "x", "value": [1.0, 2, 3, 4]})
    same = pd.DataFrame({"drug": ["x"], "other": ["y"]})
    tables = read_curves(own, "one"), read_curves(other, "two")
    a, b, said = shared_areas(flat, flat.assign(drug="y"), *tables, same)
    np.testing.assert_allclose(a["value"], b["value"])
    assert said == {"x": "mean viability from 0.03 to 3 uM"}
    assert b["drug"].eq("x").all()
    assert a["value"].is_monotonic_increasing
    # Without curves, or without half a decade in common, what was measured stands.
    apart = read_curves(other.assign(min_dose=2.0), "two")
    for others in (None, apart):
        a, b, said = shared_areas(flat, flat.assign(drug="y"), tables[0], others, same)
        assert a["value"].tolist() == b["value"].tolist() == [1.0, 2, 3, 4]
        assert said == {"x": WITHIN}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ec50": -1.0}, "column 'ec50', row 1"), ({"hill": "steep"}, "column 'hill', row 1"),
        ({"e_inf": 45.0}, "a fraction of 1"),
    ],
)  # fmt: skip
def test_bad_curves_are_one_line(change: dict[str, Any], said: str) -> None:
    with pytest.raises(MmdrpError, match=said) as error:
        read_curves(fitted(["a"], [0.4], 0.01, 10).assign(**change), "gdsc")
    assert len(str(error.value)) <= 200


def test_a_table_without_curves_says_what_it_needs(tmp_path: Path) -> None:
    with pytest.raises(MmdrpError, match="has no column drug"):
        read_curves(pd.DataFrame({"cell": ["a"], "dose": 1.0, "viability": 1.0}), "gdsc")
    with pytest.raises(MmdrpError, match="ec50, hill, e_inf, min_dose, max_dose or dose"):
        read_curves(pd.DataFrame({"cell": ["a"], "drug": "x", "ec50": 1.0}), "gdsc")
    with pytest.raises(MmdrpError, match="there is no such file"):
        read_curves(tmp_path / "none.csv", "gdsc")


def test_curves_of_both_studies_are_used(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    genes, weights = [f"G{i}" for i in range(8)], rng.normal(size=8)
    studies, curves = {}, {}
    for name, least, most in (("one", 0.01, 10.0), ("two", 0.1, 100.0)):
        ids = [f"{name}{i}" for i in range(24)]
        x = rng.normal(size=(24, 8))
        ec50 = np.exp(x @ weights)
        rna = pd.DataFrame(x, ids, genes)
        long = pd.DataFrame({"cell": ids, "drug": "x", "value": rng.normal(size=24)})
        studies[name] = mmdrp.Study.from_frames(long, {"expression": rna}, measure="auc")
        curves[name] = fitted(ids, ec50.tolist(), least, most)
    fixed = mmdrp.ResponseModel(modalities=["expression"], base="ridge", net=False)
    options: dict[str, Any] = {"folds": 2, "baselines": ["ridge"], "bootstrap": 20}
    report = mmdrp.evaluate_across(fixed, studies, curves=curves, **options)
    assert report.drugs["response"].eq("mean viability from 0.1 to 10 uM").all()
    # The areas follow the genes; what was called auc is noise.
    assert report.matrix(model="ridge").to_numpy().min() > 0.4
    assert "1 of 1 drugs by the area" in report.compared()[0]
    written = studies["one"].write(tmp_path / "one")
    curves["one"].to_csv(tmp_path / "one" / "curves.csv", index=False)
    studies["one"] = mmdrp.Study.read(written.folder)
    again = mmdrp.evaluate_across(fixed, studies, curves={"two": curves["two"]}, **options)
    pd.testing.assert_frame_equal(again.pairs, report.pairs)
