"""Drugs by an embedding, from training to prediction: nothing of what made it is needed later."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmdrp.attribution import attribute
from mmdrp.data.chem.fingerprint import Morgan
from mmdrp.data.sources import smiles_of
from mmdrp.data.spec import DrugFeatures
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.registry import part
from mmdrp.training.checkpoint import restore
from mmdrp.training.info import CheckpointInfo
from mmdrp.training.legacy import as_written
from mmdrp.training.model import load_model
from mmdrp.training.plain import as_decided, config_of, spec_of
from mmdrp.training.reference.embedded import further_table

Cli = Callable[..., int]
"""What follows is fitted once for all tests of this file."""


@pytest.fixture(scope="module")
def table(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    smiles = smiles_of(study)
    mix = np.random.default_rng(0).normal(size=(512, 12)) / 8
    frame = pd.DataFrame(Morgan(size=512)(smiles) @ mix).add_prefix("dim_")
    frame.insert(0, "smiles", list(smiles.values()))
    path = tmp_path_factory.mktemp("table") / "embedding.parquet"
    frame.to_parquet(path, index=False)
    return path


@pytest.fixture(scope="module")
def run(mmdrp: Cli, table: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "table"
    assert mmdrp(
        "train", "study=synthetic", "response=auc", "drug=table", f"drug.path={table}",
        "split=drug", "split.folds=3", "modality=[expression,mutation]", "net=false",
        "base.drug_stage2=true", f"out={out}",
    ) == 0  # fmt: skip
    table.rename(table.with_suffix(".away"))
    return out


def test_the_run_says_what_describes_drugs_and_what_the_base_compared(run: Path) -> None:
    model = restore(run)
    offset = model.net.offset
    assert offset is not None
    assert offset.compared["embedding"] == "drug"
    assert offset.compared["structure"] == "structure"
    features = model.info.spec.data.drug
    assert features is not None
    assert features.fingerprint is not None
    assert features.fingerprint.name == "table"


def test_a_model_predicts_the_study_s_drugs_without_the_table(run: Path, study: Study) -> None:
    model = load_model(run)
    kept = pd.read_parquet(run / "predictions.parquet")
    test = kept[kept["part"] == "test"].head(300)
    asked = {drug: smiles_of(study)[drug] for drug in test["drug"].unique()}
    pred = model.predict(study, asked, pairs=test[["cell", "drug"]])["pred"].to_numpy()
    np.testing.assert_allclose(pred, test["pred"], atol=1e-5)
    with pytest.raises(OptionError, match="have no embedding in the model"):
        model.predict(study, drugs={"new": "CCOCCOC"})
    named = model.predict(study, drugs={"mine": str(next(iter(smiles_of(study).values())))})
    assert np.isfinite(named["pred"]).all()


def test_new_drugs_have_their_rows_in_a_further_table(
    run: Path, study: Study, table: Path, mmdrp: Cli, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Columns are found by name; a row of a drug of training gives what the checkpoint gives."""
    model, away = load_model(run), pd.read_parquet(table.with_suffix(".away"))
    lines = model.train_ids_["cell"][:5]
    whole = study.modality("expression").select(lines)
    expression = pd.DataFrame(whole.values, index=list(lines), columns=list(whole.features))
    twin = away.iloc[0].drop("smiles")
    frame = pd.DataFrame([twin, -twin], index=["new", "other"]).rename_axis("name").reset_index()
    turned = frame[["name", *reversed(away.columns.drop("smiles"))]]
    turned.to_csv(tmp_path / "rows.csv", index=False)
    smiles = {"new": "CCOCCOC", "other": "CCOCCOCCC", "known": str(away["smiles"][0])}
    data, where = {"expression": expression}, tmp_path / "rows.csv"
    pred = model.predict(data, drugs=smiles, embedding=where)
    wide = pred.pivot(index="cell", columns="drug", values="pred")
    assert not np.allclose(wide["new"], wide["other"])
    expression.rename_axis("cell").to_csv(tmp_path / "expression.csv")
    pd.Series(smiles, name="smiles").rename_axis("drug").to_csv(tmp_path / "drugs.csv")
    words = ["predict", f"run={run}", f"data={tmp_path}", f"out={tmp_path / 'out'}", "figure=false"]
    assert mmdrp(*words, f"embedding={where}") == 0, capsys.readouterr().err
    told = pd.read_parquet(tmp_path / "out" / "predictions.parquet")
    again = told.pivot(index="cell", columns="drug", values="pred")
    np.testing.assert_allclose(again.loc[wide.index, wide.columns], wide, rtol=1e-5)
    capsys.readouterr()
    assert mmdrp(*words, "overwrite=true") != 0
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert "new, other: have no embedding in the model (2 of 3)" in said
    assert said.endswith("give a table that has them: embedding=FILE")
    assert len(said) <= 200


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f.drop(columns="dim_3"), r"has no column 'dim_3' \(1 of 12 are missing\)"),
        (lambda f: f.assign(name=["a", "b"]), r"has no row of new \(1 in all\); name them by id"),
    ],
)
def test_a_further_table_that_does_not_fit_is_one_line(
    change: Callable[[pd.DataFrame], pd.DataFrame], said: str, run: Path, study: Study,
    table: Path, tmp_path: Path,
) -> None:  # fmt: skip
    away = pd.read_parquet(table.with_suffix(".away")).head(2)
    frame = change(away.drop(columns="smiles").assign(name=["new", "other"]))
    frame.to_parquet(tmp_path / "rows.parquet", index=False)
    model = load_model(run)
    with pytest.raises(OptionError, match=said):
        model.predict(study, {"new": "CCOCCOC"}, embedding=tmp_path / "rows.parquet")
    with pytest.raises(OptionError, match=r"embedding=.*nowhere.csv: there is no such file"):
        model.predict(study, embedding=tmp_path / "nowhere.csv")


