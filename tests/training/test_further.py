"""A second screen through the public interface: no leak, self-contained, exact attribution."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest

import mmdrp
from mmdrp.data.further.lines import matched_lines
from mmdrp.data.split import Fold
from mmdrp.data.study import Study
from mmdrp.errors import OptionError
from mmdrp.evaluation.drawing import make_folds

OPTIONS: dict[str, Any] = {
    "modalities": ["expression"], "drug_features": {"name": "morgan", "size": 64}, "net": False,
    "measure": "auc",
}  # fmt: skip


@pytest.fixture(scope="module")
def own(study: Study) -> Study:
    return study


def elsewhere(study: Study, change: pd.Series | None = None) -> Study:
    """The study again, as another laboratory has it: other ids and unit, half the lines, noise.

    ``change`` (cell/drug of the study) is added to responses.
    """
    cells = list(study.cells.index)[::2]
    rng = np.random.default_rng(3)
    long = study.response("auc")
    long = long[long["cell"].isin(cells)]
    value = 10 * long["value"] + rng.normal(size=len(long)) * 0.1
    if change is not None:
        value = value + (long["cell"] + "/" + long["drug"]).map(change).fillna(0.0)
    response = pd.DataFrame(
        {"cell": "x" + long["cell"], "drug": "o" + long["drug"], "value": value}
    )
    samples = pd.DataFrame({"name": cells}, index=[f"x{c}" for c in cells])
    rna = pd.DataFrame({"A": np.zeros(len(cells))}, index=samples.index)
    drugs = study.drugs.assign(name=study.drugs.index)[["name", "smiles"]].rename(lambda d: f"o{d}")
    return Study.from_frames(
        response, {"expression": rna}, samples=samples, drugs=drugs, measure="auc", name="other"
    )


@pytest.fixture
def command(request: pytest.FixtureRequest) -> Any:
    """The command line: its fixture has the package's name."""
    return request.getfixturevalue("mmdrp")


def test_lines_and_drugs_are_found(own: Study) -> None:
    other = elsewhere(own)
    assert matched_lines(own, other) == {f"x{c}": c for c in list(own.cells.index)[::2]}


@pytest.mark.parametrize("split", ["cell", "drug", "both", "random"])
def test_no_response_of_what_is_held_out_is_read_from_any_screen(own: Study, split: str) -> None:
    """Held-out lines, drugs and pairs: whatever another screen says of them changes nothing."""
    fold = make_folds(own, split, measure="auc", layout="by_pair")["seed0/fold0"]
    long = own.response("auc")
    keys = long["cell"] + "/" + long["drug"]
    held = pd.Series(False, long.index)
    for part in (fold.validation, fold.test):
        for axis, ids in part.ids.items():
            pair = long["cell"] + "\t" + long["drug"]
            held |= (pair if axis == "pair" else long[axis]).isin(ids)
    assert held.any()
    rng = np.random.default_rng(0)
    noise = pd.Series(100 * rng.normal(size=int(held.sum())), index=keys[held])
    preds = []
    for other in (elsewhere(own), elsewhere(own, noise)):
        model = mmdrp.ResponseModel(**OPTIONS, refit=False).fit(own, fold=fold, also=[other])
        preds.append(model.predictions_["pred"].to_numpy())
    np.testing.assert_array_equal(preds[0], preds[1])
    seen = pd.Series(100 * rng.normal(size=int((~held).sum())), index=keys[~held])
    moved = mmdrp.ResponseModel(**OPTIONS, refit=False)
    moved.fit(own, fold=fold, also=[elsewhere(own, seen)])
    assert not np.array_equal(moved.predictions_["pred"].to_numpy(), preds[0])


def drug_fold(study: Study) -> Fold:
    return make_folds(study, "drug", measure="auc", layout="by_pair")["seed0/fold0"]


def test_drugs_known_elsewhere_are_predicted_better_and_reported(
    own: Study, tmp_path: Path
) -> None:
    other, fold = elsewhere(own), drug_fold(own)
    errors, leaks = {}, {}
    kinds: list[tuple[str, list[Study], Literal["all", "own"]]] = [
        ("without", [], "all"), ("unseen", [other], "all"), ("known", [other], "own"),
    ]  # fmt: skip
    for name, also, held_out_in in kinds:
        model = mmdrp.ResponseModel(**OPTIONS, held_out_in=held_out_in)
        done = mmdrp.cross_validate(model, own, split=[fold], also=also)
        rows = done.frame("test")
        errors[name] = float(((rows["y"] - rows["pred"]) ** 2).mean())
        report = mmdrp.evaluate({name: done}, own, baselines=["drug_mean"])
        leaks[name] = report.leakage[report.leakage["kind"] == "other_screen"]
    assert errors["known"] < 0.85 * min(errors["without"], errors["unseen"])
    assert leaks["without"].empty
    assert leaks["unseen"].empty
    assert set(leaks["known"]["one"]) == fold.test.ids["drug"] | fold.validation.ids["drug"]
    assert leaks["known"]["other"].str.startswith("other: o").all()


