"""Every description of a drug trains, is restored, and predicts drugs never seen."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from mmdrp.cli.launch import config_dir
from mmdrp.data.batches.dataset import ResponseDataset
from mmdrp.data.chem import embedding
from mmdrp.data.chem.fingerprint import Morgan
from mmdrp.data.response import lay_out
from mmdrp.data.sources import drug_sources, smiles_of, sources_of
from mmdrp.data.study import Study
from mmdrp.training import build
from mmdrp.training.checkpoint import restore
from tests.conftest import Specified

Cli = Callable[..., int]
DRUGS = sorted(path.stem for path in (config_dir() / "drug").glob("*.yaml"))
NEW = {
    "aspirin": "CC(=O)Oc1ccccc1C(=O)O",
    "sodium salt": "CC(=O)Oc1ccccc1C(=O)[O-].[Na+]",
    "methane": "C",
}


def hashed(smiles: list[str]) -> np.ndarray:
    """512 numbers that depend on a SMILES alone: what a pre-trained network is here."""
    seeds = [int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) for text in smiles]
    return np.stack([np.random.default_rng(seed).normal(size=512) for seed in seeds])


def table_of(study: Study, folder: Path) -> Path:
    """An embedding of the study's drugs: fragments mixed by a random matrix."""
    smiles = smiles_of(study)
    mix = np.random.default_rng(0).normal(size=(512, 16)) / 8
    frame = pd.DataFrame(Morgan(size=512)(smiles) @ mix).add_prefix("dim_")
    frame.insert(0, "drug", list(smiles))
    frame.to_parquet(folder / "embedding.parquet", index=False)
    return folder / "embedding.parquet"


@pytest.mark.parametrize("drug", DRUGS)
@pytest.mark.parametrize("base", ["none", "mean_effects"])
def test_every_description_trains(
    drug: str, base: str, specified: Specified, study: Study, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(embedding, "_minimol", lambda: hashed)
    words = [f"drug={drug}"]
    if drug == "table":
        words.append(f"drug.path={table_of(study, tmp_path)}")
    spec = specified(
        "response=auc", *words, f"base={base}", "split=drug",
        "modality=[mutation]", "sampler.block=8",
    )  # fmt: skip
    data = build.data_of(spec, study)
    module = build.module_of(spec, data, study)
    batch = next(iter(data.train_dataloader()))
    last = [m for m in module.net.head if isinstance(m, torch.nn.Linear)][-1]
    torch.nn.init.normal_(last.weight)  # a head of zeros would pass no gradient on
    module.loss(module.predicted(batch), batch.y, batch.weight).backward()
    grads = {n: p.grad for n, p in module.net.encoder["drug"].named_parameters()}
    assert all(g is not None and torch.isfinite(g).all() and g.any() for g in grads.values())
    module.eval()
    for held in data.predict_loader("test"):
        assert torch.isfinite(module.net(held)).all()


@pytest.fixture(scope="module", params=["graph", "identity"])
def run(
    request: pytest.FixtureRequest, mmdrp: Cli, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    out = tmp_path_factory.mktemp("drugs") / str(request.param)
    assert mmdrp(
        "train", "study=synthetic", "--drug-features", str(request.param), "split=scaffold",
        "split.folds=3", "modality=[mutation]", "trainer.max_epochs=3", "optimizer.lr=1e-2",
        "base=mean_effects", f"out={out}",
    ) == 0  # fmt: skip
    return out


def test_a_checkpoint_predicts_what_the_run_predicted(run: Path, study: Study) -> None:
    model = restore(run)
    known = model.info.train_ids["drug"]
    table = pd.read_parquet(run / "predictions.parquet")
    table = table[table["part"] == "test"]  # validation's are those from before the refit
    data_spec = model.info.spec.data
    assert data_spec.drug is not None
    found = sources_of(data_spec, study)
    found |= drug_sources(data_spec.drug, smiles_of(study), known)
    long = table[["cell", "drug", "y"]].rename(columns={"y": "value"})
    examples = lay_out(long, "auc", "by_pair")
    data = ResponseDataset(examples, found, model.info.train_ids)
    with torch.inference_mode():
        pred = model.net(data.__getitems__(range(len(examples)))).numpy()
    after = examples.frame(pred)
    both = table.merge(after, on=["cell", "drug"], suffixes=("", "_again"))
    assert len(both) == len(table) > 100
    np.testing.assert_allclose(both["pred"], both["pred_again"], atol=1e-5)


def test_new_drugs_are_predicted(run: Path, mmdrp: Cli, study: Study, tmp_path: Path) -> None:
    shutil.copy(study.folder / "mutation.feather", tmp_path)
    trained = restore(run).info.train_ids["drug"][0]
    smiles = {**NEW, trained: str(study.drugs.loc[trained, "smiles"])}
    frame = pd.DataFrame({"drug": list(smiles), "smiles": list(smiles.values())})
    frame.to_csv(tmp_path / "drugs.csv", index=False)
    out = tmp_path / "out"
    assert mmdrp("predict", f"run={run}", f"data={tmp_path}", f"out={out}") == 0
    wide = pd.read_parquet(out / "predictions.parquet").pivot(
        index="cell", columns="drug", values="pred"
    )
    assert set(wide.columns) == set(smiles)
    assert np.isfinite(wide.to_numpy()).all()
    # A salt is its parent; by name alone, every stranger is the same.
    np.testing.assert_allclose(wide["aspirin"], wide["sodium salt"], atol=1e-5)
    by_name = run.name == "identity"
    assert bool(np.allclose(wide["aspirin"], wide["methane"], atol=1e-5)) is by_name
    assert not np.allclose(wide["aspirin"], wide[trained], atol=1e-3)


def test_lines_are_explained_and_the_drug_held_fixed(run: Path, mmdrp: Cli, tmp_path: Path) -> None:
    trained = restore(run).info.train_ids["drug"][0]
    words = [f"run={run}", f"drugs=[{trained}]"]
    assert mmdrp("attribute", *words, f"out={tmp_path / 'a'}") == 0
    ranked = pd.read_parquet(tmp_path / "a" / "rankings.parquet")
    assert set(ranked["source"]) == {"mutation"}
    gap = pd.read_csv(tmp_path / "a" / "completeness.csv")["largest_gap"]
    assert gap.max() < 1e-3


def test_a_panel_cannot_hold_out_scaffolds(mmdrp: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    assert mmdrp("train", "study=synthetic", "split=scaffold") == 2
    assert "holds out drugs" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["drug=morgan", "drug.fingerprint.size=0"],
            "drug.fingerprint.size=0: expected a whole number from 1 to",
        ),
        (
            ["drug=graph", "drug.encoder.layers=0"],
            "drug.encoder.layers=0: expected a whole number from 1 to",
        ),
        (["drug=identity", "drug.encoder.unknown=2"], "drug.encoder.unknown=2: expected a number"),
    ],
)
def test_options_out_of_range_end_in_one_line(
    words: list[str], said: str, mmdrp: Cli, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = ["study=synthetic", "response=auc", "modality=[mutation]", f"out={tmp_path / 'x'}"]
    assert mmdrp("train", *here, *words) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "x").exists()
