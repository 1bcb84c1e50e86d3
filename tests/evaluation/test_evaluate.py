"""``evaluate`` through Python: cross-validations, run folders and frames score alike."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mmdrp import ResponseModel
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.evaluation import CrossValidation, EvaluationReport, cross_validate, evaluate
from mmdrp.evaluation.comparison import corrected_t
from mmdrp.evaluation.inputs.frames import of_frame
from mmdrp.io.marker import MARKER
from mmdrp.registry import register

BASELINES = ("drug_mean", "mean_effects", "ridge")
FILES = {
    "evaluation.parquet", "metrics.json", "leakage.json", "per_drug.csv", "summary.csv",
    "scores.csv", "differences.csv", "leakage.csv", "ranks.csv", "calibration.csv",
    "calibration.png", "calibration.svg", "modalities.png", "modalities.svg",
}  # fmt: skip


@pytest.fixture(scope="module")
def done(study: Study) -> CrossValidation:
    model = ResponseModel(modalities=["expression", "mutation"], net=False)
    return cross_validate(model, study, measure="ic50", folds=3)


@pytest.fixture(scope="module")
def report(done: CrossValidation, study: Study) -> EvaluationReport:
    return evaluate({"mmdrp": done}, study, baselines=BASELINES)


def mse(rows: pd.DataFrame) -> float:
    return float(((rows["y"] - rows["pred"]) ** 2).mean())


def test_scores_are_those_of_the_predictions(
    report: EvaluationReport, done: CrossValidation, study: Study
) -> None:
    assert list(report.metrics) == ["mmdrp", *BASELINES]
    scores = report.scores.set_index(["model", "fold"])["mse"]
    measured = study.response("ic50").rename(columns={"value": "y"})
    described = set(study.modality("expression").ids) | set(study.modality("mutation").ids)
    for number, fold in enumerate(done.folds):
        test = done.frame("test")
        rows = test[test["fold"] == number]
        assert scores["mmdrp", number] == pytest.approx(mse(rows))
        # The base alone was refitted, so baselines learn from training and validation, too.
        learned = (fold.train.ids["cell"] | fold.validation.ids["cell"]) & described
        train = measured[measured["cell"].isin(learned)]
        mean = train.groupby("drug")["y"].mean()
        by_hand = mse(rows.assign(pred=rows["drug"].map(mean)))
        assert scores["drug_mean", number] == pytest.approx(by_hand, rel=1e-5)
    assert report.metrics["mmdrp"]["mse"] < 0.8 * report.metrics["drug_mean"]["mse"]


def test_the_report_is_frames_and_writes_them(report: EvaluationReport, tmp_path: Path) -> None:
    gap = report.scores.pivot(index="fold", columns="model", values="mse")
    ratio = 1 / 2 / 0.9  # three folds, a tenth of what is not test is validation
    paired = corrected_t((gap["mmdrp"] - gap["ridge"]).to_numpy(), ratio)
    row: Any = report.differences.query("metric=='mse' & model=='mmdrp' & other=='ridge'").iloc[0]
    assert row["difference"] == pytest.approx(paired.difference)
    assert row["high"] - row["low"] == pytest.approx(paired.high - paired.low, rel=0.02)
    assert set(report.ranks["model"]) == {"mmdrp", *BASELINES}
    assert report.leakage.empty
    assert report.folds == 3
    assert "ridge over 3 folds" in repr(report)
    assert {p.name for p in report.write(tmp_path / "new" / "folder")} == FILES
    assert {p.name for p in (tmp_path / "new" / "folder").iterdir()} == FILES | {MARKER}
    kept = json.loads((tmp_path / "new" / "folder" / "metrics.json").read_text())
    assert kept["ridge"]["mse"] == pytest.approx(report.metrics["ridge"]["mse"])
    drugs = report.per_drug[report.per_drug["model"] == "mmdrp"]
    assert len(drugs) == 3 * drugs["drug"].nunique()


def test_a_saved_run_scores_as_its_cross_validation(
    done: CrossValidation, report: EvaluationReport, study: Study, tmp_path: Path
) -> None:
    model = ResponseModel(modalities=["expression", "mutation"], net=False, folds=3)
    for fold in (0, 1, 2):
        model.fit(study, measure="ic50", fold=fold).save(tmp_path / "runs" / str(fold))
    runs = tmp_path / "runs"
    columns = ["model", "split", "seed", "fold", "mse", "pearson", "n"]
    for given in (runs, [str(runs / fold) for fold in "012"]):
        again = evaluate({"mmdrp": given}, baselines=BASELINES)
        pd.testing.assert_frame_equal(again.scores[columns], report.scores[columns], rtol=1e-5)
    both = evaluate({"run": runs, "cv": done}, study, baselines=[], cache=False)
    gap = both.differences[both.differences["metric"] == "mse"].iloc[0]
    assert gap["folds"] == 3
    assert gap["difference"] == pytest.approx(0, abs=1e-8)
    assert sorted(
        p.name.split("-")[0] for p in (runs / "0" / "baselines").glob("*.parquet")
    ) == sorted(BASELINES)


def test_a_frame_finds_the_folds_of_the_other_model(done: CrossValidation, study: Study) -> None:
    frame = done.frame("test").assign(pred=lambda t: t["pred"] + 0.1)
    both = evaluate({"shifted": frame, "mmdrp": done}, study, baselines=["drug_mean"])
    assert list(both.metrics) == ["shifted", "mmdrp", "drug_mean"]
    rows = both.differences.query("metric=='mse' & model=='shifted' & other=='mmdrp'")
    assert rows["folds"].tolist() == [3]
    alone = evaluate(done, study, baselines=["drug_mean"])
    assert alone.metrics["drug_mean"] == pytest.approx(both.metrics["drug_mean"])


def test_a_frame_alone_is_split_as_its_test_rows_say(done: CrossValidation, study: Study) -> None:
    frame = done.frame("test")
    alone = evaluate(frame, study, baselines=["drug_mean", "ridge"])
    measured = study.response("ic50").rename(columns={"value": "y"})
    scores = alone.scores.set_index(["model", "fold"])["mse"]
    for number, rows in frame.groupby("fold"):
        train = measured[~measured["cell"].isin(rows["cell"])]
        by_hand = rows.assign(pred=rows["drug"].map(train.groupby("drug")["y"].mean()))
        assert scores["drug_mean", number] == pytest.approx(mse(by_hand), rel=1e-5)
    assert set(alone.scores["split"]) == {"frame"}
    assert alone.metrics["ridge"]["mse"] < alone.metrics["drug_mean"]["mse"]


@pytest.mark.parametrize(
    ("split", "axes"),
    [("cell", {"cell"}), ("drug", {"drug"}), ("both", {"cell", "drug"}), ("random", {"pair"})],
)
@pytest.mark.parametrize("several", [True, False])
def test_the_axes_of_a_frame_are_found(
    split: str, axes: set[str], several: bool, study: Study
) -> None:
    from mmdrp.evaluation import make_folds
    from mmdrp.evaluation.inputs.fold_predictions import inside

    folds = list(make_folds(study, split, measure="auc", layout="by_pair").values())
    rows = study.response("auc").rename(columns={"value": "y"}).assign(pred=0.0, part="test")
    frame = pd.concat(
        [rows[inside(fold.test, rows)].assign(fold=i) for i, fold in enumerate(folds)][
            : 5 if several else 1
        ]
    )
    for given in of_frame("mine", frame, study):
        assert set(given.fold.test.ids) == axes
        for axis in axes:
            assert not given.fold.train.ids[axis] & given.fold.test.ids[axis]
        assert (given.data.layout == "by_pair") == (split != "cell")


def test_the_measure_and_unit_of_a_frame_are_found(study: Study) -> None:
    rows = study.response("ic50").rename(columns={"value": "y"}).assign(fold=0, part="test")
    few = rows[rows["cell"].isin(sorted(set(rows["cell"]))[:20])]
    frame = few.assign(pred=few["y"])
    assert of_frame("a", frame, study)[0].data.measure == "ic50"
    log10 = frame.assign(y=frame["y"] / np.log(10))
    assert of_frame("a", log10, study)[0].data.log == "log10"
    with pytest.raises(MmdrpError, match="its y are not the values of measure=auc"):
        of_frame("a", frame, study, "auc")
    with pytest.raises(MmdrpError, match="its y are not the values of any measure"):
        of_frame("a", frame.assign(y=7.7), study)


def test_baselines_by_name_with_options_and_of_the_user(
    done: CrossValidation, study: Study
) -> None:
    def zeros(fold_data: Any, *, level: float = 0.0) -> np.ndarray:
        return np.full(len(fold_data.test), level)

    register("baseline", "constant", zeros)
    chosen = {"one penalty": {"name": "ridge", "penalties": [1e3]}, "c": "constant"}
    report = evaluate(done, study, baselines=chosen)
    assert list(report.metrics) == ["model", "one penalty", "c"]
    test = done.frame("test")
    mean = test.assign(square=test["y"] ** 2).groupby("fold")["square"].mean().mean()
    assert report.metrics["c"]["mse"] == pytest.approx(mean)


@pytest.mark.parametrize(
    ("models", "options", "expected"),
    [
        ({}, {}, "at least one model"),
        ({"a": 3}, {}, "'a' is int"),
        ({"drug_mean": "cv"}, {}, "both called 'drug_mean'"),
        ({"a": pd.DataFrame({"cell": []})}, {}, "no column 'fold'"),
        ({"a": "cv"}, {"level": 95}, "level=95: expected a number"),
        ({"a": "cv"}, {"duplicate": 2}, "duplicate=2"),
        ({"a": "cv"}, {"baselines": ["rigde"]}, "baseline=rigde: choose among"),
        ({"a": "cv"}, {"baselines": "ridge"}, "baselines=ridge: expected a list"),
        ({"a": "cv"}, {"baselines": {"r": {"name": "ridge", "penalties": [-1]}}}, "above 0"),
        ({"a": "cv"}, {"baselines": {"r": {"name": "ridge", "alpha": 1}}}, "no such option"),
        ({"a": "cv"}, {"baselines": {"r": {"name": "ridge", "penalties": []}}}, "one value"),
    ],
)
def test_mistakes_are_said_in_one_line(
    models: Any, options: dict[str, Any], expected: str, done: CrossValidation, study: Study
) -> None:
    given = {name: done if isinstance(m, str) else m for name, m in models.items()}
    with pytest.raises(MmdrpError, match=expected) as raised:
        evaluate(given, study, **options)
    assert "\n" not in str(raised.value)


def test_predictions_that_cannot_be_compared_are_refused(
    done: CrossValidation, study: Study
) -> None:
    with pytest.raises(OptionError, match="study: give the study"):
        evaluate({"a": done})
    other = done.frame("test")
    wrong = other.assign(y=other["y"].sample(frac=1, random_state=0).to_numpy())
    with pytest.raises(MmdrpError, match="its y are not the values"):
        evaluate({"a": done, "b": wrong}, study)
    twice = pd.concat([other, other])
    with pytest.raises(MmdrpError, match="predicts a pair twice"):
        evaluate({"a": twice}, study)
    auc = cross_validate(
        ResponseModel(modalities=["expression"], net=False), study, measure="auc", folds=3
    )
    with pytest.raises(MmdrpError, match="differ in measure"):
        evaluate({"a": done, "b": auc}, study)
