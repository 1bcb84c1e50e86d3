"""Pictures keep their colours, show signs on one scale, and say where there is nothing."""

import numpy as np
import pandas as pd

from mmdrp.attribution.plots.biomarkers import biomarker_bars
from mmdrp.attribution.plots.molecule import molecule
from mmdrp.palette import COLOURS, colours_of
from mmdrp.prediction.density import densities
from mmdrp.tumours.plots.waterfall import type_shares


def test_a_modality_has_one_colour_whatever_stands_beside_it() -> None:
    alone = colours_of(["cnv"])["cnv"]
    assert colours_of(["expression", "tissue", "cnv", "context:medium"])["cnv"] == alone
    ten = colours_of(f"type {i}" for i in range(10))
    assert sorted(ten.values()) == sorted(COLOURS)
    assert len(colours_of(f"type {i}" for i in range(33))) == 33


def test_bars_go_left_where_a_high_value_lowers_and_share_a_scale() -> None:
    ranking = pd.DataFrame({
        "drug": ["a", "a", "b"], "source": "mutation", "feature": ["x", "y", "z"],
        "mean_abs": [0.5, 0.25, 2.0], "direction": [-1.0, 1.0, np.nan], "rank": [1, 2, 1],
        "n": [40, 40, 30],
    })  # fmt: skip
    figure = biomarker_bars(ranking, unit="ln uM")
    first, second = figure.axes[:2]
    assert [bar.get_width() for bar in first.patches[:2]] == [0.25, -0.5]  # type: ignore[attr-defined]
    assert first.get_xlim() == second.get_xlim()
    assert first.get_title() == "a (n = 40)"


def test_a_density_is_smooth_narrow_and_sums_to_one() -> None:
    draw = np.random.default_rng(0)
    values = np.concatenate([draw.normal(2, 1, 20_000), [-400.0, 900.0]])
    axis = densities({"measured": values, "predicted": values / 2}, "ic50", "Predicted").axes[0]
    low, high = axis.get_xlim()
    assert -3 < low < high < 6  # two odd values do not stretch it
    x, y = (np.asarray(v, dtype=float) for v in axis.lines[0].get_data())
    assert abs(float(np.trapezoid(y, x)) - 1) < 0.02
    normal = np.exp(-0.5 * (x - 2) ** 2) / np.sqrt(2 * np.pi)
    assert np.abs(y - normal).max() < 0.02
    assert axis.get_title() == "Predicted"
    assert densities({"one": np.ones(5)}, "ic50").axes


def test_no_others_without_others() -> None:
    table = pd.DataFrame({"type": ["skin", "lung"], "share_sensitive": [0.5, 0.5],
                          "share_resistant": [1.0, 0.0], "share_all": [0.5, 0.5]})  # fmt: skip
    legend = type_shares(table, "d").axes[0].get_legend()
    assert legend is not None
    assert [t.get_text() for t in legend.get_texts()] == ["skin", "lung"]


def test_a_molecule_of_zeros_has_no_colour() -> None:
    nothing, something = (molecule("CCO", np.array(v), "d") for v in ([0.0] * 3, [0.0, 0.0, 1.0]))
    assert nothing.count(b"<ellipse") == 0
    assert something.count(b"<ellipse") == 1
