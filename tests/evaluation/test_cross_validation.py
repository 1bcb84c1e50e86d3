"""Cross-validation through Python: the folds are those of the split, the model stays as it was."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmdrp import CellSplit, ResponseModel
from mmdrp.data.split import Fold, Part
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.evaluation import CrossValidation, cross_validate, make_folds


def panel(**options: object) -> ResponseModel:
    return ResponseModel(modalities=["expression"], net=False, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def done(study: Study) -> CrossValidation:
    return cross_validate(panel(), study, measure="ic50", folds=3)


def test_every_measured_row_is_tested_once(done: CrossValidation, study: Study) -> None:
    assert list(done.frame().columns)[:6] == ["fold", "part", "cell", "drug", "y", "pred"]
    assert set(done.frame()["part"]) == {"validation", "test"}
    test = done.frame("test")
    assert not test.duplicated(["cell", "drug"]).any()
    described = set(study.modality("expression").ids)
    measured = study.response("ic50")
    assert len(test) == measured["cell"].isin(described).sum()
    value = measured.set_index(["cell", "drug"])["value"]
    wanted = value.loc[pd.MultiIndex.from_frame(test[["cell", "drug"]])]
    np.testing.assert_allclose(test["y"], wanted, rtol=1e-5, atol=1e-5)
    for number, fold in enumerate(done.folds):
        assert set(test.loc[test["fold"] == number, "cell"]) <= fold.test.ids["cell"]
    assert "3 folds" in repr(done)


def test_a_fold_is_what_fit_holds_out(done: CrossValidation, study: Study) -> None:
    model = panel(folds=3).fit(study, measure="ic50", fold=1)
    assert model.fold_ == done.folds[1]
    own = done.frame()[done.frame()["fold"] == 1].drop(columns="fold").reset_index(drop=True)
    fitted = model.predictions_.drop(columns="fold").reset_index(drop=True)
    pd.testing.assert_frame_equal(own, fitted)


def test_the_model_stays_unfitted_and_models_come_back_if_asked(study: Study) -> None:
    model = panel()
    done = cross_validate(model, study, split=CellSplit(2), return_models=True)
    assert not hasattr(model, "net_")
    assert [m.fold_ for m in done.models] == list(done.folds)
    assert done.split == "CellSplit"
    assert len(done) == 2


def test_given_folds_and_seeds(study: Study) -> None:
    folds = list(make_folds(study, "cell", measure="ic50").values())[:2]
    done = cross_validate(panel(), study, measure="ic50", split=folds)
    assert done.folds == tuple(folds)
    seeded = cross_validate(panel(), study, measure="ic50", folds=5, seed=3)
    drawn = list(make_folds(study, CellSplit(5, seed=3), measure="ic50").values())
    assert list(seeded.folds) == drawn != folds
    assert seeded.spec.train.seed == 3
    whole = cross_validate(ResponseModel(spec=seeded.spec), study, split=drawn[:1], seed=4)
    assert whole.spec.train.seed == 4
    assert whole.spec.train.sampler.options["seed"] == 4


def test_pairs_leave_out_drugs_and_a_panel_cannot(study: Study) -> None:
    pairs = ResponseModel(["expression"], "morgan", net=False)
    done = cross_validate(pairs, study, measure="auc", split="drug", folds=2)
    for number, fold in enumerate(done.folds):
        test = done.frame("test")
        rows = test[test["fold"] == number]
        assert set(rows["drug"]) <= fold.test.ids["drug"]
        assert not fold.test.ids["drug"] & fold.train.ids["drug"]
    with pytest.raises(MmdrpError, match="DrugSplit holds out drugs"):
        cross_validate(panel(), study, measure="ic50", split="drug")


def test_mistakes(study: Study) -> None:
    nothing = Fold(*(Part({"cell": frozenset(ids)}) for ids in ("A", "B", "C")))
    with pytest.raises(OptionError, match="at least one Fold"):
        cross_validate(panel(), study, split=[])
    with pytest.raises(OptionError, match="the folds are given"):
        cross_validate(panel(), study, split=[nothing], folds=3)
    with pytest.raises(OptionError, match="folds: the split has it already"):
        cross_validate(panel(), study, split=CellSplit(3), folds=3)
    with pytest.raises(OptionError, match="split=rnadom: choose among"):
        cross_validate(panel(), study, split="rnadom")
    with pytest.raises(OptionError, match="folds=1: expected a whole number at least 2"):
        cross_validate(panel(), study, folds=1)


def test_folds_are_named_as_files(study: Study, tmp_path: Path) -> None:
    folds = make_folds(study, "cell", measure="ic50", repeats=2, inner=2)
    assert len(folds) == 2 * 5 * 3
    assert list(folds)[:3] == ["seed0/fold0", "seed0/fold0/inner0", "seed0/fold0/inner1"]
    outer, inner = folds["seed1/fold3"], folds["seed1/fold3/inner1"]
    inside = frozenset[str]().union(*(part.ids["cell"] for part in inner.parts().values()))
    assert inside == outer.train.ids["cell"] | outer.validation.ids["cell"]
    outer.write(tmp_path / "fold.json")
    assert Fold.read(tmp_path / "fold.json") == outer
    lines = sorted(study.cells.index)[:60]
    few = make_folds(study, "cell", measure="ic50", lines=lines)["seed0/fold0"]
    assert few.train.ids["cell"] < set(lines)


def test_folds_hold_out_drugs_where_the_split_does(study: Study) -> None:
    fold = make_folds(study, {"name": "both", "folds": 2}, measure="auc")["seed0/fold0"]
    assert set(fold.test.ids) == {"cell", "drug"}
    with pytest.raises(MmdrpError, match="measure: choose among"):
        make_folds(study)
    with pytest.raises(OptionError, match="repeats=0"):
        make_folds(study, measure="auc", repeats=0)
