"""Pictures of an attribution say what they show: a title, how many, a unit; as PNG and SVG."""

import re
from pathlib import Path

import pytest

import mmdrp
from mmdrp.attribution.result import AttributionResult
from mmdrp.data.study import Study


@pytest.fixture(scope="module")
def result(study: Study) -> AttributionResult:
    model = mmdrp.ResponseModel(["expression", "mutation"], net=False)
    model.fit(study, measure="ic50", fold=0)
    return mmdrp.attribute(model, study, drugs=["drug-00", "drug-01"])


def test_every_picture_has_a_title_with_n(result: AttributionResult) -> None:
    for figure in (result.plot.shares(), result.plot.heatmap()):
        assert "n = 2 drugs" in figure.axes[0].get_title()
    assert re.search(r"\(n = \d\d+ lines\)", result.plot.swarm("drug-00").axes[0].get_title())
    assert "(n = " in result.plot.bars().axes[0].get_title()


def test_pictures_are_written_for_reading_and_for_editing(
    result: AttributionResult, tmp_path: Path
) -> None:
    result.plot.write(tmp_path, 1)
    drawn = {p.stem for p in tmp_path.glob("*.png")}
    assert drawn == {"biomarkers", "shares", "heatmap", "swarm_drug-00"}
    assert {p.stem for p in tmp_path.glob("*.svg")} == drawn
    for picture in tmp_path.glob("*.svg"):
        assert picture.stat().st_size < 500_000  # points of a swarm are pixels
