"""``ResponseModel``: scikit-learn's contract, folds, mistakes, and what it learns."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, GroupKFold

from mmdrp.data.split import Fold, Part
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.training.model import ResponseModel, as_model, load_model, study_of
from mmdrp.training.model.keywords import spec_from
from mmdrp.training.spec import Spec
from tests.training.conftest import TINY, Fitted

ONE = ["expression", "mutation"]
INTERPOLATING = {
    "name": "kernel", "penalties": (1e-7, 1e-6, 2), "components": 0, "marker_threshold": {},
    "em_impute": False, "tissue": 0.0,
}  # fmt: skip


def base(**more: Any) -> ResponseModel:
    return ResponseModel(**{"modalities": ONE, "net": False, **more})


def fold_of(model: ResponseModel) -> Fold:
    assert model.fold_ is not None
    return model.fold_


def pairs_of(study: Study, measure: str = "ic50") -> tuple[pd.DataFrame, pd.Series]:
    long = study.response(measure)
    return long[["cell", "drug"]], long["value"]


def test_parameters_are_scikit_learns() -> None:
    model = ResponseModel(modalities=["expression"], base={"name": "kernel", "gamma": 0.5}, seed=3)
    copy = clone(model)
    assert copy is not model
    assert copy.get_params() == model.get_params()
    assert copy.set_params(base="ridge").get_params()["base"] == "ridge"
    assert model.base == {"name": "kernel", "gamma": 0.5}
    with pytest.raises(ValueError, match="Invalid parameter 'basis'"):
        model.set_params(basis="ridge")
    assert "modalities=['expression']" in repr(model)


def test_a_fitted_model_is_cloned_unfitted(fitted: Fitted) -> None:
    copy = clone(fitted("panel"))
    assert not hasattr(copy, "net_")
    assert spec_from(copy) == fitted("panel").spec_


def test_a_grid_search_over_lines_that_are_never_seen(study: Study) -> None:
    pairs, y = pairs_of(study)
    search = GridSearchCV(base(), {"base": ["mean", "ridge"]}, cv=GroupKFold(3))
    search.fit(pairs, y, groups=pairs["cell"], study=study)
    assert np.isfinite(search.best_score_)
    assert search.best_params_ == {"base": "ridge"}  # the omics tell more than the drug's mean
    again = search.best_estimator_.predict(pairs)
    assert again.shape == (len(pairs),)
    assert search.score(pairs, y) > search.best_score_ > 0


def test_options_of_numpy_reach_the_checkpoint(small: Study, tmp_path: Path) -> None:
    own = {"dropout": np.float64(0.25), "seed": np.int64(2), "head": list(np.array([4]))}
    model = ResponseModel(**{**TINY, **own, "modalities": np.array(["expression"])})
    number: Any = np.int64(1)
    path = model.fit(small, fold=number).save(tmp_path / "model.ckpt")
    assert load_model(path).spec_ == model.spec_
    assert model.spec_.split.fold == 1
    load_model(model.save(tmp_path / "run"))


def test_everything_is_learned_from_where_nothing_is_chosen(small: Study) -> None:
    model = base(modalities=["mutation"]).fit(small)  # every line has mutations
    assert set(model.train_ids_["cell"]) == set(small.response("ic50")["cell"])
    assert model.predictions_.empty
    assert model.history_.empty
    assert not fold_of(model).test.ids["cell"]


def test_a_network_is_chosen_on_a_share_of_the_lines(small: Study) -> None:
    model = ResponseModel(**{**TINY, "validation": 0.3}).fit(small)
    held = fold_of(model).validation.ids["cell"]
    assert len(held) == pytest.approx(0.3 * 0.8 * 60, abs=2)
    assert not held & set(model.train_ids_["cell"])
    assert set(model.predictions_["part"]) == {"validation"}
    assert list(model.history_.columns) == ["epoch", "train", "validation"]
    assert not model.refit_
    assert model.learned_ids_ == fold_of(model).train


def test_a_base_kept_alone_is_fitted_on_validation_too(small: Study) -> None:
    model = base().fit(small, fold=0)
    assert model.refit_
    assert model.learned_ids_.ids["cell"] >= fold_of(model).validation.ids["cell"]
    assert not model.learned_ids_.ids["cell"] & fold_of(model).test.ids["cell"]
    assert set(model.train_ids_["cell"]) <= model.learned_ids_.ids["cell"]


def test_folds_by_number_and_by_ids(small: Study) -> None:
    one, other = base().fit(small, fold=0), base().fit(small, fold=1)
    assert not fold_of(one).test.ids["cell"] & fold_of(other).test.ids["cell"]
    again = base().fit(small, fold=one.fold_)
    pd.testing.assert_frame_equal(one.predictions_, again.predictions_)
    cells = sorted(set(small.modality("expression").ids) & set(small.modality("mutation").ids))
    parts = [Part({"cell": frozenset(ids)}) for ids in (cells[:30], cells[30:40], cells[40:])]
    own = base(refit=False).fit(small, fold=Fold(*parts))
    assert set(own.train_ids_["cell"]) == set(cells[:30])
    assert set(own.predictions_.query("part == 'test'")["cell"]) == set(cells[40:])


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "dropout": ({"dropout": 2}, "dropout=2: expected a number"),
    "latent": ({"latent": 0}, "latent=0: expected a whole number from 1 to 100000"),
    "a whole number": ({"latent": 4.0}, "latent=4.0: expected a whole number"),
    "a truth value": ({"seed": True}, "seed=True: expected a whole number"),
    "activation": ({"activation": "x"}, "activation=x: expected silu or"),
    "a text for a list": ({"modalities": "expression"}, "modalities=expression: "),
    "no modality": ({"modalities": []}, "modalit.*: choose at least one modality"),
    "a base": ({"base": "kernal"}, "base=kernal: choose among: kernel"),
    "an option of the base": ({"base": {"name": "kernel", "gama": 1}}, "base.gama: there is no"),
    "a base without name": ({"base": {"gamma": 1.0}}, "base: has no name"),
    "drug features": ({"drug_features": "smile"}, "drug_features=smile: choose among: atompair"),
    "an option of the drug": (
        {"drug_features": {"name": "morgan", "size": 0}}, "drug.fingerprint.size=0"),
    "an encoder": ({"encoder": "cnn"}, "encoder=cnn: choose among"),
    "folds": ({"folds": 1}, "folds=1: expected a whole number at least 2"),
    "a share": ({"validation": 1.0}, "validation=1.0: expected a number between 0 and 1"),
    "the trainer": ({"trainer": {"epochs": 2}}, "trainer.epochs: there is no such option; it has"),
    "a trainer's option": ({"trainer": {"devices": 0}}, "trainer.devices=0"),
    "spec and keywords": ({"spec": Spec, "latent": 8}, "latent=8: give spec or keywords, not both"),
    "init": ({"init": "xavier"}, "init=xavier: expected default or he"),
    "a fusion": ({"fusion": None}, "fusion"),
    "a margin": ({"margin": float("nan")}, "margin=nan: expected a number"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_names_its_argument(mistake: str, small: Study) -> None:
    given, said = MISTAKES[mistake]
    if given.get("spec") is Spec:
        given = {**given, "spec": spec_from(ResponseModel())}
    with pytest.raises(OptionError, match=said) as caught:
        ResponseModel(**given).fit(small)
    assert isinstance(caught.value, ValueError)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda m, s: m.fit(s, fold=99), "folds 0 to 4"),
        (lambda m, s: m.fit(s, fold=-1), "fold=-1"),
        (lambda m, s: m.fit(s, fold=True), "fold=True: expected a number, a Fold"),
        (lambda m, s: m.fit(s, fold="all"), "fold='all': expected a number, a Fold"),
        (lambda m, s: m.fit(s, measure="ec50"), "no response 'ec50'; it has: auc, ic50"),
        (lambda m, s: m.fit(3), "X=int: expected a study, or a frame"),
        (lambda m, s: m.fit(*pairs_of(s)), "study: fit.pairs, y, study=...."),
        (lambda m, s: m.fit(pairs_of(s)[0], [1.0], study=s), "y: 1 responses for"),
        (lambda m, s: m.fit(pd.DataFrame({"cell": []}), [], study=s), "X: has no column 'drug'"),
        (lambda m, s: m.predict(s), "this ResponseModel is not fitted yet"),
        (lambda m, s: m.save("x.ckpt"), "this ResponseModel is not fitted yet"),
        (lambda m, s: as_model(m), "this ResponseModel is not fitted yet"),
        (lambda m, s: as_model("nowhere.ckpt"), "there is no such checkpoint"),
        (lambda m, s: clone(m).set_params(split="drug").fit(s, fold=0), "drug"),
        (lambda m, s: clone(m).set_params(modalities=["rna"]).fit(s), "no modality 'rna'"),
        (lambda m, s: clone(m).set_params(lines=["X"]).fit(s), "X"),
    ],
)
def test_what_cannot_be_done_is_said(
    act: Callable[[ResponseModel, Study], Any], said: str, small: Study
) -> None:
    with pytest.raises(MmdrpError, match=said):
        act(base(), small)


def test_the_planted_signal_is_recovered(study: Study) -> None:
    model = ResponseModel(modalities=["expression", "mutation", "rppa", "metabolomics"], net=False)
    test = model.fit(study, fold=0).predictions_.query("part == 'test'")
    train = study.response("ic50").query("cell in @model.learned_ids_.ids['cell']")
    mean = test["drug"].map(train.groupby("drug")["value"].mean())
    mse = {name: ((test["y"] - p) ** 2).mean() for name, p in (("m", test["pred"]), ("d", mean))}
    assert mse["m"] < 0.5 * mse["d"]
    within = test.groupby("drug")[["y", "pred"]].apply(lambda f: f["y"].corr(f["pred"]))
    assert within.mean() > 0.7  # a drug's mean has none
    assert study.root is not None
    truth = pd.read_csv(study.root / "planted.csv").set_index("drug")
    markers = model.selected_features_
    hits = [f in set(truth.loc[d, "feature"]) for d, f in markers[["drug", "feature"]].to_numpy()]
    assert len(hits) > 32
    assert np.mean(hits) > 0.8


def test_a_base_with_hardly_a_penalty_learns_by_heart(small: Study) -> None:
    model = ResponseModel(modalities=["expression"], base=INTERPOLATING, net=False).fit(small)
    known = small.response("ic50").query("cell in @model.train_ids_['cell']")
    both = known.merge(model.predict(small), on=["cell", "drug"])
    assert len(both) == len(known)
    # Gaps are filled by the drug's mean before the fit, so measured responses are reproduced.
    assert ((both["value"] - both["pred"]) ** 2).mean() < 1e-3 * both["value"].var()


def test_the_same_seed_gives_the_same_model(fitted: Fitted, small: Study) -> None:
    one = fitted("panel")
    two, other = (clone(one).set_params(seed=s).fit(small, fold=one.fold_) for s in (0, 1))
    pd.testing.assert_frame_equal(one.predict(small), two.predict(small))
    assert not np.allclose(one.predict(small)["pred"], other.predict(small)["pred"])


def test_a_spec_given_whole_is_the_model(fitted: Fitted, small: Study) -> None:
    one = fitted("panel")
    two = ResponseModel(spec=one.spec_).fit(small, fold=0)
    pd.testing.assert_frame_equal(one.predictions_, two.predictions_)
    other = ResponseModel(spec=one.spec_).fit(small, measure="auc", fold=0)
    assert other.spec_.data.measure == "auc"


def test_a_folder_is_a_run(
    fitted: Fitted, small: Study, tmp_path: Path, mmdrp: Callable[..., int]
) -> None:
    model, folder = fitted("panel"), tmp_path / "run"
    model.save(folder)
    again = load_model(folder)
    assert (again.fold_, again.refit_) == (model.fold_, model.refit_)
    assert again.learned_ids_ == model.learned_ids_
    pd.testing.assert_frame_equal(
        again.predictions_, model.predictions_.reset_index(drop=True), check_dtype=False
    )
    pd.testing.assert_frame_equal(again.predict(small), model.predict(small))
    assert study_of(again).manifest == small.manifest
    assert json.loads((folder / "run.json").read_text())["epochs"] == 1
    words = ["baseline=[drug_mean]", f"out={tmp_path / 'scores'}"]
    assert mmdrp("evaluate", f"run={folder}", *words) == 0
    with pytest.raises(MmdrpError, match="a loaded model is saved as a file"):
        again.save(tmp_path / "other")
    assert again.save(tmp_path / "other.ckpt").is_file()
