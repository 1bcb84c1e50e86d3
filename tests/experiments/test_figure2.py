"""Figures of DeepDR: what is drawn is what was given."""

import numpy as np
import pandas as pd
import pytest

from mmdrp.experiments.deepdr.figure2 import agreement, boxes, heatmaps
from mmdrp.prediction.density import densities


def test_densities_have_an_area_of_one() -> None:
    rng = np.random.default_rng(0)
    figure = densities({"lines": rng.normal(size=5000), "tumours": rng.normal(3, 1, 900)}, "ln uM")
    axis = figure.axes[0]
    assert axis.get_xlabel() == "ln uM"
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["lines", "tumours"]  # type: ignore[union-attr]
    for line in axis.lines:
        x, y = np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)
        assert float(y.sum() * (x[1] - x[0])) == pytest.approx(1, abs=0.01)


def test_constant_values_can_be_drawn() -> None:
    assert len(densities({"all": np.ones(10)}, "x").axes[0].lines) == 1


def test_heat_maps_share_one_order_and_one_scale() -> None:
    rng = np.random.default_rng(0)
    first = pd.DataFrame(rng.normal(size=(6, 9)))
    figure = heatmaps({"imputed": first, "pred": first + 1}, "ln uM")
    one, two = (axis.images[0] for axis in figure.axes[:2])
    np.testing.assert_allclose(np.asarray(two.get_array()), np.asarray(one.get_array()) + 1)
    assert one.get_clim() == two.get_clim()
    assert figure.axes[1].get_title() == "predicted"
    assert sorted(np.asarray(one.get_array()).ravel()) == sorted(first.to_numpy().ravel())


def test_agreement_shows_each_part_with_its_median() -> None:
    table = pd.DataFrame({"pearson": [0.2, 0.4, 0.9], "spearman": [0.1, 0.3, 0.8]})
    part = pd.Series(["test", "test", "training and validation"])
    figure = agreement(table, part)
    said = [t.get_text() for t in figure.axes[0].get_legend().get_texts()]  # type: ignore[union-attr]
    assert said == ["test (median 0.30)", "training and validation (median 0.90)"]
    heights = [patch.get_height() for patch in figure.axes[0].patches]  # type: ignore[attr-defined]
    assert sum(heights) == pytest.approx(2)


def test_boxes_name_every_design() -> None:
    figure = boxes({"deepdr": pd.Series([1.0, 2.0, 3.0]), "pca": pd.Series([2.0, np.nan])})
    names = [tick.get_text() for tick in figure.axes[0].get_xticklabels()]
    assert names == ["deepdr", "pca"]