def test_a_checkpoint_needs_neither_study(own: Study, tmp_path: Path) -> None:
    other = elsewhere(own)
    model = mmdrp.ResponseModel(**OPTIONS).fit(own, fold=drug_fold(own), also=[other])
    again = mmdrp.load_model(model.save(tmp_path / "model.ckpt"))
    new = {"new": "C1CCCCC1CCN(C)CCO", "old": str(own.drugs["smiles"].iloc[0])}
    for known in (True, False):
        expected = model.predict(own, drugs=new, known_lines=known)
        pd.testing.assert_frame_equal(again.predict(own, drugs=new, known_lines=known), expected)
    assert again.spec_.data.also == ("other",)


def test_attribution_of_an_unseen_drug_adds_up(own: Study) -> None:
    fold = drug_fold(own)
    model = mmdrp.ResponseModel(**OPTIONS, held_out_in="own")
    model.fit(own, fold=fold, also=[elsewhere(own)])
    drug = sorted(fold.test.ids["drug"])[0]
    found = mmdrp.attribute(model, own, drugs=[drug])
    assert float(found.completeness["largest_gap"].max()) < 1e-4


def test_a_run_folder_finds_the_other_study_again(command: Any, own: Study, tmp_path: Path) -> None:
    folder = elsewhere(own).write(tmp_path / "other").folder
    words = ["train", "study=synthetic", "response=auc", "drug=morgan", "split=drug", "net=false",
             "modality=[expression]", f"also=[{folder}]", f"out={tmp_path / 'run'}"]  # fmt: skip
    assert command(*words) == 0
    report = mmdrp.evaluate([tmp_path / "run"], baselines=["drug_mean"])
    assert report.leakage[report.leakage["kind"] == "other_screen"].empty
    model = mmdrp.load_model(tmp_path / "run")
    assert model.spec_.data.also == (str(folder),)


def test_a_drug_measured_in_few_lines_is_told_by_another_screen(own: Study) -> None:
    """Five lines of three drugs are left of this study; attribution still adds up."""
    long = own.response("auc")
    few = sorted(long["drug"].unique())[:3]
    first = long[long["drug"].isin(few)].groupby("drug").head(5).index
    left = long[~long["drug"].isin(few) | long.index.isin(first)]
    hidden = long.drop(left.index)
    errors = []
    for also in ([], [elsewhere(own)]):
        model = mmdrp.ResponseModel(**OPTIONS)
        model.fit(left[["cell", "drug"]], left["value"], study=own, also=also)
        pred = model.predict(own, pairs=hidden[["cell", "drug"]])["pred"].to_numpy()
        errors.append(float(((pred - hidden["value"].to_numpy()) ** 2).mean()))
    assert errors[1] < 0.8 * errors[0]
    found = mmdrp.attribute(model, model.study_, drugs=few[:1])
    assert float(found.completeness["largest_gap"].max()) < 1e-4


@pytest.mark.parametrize(
    ("also", "said"),
    [("[nowhere]", "also=nowhere: there is no such study"), ("gdsc", "give a list")],
)
def test_what_is_no_study_is_refused_before_a_folder_is_made(
    command: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], also: str, said: str
) -> None:
    out = tmp_path / "run"
    assert command("train", "study=synthetic", "response=auc", f"also={also}", f"out={out}") == 2
    assert said in capsys.readouterr().err
    assert not out.exists()


def test_a_panel_and_a_base_without_kernels_have_no_use_for_it(own: Study) -> None:
    other = elsewhere(own)
    with pytest.raises(OptionError, match="also=other: a further screen serves"):
        mmdrp.ResponseModel(["expression"], measure="auc").fit(own, also=[other])
    with pytest.raises(OptionError, match="also=other: a further screen serves"):
        mmdrp.ResponseModel(**OPTIONS, base="mean_effects").fit(own, also=[other])
