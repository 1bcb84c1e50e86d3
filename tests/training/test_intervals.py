"""Intervals from training to predictions, checkpoints and evaluation."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mmdrp
from mmdrp.data.study import Study
from mmdrp.errors import OptionError
from mmdrp.training.model import ResponseModel
from tests.training.conftest import Fitted

INTERVAL = ["lower", "upper", "sd", "outside"]


@pytest.mark.parametrize("kind", ["panel", "base only", "pairs", "pairs, mean effects"])
def test_every_model_with_a_base_has_them_and_its_checkpoint(
    kind: str, fitted: Fitted, small: Study, tmp_path: Path
) -> None:
    model = fitted(kind)
    wide = model.predict(small, level=0.9, known_lines=False)
    assert (wide["lower"] < wide["upper"]).all()
    assert (wide["sd"] > 0).all()
    assert wide["outside"].dtype == bool
    narrow = model.predict(small, level=0.5, known_lines=False)
    assert (narrow["upper"] - narrow["lower"] < wide["upper"] - wide["lower"]).all()
    pd.testing.assert_series_equal(narrow["sd"], wide["sd"])
    again = mmdrp.load_model(model.save(tmp_path / "model.ckpt"))
    pd.testing.assert_frame_equal(again.predict(small, level=0.9, known_lines=False), wide)
    asked = wide[["cell", "drug"]].sample(50, random_state=0)
    pairs = model.predict(small, pairs=asked, level=0.9, known_lines=False)
    expected = asked.merge(wide, on=["cell", "drug"])
    np.testing.assert_allclose(pairs["upper"], expected["upper"], rtol=1e-4, atol=1e-5)


def test_without_a_base_there_are_none(fitted: Fitted, small: Study) -> None:
    assert not {*INTERVAL} & {*fitted("no base").predict(small)}


def test_an_unseen_drug_is_less_sure_than_a_known_one(fitted: Fitted, small: Study) -> None:
    model = fitted("pairs")
    drug = model.info_.drugs[0]
    smiles = {drug: model.info_.smiles[drug], "new": "C1CCCCC1CCN(C)CCOCC(F)(F)F"}
    found = model.predict(small, drugs=smiles, known_lines=False)
    sd = found.groupby("drug")["sd"].mean()
    assert sd["new"] > sd[drug]


@pytest.mark.parametrize("level", [0.0, 1.0, 1.5, "high"])
def test_a_level_that_cannot_be_is_refused(level: Any, fitted: Fitted, small: Study) -> None:
    with pytest.raises(OptionError, match="level"):
        fitted("panel").predict(small, level=level)


def test_samples_unlike_training_are_marked_and_said(
    fitted: Fitted, small: Study, caplog: pytest.LogCaptureFixture
) -> None:
    model = fitted("base only")
    frames = {n: small.modality(n).frame()[:6] for n in ("expression", "mutation")}
    frames["expression"].iloc[0] = -30 * np.sign(frames["expression"].iloc[0])
    with caplog.at_level(logging.WARNING):
        found = model.predict(frames, max_outside=1.0)
    odd = frames["expression"].index[0]
    assert set(found.loc[found["outside"], "cell"]) == {odd}
    assert f"1 sample is unlike all lines of training ({odd})" in caplog.text


def test_they_are_scored(small: Study) -> None:
    model = ResponseModel(["expression", "mutation"], net=False)
    scores = mmdrp.cross_validate(model, small, measure="ic50", folds=4)
    assert set(INTERVAL) <= set(scores.predictions)
    report = mmdrp.evaluate({"mine": scores}, small, baselines=["drug_mean"])
    found = report.metrics["mine"]
    assert 80 < found["coverage"] < 98
    assert found["width"] < found["interval_score"]
    assert 0 < found["crps"] < found["rmse"]
    assert "coverage" not in report.metrics["drug_mean"]
    scopes = report.long[report.long["metric"] == "width"]["scope"].unique()
    assert {"pooled", "drug", "line", "tissue", "presence"} <= set(scopes)
    rows = scores.frame("test")
    inside = ((rows["y"] >= rows["lower"]) & (rows["y"] <= rows["upper"])).mean()
    assert 100 * inside == pytest.approx(found["coverage"], abs=2)
