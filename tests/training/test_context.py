"""Context from the study's cells to predictions, evaluation and attribution."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mmdrp
from mmdrp.data.study import Study
from mmdrp.training.fit import WITHOUT
from mmdrp.training.model import ResponseModel


@pytest.fixture(scope="module")
def grown(small: Study) -> Study:
    """The small study in three media, one of which shifts half of the drugs."""
    cells = small.cells.copy()
    medium = np.random.default_rng(4).choice(["R", "F", "H"], len(cells), p=[0.5, 0.4, 0.1])
    cells["medium"] = medium
    long = small.response("ic50")
    shift = long["cell"].map(cells["medium"]).eq("F") & long["drug"].isin(small.drugs.index[::2])
    long = long.assign(value=long["value"] + 2.0 * shift)
    wide = long.pivot(index="cell", columns="drug", values="value")
    frames = {name: small.modality(name).frame() for name in ("expression", "mutation")}
    return Study.from_frames(wide, frames, samples=cells, measure="ic50", name="grown")


def model(**base: object) -> ResponseModel:
    return ResponseModel(["expression", "mutation"], base={"name": "kernel", **base}, net=False)


@pytest.fixture(scope="module")
def told(grown: Study) -> ResponseModel:
    return model(context_weight=0.3).fit(grown, fold=0)


def test_a_model_that_is_told_predicts_better_and_says_both(
    told: ResponseModel, grown: Study
) -> None:
    held = told.predictions_[told.predictions_["part"] == "test"]
    mine, blind = (float(((held["y"] - held[c]) ** 2).mean()) for c in ("pred", WITHOUT))
    assert mine < blind
    untold = model(context=()).fit(grown, fold=0)
    assert WITHOUT not in untold.predictions_
    assert "context:medium" not in untold.info_.sources


def test_samples_without_it_are_predicted_and_it_is_said(
    told: ResponseModel, grown: Study, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    loaded = mmdrp.load_model(told.save(tmp_path / "model.ckpt"))
    frames = {n: grown.modality(n).frame() for n in ("expression", "mutation")}
    with caplog.at_level(logging.INFO):
        loaded.predict(frames)
    assert "context medium: not given" in caplog.text
    whole = loaded.predict(frames, samples=grown.cells)
    pd.testing.assert_frame_equal(whole, told.predict(grown))
    odd = grown.cells.assign(medium="never seen")
    unknown = loaded.predict(frames, samples=grown.cells.drop(columns="medium"))
    pd.testing.assert_frame_equal(loaded.predict(frames, samples=odd), unknown)
    assert not np.allclose(whole["pred"], unknown["pred"])


def test_it_is_scored_with_and_without_and_so_are_baselines(grown: Study) -> None:
    scores = mmdrp.cross_validate(model(context_weight=0.3), grown, folds=3)
    report = mmdrp.evaluate({"mine": scores}, grown, baselines=["drug_mean", "ridge", "forest"])
    expected = ["mine", "mine without context", "drug_mean", "ridge", "forest",
                "ridge_context", "forest_context"]  # fmt: skip
    assert sorted(report.metrics) == sorted(expected)
    mse = {name: value["mse"] for name, value in report.metrics.items()}
    assert mse["mine"] < mse["mine without context"]
    assert mse["ridge_context"] != mse["ridge"]
    assert mse["forest_context"] != mse["forest"]
    alone = mmdrp.evaluate({"mine": scores}, grown, baselines=["ridge"], context=False)
    assert sorted(alone.metrics) == ["mine", "ridge"]


def test_attribution_names_it_and_adds_up(told: ResponseModel, grown: Study) -> None:
    found = mmdrp.attribute(told, grown, drugs=[grown.drugs.index[0]], subset="all")
    assert set(found.ranking["source"]) >= {"context:medium", "expression"}
    assert float(found.completeness["gap_of_range"].max()) < 1e-5
