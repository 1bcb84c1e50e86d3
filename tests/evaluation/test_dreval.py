"""Results of drevalpy among the models of an evaluation: its folds, its rows, its flaws."""

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mmdrp
from mmdrp.data.study import Study
from tests.evaluation.dreval_layout import responses, write_results

MODES = ("LCO", "LDO", "LTO", "LPO")
QUIET: dict[str, Any] = {"baselines": ["drug_mean"]}


def file(folder: Path, model: str, fold: int) -> Path:
    return folder / model / "predictions" / f"predictions_split_{fold}.csv"


@pytest.mark.parametrize("mode", MODES)
def test_scores_are_those_of_its_files_on_its_folds(
    mode: str, study: Study, tmp_path: Path
) -> None:
    folder = write_results(responses(study, drugs=6), tmp_path, mode)
    results = mmdrp.read_dreval(folder)
    report = mmdrp.evaluate(dreval=results, baselines=["drug_mean", "tissue_mean"])
    for fold in (0, 1):
        table = pd.read_csv(file(folder, "Sharp", fold))
        row = report.scores.query("model == 'Sharp' and fold == @fold").iloc[0]
        error = table["predictions"] - table["response"]
        assert (row["n"], row["split"]) == (len(table), mode)
        assert row["mse"] == pytest.approx((error**2).mean())
        held = results.folds[fold].test.ids
        lines = {"cell": table["cell_line_name"], "drug": table["pubchem_id"]}
        (axis,) = held
        joined = lines["cell"] + "\t" + lines["drug"]
        assert held[axis] == set(joined if axis == "pair" else lines[axis])
    # Our drug mean learns from exactly its training and validation rows, so it is its drug mean.
    both = report.scores.pivot(index="fold", columns="model", values="mse")
    if mode != "LDO":  # of a drug never seen, ours is the mean of drug means
        assert np.allclose(both["drug_mean"], both["NaiveDrugMeanPredictor"])
    assert (both["Sharp"] < both["drug_mean"]).all()


