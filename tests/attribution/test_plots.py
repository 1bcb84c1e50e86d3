"""Pictures of attribution: what stands where, from tables made by hand."""

import numpy as np
import pandas as pd
import pytest

from mmdrp.attribution.plots.features import feature_heatmap
from mmdrp.attribution.plots.shares import share_bars
from mmdrp.attribution.plots.swarm import spread, swarm


def points() -> pd.DataFrame:
    draw = np.random.default_rng(0)
    value = draw.normal(size=60)
    up = pd.DataFrame({"source": "expression", "feature": "EGFR", "value": value,
                       "attribution": -value})  # fmt: skip
    mutated = (draw.random(60) < 0.2).astype(float)
    braf = pd.DataFrame({"source": "mutation", "feature": "BRAF", "value": mutated,
                         "attribution": -0.3 * mutated})  # fmt: skip
    return pd.concat([up, braf], ignore_index=True)


def test_a_swarm_has_a_point_per_line_the_leader_on_top_and_high_values_red() -> None:
    figure = swarm(points(), "erlotinib")
    axis = figure.axes[0]
    names = [label.get_text() for label in axis.get_yticklabels()]
    assert names == ["BRAF (mutation)", "EGFR (expression)"]
    lower, upper = axis.collections
    offsets = np.asarray(upper.get_offsets())
    assert len(offsets) == 60
    assert np.abs(offsets[:, 1] - 1).max() <= 0.4
    colours = np.asarray(upper.get_facecolor())
    assert colours[offsets[:, 0].argmin(), 0] > 0.6  # most negative part: highest value, red
    assert colours[offsets[:, 0].argmax(), 2] > 0.6
    assert len(np.unique(np.asarray(lower.get_facecolor()), axis=0)) == 2


@pytest.mark.parametrize("count", [1, 2, 500])
def test_points_of_one_place_lie_apart_and_within_their_row(count: int) -> None:
    heights = spread(np.zeros(count), 1.0)
    assert len(np.unique(heights)) == count
    assert np.abs(heights).max() <= 0.4


def test_the_map_shows_each_drugs_leaders_with_their_sign() -> None:
    table = pd.DataFrame(
        {"drug": ["a", "a", "b"], "source": "s", "feature": ["x", "y", "x"],
         "mean_abs": [2.0, 1.0, 5.0], "direction": [1.0, -1.0, -0.5]}
    )  # fmt: skip
    figure = feature_heatmap(table, ["a", "b"])
    axis = figure.axes[0]
    array = axis.images[0].get_array()
    assert array is not None
    shown = np.ma.filled(np.ma.masked_invalid(array), np.nan)
    rows = [t.get_text() for t in axis.get_yticklabels()]
    columns = [t.get_text() for t in axis.get_xticklabels()]
    found = pd.DataFrame(shown, rows, columns)
    assert found.loc["a", "x (s)"] == 1
    assert found.loc["a", "y (s)"] == -0.5
    assert found.loc["b", "x (s)"] == -1
    assert found.isna().sum().sum() == 1


def test_bars_of_modalities_add_up_to_one() -> None:
    table = pd.DataFrame(
        {"drug": ["a", "a", "b", "b"], "source": ["u", "v"] * 2, "carried": [3.0, 1, 0, 0]}
    )
    axis = share_bars(table, ["a", "b"]).axes[0]
    widths: dict[float, float] = {}
    for bar in axis.patches:
        widths[bar.get_y()] = widths.get(bar.get_y(), 0.0) + bar.get_width()  # type: ignore[attr-defined]
    assert sorted(widths.values()) == pytest.approx([0, 1])