def test_only_a_model_of_a_table_reads_a_further_one() -> None:
    features = DrugFeatures(fingerprint=part("fingerprint", "morgan"))
    for chosen in (features, None):  # None: a panel
        with pytest.raises(OptionError, match="only a model trained with drug=table reads one"):
            further_table("rows.csv", chosen)


def test_unseen_drugs_are_attributed_exactly(run: Path, study: Study) -> None:
    info = restore(run).info
    kept = pd.read_parquet(run / "predictions.parquet")
    unseen = sorted(set(kept.loc[kept["part"] == "test", "drug"]) - set(info.train_ids["drug"]))
    done = attribute(run, drugs=unseen[:2], subset="test")
    gap = done.completeness
    assert float(gap["largest_gap"].max()) < 1e-5


def test_what_a_checkpoint_holds_of_drugs_is_checked(run: Path) -> None:
    info = restore(run).info
    plain = info.plain()
    for change, said in (
        ({"drug": {"drugs": ["a"], "values": info.embedded["drug"]["values"]}}, "one finite row"),
        ({"drug": {"drugs": [1], "values": info.embedded["drug"]["values"]}}, "expected texts"),
        ({"elsewhere": info.embedded["drug"]}, "no such source"),
    ):
        with pytest.raises(MmdrpError, match=said):
            CheckpointInfo.read({**plain, "embedded": change})


def test_a_spec_comes_back_with_and_without_structure_beside_it(run: Path) -> None:
    spec = restore(run).info.spec
    assert spec_of(config_of(spec)) == spec
    assert spec.data.drug is not None
    bare = replace(spec, data=replace(spec.data, drug=replace(spec.data.drug, structure=None)))
    assert spec_of(config_of(bare)) == bare


def test_files_of_before_compare_drugs_as_they_did() -> None:
    before = {"base": {"name": "kernel", "context": ["medium"]}}
    assert as_written(before)["base"]["drug_weights"] == "one"
    assert as_written({"base": {"name": "kernel"}})["base"]["drug_weights"] == "one"
    now = {"base": {"name": "kernel", "context": [], "drug_weights": "loo"}}
    assert as_written(now) == now
    assert as_written({"base": {"name": "mean"}}) == {"base": {"name": "mean"}}


def test_a_run_s_configuration_says_what_auto_was() -> None:
    config = {
        "response": {"layout": "by_pair", "measure": "auc"},
        "drug": {"fingerprint": "auto"},
        "modality": {"expression": {}},
    }
    spec = spec_of(config)
    told = as_decided({"drug": {"fingerprint": {"name": "auto"}, "scale": {}}, "seed": 1}, spec)
    assert spec.data.drug is not None
    assert spec.data.drug.fingerprint is not None
    assert told["drug"]["fingerprint"] == spec.data.drug.fingerprint.plain()
    assert told["drug"]["fingerprint"]["name"] in ("morgan", "minimol")
    assert told["seed"] == 1
    named = {"drug": {"fingerprint": {"name": "maccs"}}}
    assert as_decided(named, spec) == named