def test_ours_stand_beside_its_models_on_identical_rows(
    study: Study, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = write_results(responses(study), tmp_path, "LCO")
    results = mmdrp.read_dreval(folder, study)
    assert len(results.study.response("auc")) == len(responses(study))  # cut down to the run
    model = mmdrp.ResponseModel(["expression"], measure="auc", net=False)
    ours = mmdrp.cross_validate(model, results.study, split=results.folds)
    report = mmdrp.evaluate({"ours": ours}, study, dreval=folder, baselines=["ridge", "drug_mean"])
    scores = report.scores.pivot(index="fold", columns="model", values=["n", "mse"])
    rows = scores["n"].to_numpy()
    assert (rows == rows[:, :1]).all()
    assert np.allclose(scores["mse"]["drug_mean"], scores["mse"]["NaiveDrugMeanPredictor"])
    pair = report.differences.query("model == 'ours' and other == 'Sharp' and metric == 'mse'")
    assert pair["folds"].item() == 2
    # A second folder of the same folds: what is there twice counts once, and that is said.
    again = write_results(responses(study), tmp_path / "again", "LCO")
    file(again, "Sharp", 0).parent.parent.rename(again / "Sharper")
    with caplog.at_level(logging.WARNING):
        both = mmdrp.evaluate(dreval=[folder, again], **QUIET)
    assert "NaiveDrugMeanPredictor is there twice" in caplog.text
    assert len(both.scores.query("model == 'NaiveDrugMeanPredictor'")) == 2
    assert set(both.metrics) == {"NaiveDrugMeanPredictor", "Sharp", "Sharper", "drug_mean"}


def test_lines_and_drugs_are_found_by_name_and_pubchem_id(
    study: Study, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = responses(study)
    cids = {drug: str(1000 + i) for i, drug in enumerate(study.drugs.index)}
    called = rows.assign(
        cell=rows["cell"].str.replace("LINE", "line-"), drug=rows["drug"].map(cids)
    )
    alien = called.iloc[[0]].assign(cell="HeLa-elsewhere")
    folder = write_results(pd.concat([called, alien], ignore_index=True), tmp_path, "LCO")
    long = study.response("auc")
    known = Study.from_frames(
        long, {"expression": study.modality("expression").frame()}, samples=study.cells,
        drugs=study.drugs.assign(pubchem_id=pd.Series(cids)), measure="auc",
    )  # fmt: skip
    with caplog.at_level(logging.WARNING):
        results = mmdrp.read_dreval(folder, known)
    assert "1 of" in caplog.text
    assert "HeLa-elsewhere" in caplog.text
    kept = results.study.response("auc").set_index(["cell", "drug"])["value"]
    expected = rows.set_index(["cell", "drug"])["response"]
    assert np.allclose(kept.sort_index(), expected.sort_index())
    assert results.study.measures == ["auc"]


def test_other_responses_than_the_studys_are_taken_as_they_are(
    study: Study, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = responses(study)
    refitted = rows.assign(response=rows["response"] * 0.9 + 0.01)
    folder = write_results(refitted, tmp_path, "LCO")
    with caplog.at_level(logging.WARNING):
        report = mmdrp.evaluate(None, study, dreval=folder, baselines=["drug_mean", "ridge"])
    assert "those of no measure" in caplog.text
    both = report.scores.pivot(index="fold", columns="model", values="mse")
    assert np.allclose(both["drug_mean"], both["NaiveDrugMeanPredictor"])


def test_replicates_are_averaged_and_gaps_counted(
    study: Study, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = responses(study)
    twice = pd.concat([rows, rows.assign(response=rows["response"] + 0.2)], ignore_index=True)
    folder = write_results(twice, tmp_path, "LPO")
    path = file(folder, "Sharp", 0)
    table = pd.read_csv(path)
    first = (
        table["cell_line_name"] + table["pubchem_id"]
        == table["cell_line_name"][0] + table["pubchem_id"][0]
    )
    table.assign(predictions=table["predictions"].where(~first)).to_csv(path, index=False)
    file(folder, "Sharp", 1).unlink()
    with caplog.at_level(logging.WARNING):
        results = mmdrp.read_dreval(folder)
    assert "1 rows have no prediction" in caplog.text
    assert "1 of 2 folds" in caplog.text
    value = results.study.response("response").set_index(["cell", "drug"])["value"]
    expected = rows.set_index(["cell", "drug"])["response"] + 0.1
    assert np.allclose(value.sort_index(), expected.sort_index())


def change(path: Path, edit: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    edit(pd.read_csv(path)).to_csv(path, index=False)


def test_what_is_no_folder_of_its_results_is_one_line(study: Study, tmp_path: Path) -> None:
    rows = responses(study)

    def refused(what: str, spoil: Callable[[Path], object], give: str = ".") -> None:
        folder = write_results(rows, tmp_path / re.sub(r"\W+", "", what), "LCO")
        spoil(folder)
        with pytest.raises(mmdrp.MmdrpError, match=what) as error:
            mmdrp.evaluate(dreval=folder / give, **QUIET)
        text = str(error.value)
        assert "\n" not in text
        assert len(text.replace(str(tmp_path), "")) <= 200

    pred = "Sharp/predictions/predictions_split_0.csv"
    split = "splits/cv_split_0_test.csv"
    manifest = "splits/split_manifest.json"
    refused("no such folder", lambda f: None, give="nothing")
    refused("has no splits/", lambda f: (f / "splits").rename(f / "folds"))
    refused("give one of", lambda f: write_results(rows, f.parent.parent, "LDO"), give="..")
    refused("has no cv_split_0", lambda f: (f / split).unlink())
    refused("no such file", lambda f: (f / "splits/cv_split_1_train.csv").unlink())
    refused(
        "no column 'response'", lambda f: change(f / split, lambda t: t.drop(columns="response"))
    )
    refused("'predictions'", lambda f: change(f / pred, lambda t: t.drop(columns="predictions")))
    refused("is no number", lambda f: change(f / pred, lambda t: t.assign(predictions="high")))
    refused("has no rows", lambda f: change(f / pred, lambda t: t.head(0)))
    refused("lacks its line", lambda f: change(f / split, lambda t: t.assign(response=np.nan)))
    refused("of another run", lambda f: change(f / pred, lambda t: t.assign(pubchem_id="9")))
    refused("other responses", lambda f: change(f / pred, lambda t: t.assign(response=7.0)))
    refused("is not in splits/", lambda f: (f / pred).rename(f / pred.replace("_0", "_5")))
    refused("has no test_mode", lambda f: (f / manifest).write_text("[1"))
    refused("expected LCO", lambda f: (f / manifest).write_text('{"test_mode": "LAO"}'))
    train, held = "splits/cv_split_0_train.csv", "splits/cv_split_0_validation.csv"
    refused("is both in", lambda f: (f / held).write_text((f / train).read_text()))


def test_a_folder_without_models_and_a_study_of_others_are_refused(
    study: Study, tmp_path: Path
) -> None:
    folder = write_results(responses(study), tmp_path, "LDO")
    other = Study.from_frames(pd.DataFrame({"aspirin": {"HeLa": 1.0}}), {})
    with pytest.raises(mmdrp.MmdrpError, match="none of its rows is a line and drug"):
        mmdrp.read_dreval(folder, other)
    for path in folder.glob("*/predictions/*.csv"):
        path.unlink()
    with pytest.raises(mmdrp.MmdrpError, match="no model has predictions"):
        mmdrp.read_dreval(folder)
    with pytest.raises(mmdrp.OptionError, match="at least one model"):
        mmdrp.evaluate(None, study)
