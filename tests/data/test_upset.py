"""The upset plot counts sets of modalities as they are."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.container import BarContainer

import mmdrp
from mmdrp.data.plots.upset import modality_sets


def study_of(**have: list[str]) -> mmdrp.Study:
    lines = [f"line{i}" for i in range(5)]
    response = pd.DataFrame({"drug": range(5)}, index=lines, dtype=float)
    tables = {m: pd.DataFrame({"x": range(len(ids))}, index=ids) for m, ids in have.items()}
    return mmdrp.Study.from_frames(response, tables, unit="ln uM")


def heights(axis: Axes) -> list[int]:
    (bars,) = axis.containers
    assert isinstance(bars, BarContainer)
    return [int(v) for v in np.asarray(bars.datavalues)]


def test_counts_and_dots_are_those_of_the_study() -> None:
    every = [f"line{i}" for i in range(5)]
    study = study_of(expression=every, mutation=every[:3], rppa=every[:1])
    figure = mmdrp.plot_modalities(study)
    bars = next(a for a in figure.axes if a.get_ylabel() == "lines")
    assert heights(bars) == [2, 2, 1]
    dots = next(a for a in figure.axes if [t.get_text() for t in a.get_yticklabels()])
    assert "n = 5 lines" in figure.get_suptitle()
    assert dots is not None
    sides = next(a for a in figure.axes if a.get_xlabel() == "lines")
    assert sorted(heights(sides)) == [1, 3, 5]


def test_the_most_frequent_sets_are_drawn() -> None:
    every = [f"line{i}" for i in range(5)]
    study = study_of(expression=every, mutation=every[:3], rppa=every[:1])
    figure = mmdrp.plot_modalities(study, most=1)
    bars = next(a for a in figure.axes if a.get_ylabel() == "lines")
    assert len(bars.patches) == 1
    with pytest.raises(ValueError, match="most=0"):
        mmdrp.plot_modalities(study, most=0)


def test_a_study_without_modalities_is_one_line() -> None:
    with pytest.raises(mmdrp.MmdrpError, match="no modalities"):
        mmdrp.plot_modalities(study_of())


def test_scores_stand_above_their_set() -> None:
    scores = pd.DataFrame({"ours": [1.0, 2.0], "ridge": [1.5, 2.5]}, index=["a", "a+b"])
    counts = pd.Series({"a": 3, "a+b": 7})
    figure = modality_sets(counts, "t", "responses", scores=scores, metric="RMSE")
    points = figure.axes[0]
    assert [list(np.asarray(line.get_ydata(), dtype=float)) for line in points.lines] == [
        [2.0, 1.0],
        [2.5, 1.5],
    ]
    assert points.get_ylabel() == "RMSE"
