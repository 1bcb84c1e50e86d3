"""A run from end to end: it learns, it is reproducible, it can be used elsewhere."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from pytorch_lightning import Trainer
from scipy.stats import pearsonr

from mmdrp.data.batches.dataset import ResponseDataset
from mmdrp.data.response import Examples
from mmdrp.data.sources import sources_of
from mmdrp.data.split import Fold, Part
from mmdrp.data.study import Study
from mmdrp.training import build
from mmdrp.training.checkpoint import restore
from mmdrp.training.fit import quiet
from mmdrp.training.lightning.callbacks import SplitGuard
from tests.conftest import Specified

Cli = Callable[..., int]
FILES = (
    "config.yaml", "fold.json", "metrics.csv", "metrics.json", "model.ckpt", "predictions.parquet",
    "run.json", "train.log",
)  # fmt: skip


@pytest.mark.parametrize("response", ["ic50", "auc"])
def test_a_few_lines_are_learned_by_heart(
    response: str, specified: Specified, study: Study, tmp_path: Path
) -> None:
    cells = sorted(study.modality("expression").ids)[:8]
    (tmp_path / "lines.txt").write_text("\n".join(cells))
    spec = specified(
        f"response={response}", "modality=[expression]", "dropout=0", "input_dropout=0",
        "optimizer.lr=1e-2", "optimizer.weight_decay=0", f"lines={tmp_path / 'lines.txt'}",
        "split.folds=4", "response.measure=ic50", "base=none",
    )  # fmt: skip
    data = build.data_of(spec, study)
    module = build.module_of(spec, data, study)
    optimizer = torch.optim.Adam(module.parameters(), lr=1e-2)
    rows = data.rows["train"].tolist()
    batch = data.dataset.__getitems__(rows)
    torch.manual_seed(0)
    for _ in range(400):
        optimizer.zero_grad()
        loss = module.loss(module.net(batch), batch.y, batch.weight)
        loss.backward()
        optimizer.step()
    assert float(loss.detach()) < 0.05


@pytest.mark.parametrize("run", ["panel", "pairs"])
def test_a_run_folder_is_complete_and_beats_the_drug_mean(
    run: str, request: pytest.FixtureRequest
) -> None:
    folder: Path = request.getfixturevalue(run)
    for name in FILES:
        assert (folder / name).stat().st_size > 0, name
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["model"]["mse"] < 0.8 * metrics["drug_mean"]["mse"]
    table = pd.read_parquet(folder / "predictions.parquet")
    test = table[table["part"] == "test"]
    assert metrics["model"]["n"] == len(test)
    assert metrics["model"]["mse"] == pytest.approx(
        ((test["y"] - test["pred"]) ** 2).mean(), rel=1e-5
    )
    expected = pearsonr(test["y"], test["pred"]).statistic
    assert metrics["model"]["pearson"] == pytest.approx(expected, rel=1e-4)
    fold = Fold.read(folder / "fold.json")
    assert set(test["cell"]) <= fold.test.ids["cell"]
    assert not set(test["cell"]) & fold.train.ids["cell"]


@pytest.mark.parametrize("split", ["random", "cell", "drug", "both", "tissue", "scaffold"])
def test_no_held_out_id_is_ever_batched(split: str, specified: Specified, study: Study) -> None:
    quiet()
    spec = specified("response=auc", f"split={split}", "modality=[mutation]", "split.folds=3")
    data = build.data_of(spec, study)
    module = build.module_of(spec, data, study)
    guard = SplitGuard(data)
    trainer = Trainer(
        max_epochs=1, accelerator="cpu", callbacks=[guard], logger=False,
        enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, num_sanity_val_steps=0,
    )  # fmt: skip
    trainer.fit(module, data)
    assert sorted(np.flatnonzero(guard.seen)) == sorted(data.rows["train"])


def test_the_guard_stops_a_leak(specified: Specified, study: Study) -> None:
    spec = specified("modality=[mutation]")
    data = build.data_of(spec, study)
    guard = SplitGuard(data)
    batch = data.dataset.__getitems__(data.rows["test"][:2].tolist())
    with pytest.raises(RuntimeError, match="holds a held-out example"):
        guard.on_train_batch_start(Trainer(logger=False, accelerator="cpu"), None, batch, 0)  # type: ignore[arg-type]


def test_scaling_sees_training_rows_only(specified: Specified, study: Study) -> None:
    spec = specified("modality=[expression]")
    data = build.data_of(spec, study)
    first = build.module_of(spec, data, study).net.scale["expression"].state_dict()
    table = data.dataset.sources["expression"]
    ids = sorted(data.fold.test.ids["cell"] | data.fold.validation.ids["cell"])
    rows = table.locate(ids)
    table.values[rows[rows >= 0]] = 1e6  # type: ignore[attr-defined]
    second = build.module_of(spec, data, study).net.scale["expression"].state_dict()
    assert all(torch.equal(first[k], second[k]) for k in first)


def test_the_same_seed_gives_the_same_weights(mmdrp: Cli, tmp_path: Path) -> None:
    weights = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert mmdrp(
            "train", "study=synthetic", "modality=[mutation,cnv]", "trainer=smoke", f"seed={seed}",
            "split.seed=0", f"out={tmp_path / name}",
        ) == 0  # fmt: skip
        net = restore(tmp_path / name).net
        weights.append(torch.cat([p.detach().reshape(-1) for p in net.parameters()]))
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def as_csv(study: Study, folder: Path, names: list[str], ids: list[str]) -> Path:
    folder.mkdir()
    study.cells[["tissue"]].reset_index().to_csv(folder / "cells.csv", index=False)
    for name in names:
        table = study.modality(name).select(ids)
        frame = pd.DataFrame(table.values, columns=list(table.features))
        frame = frame[frame.columns[::-1]]  # matched by name, so the order is free
        frame.insert(0, "cell", list(table.ids))
        frame.to_csv(folder / f"{name}.csv", index=False, float_format="%.9g")
    return folder


@pytest.mark.parametrize("run", ["panel", "pairs"])
def test_a_fresh_process_predicts_the_same(
    run: str, request: pytest.FixtureRequest, study: Study, tmp_path: Path
) -> None:
    folder: Path = request.getfixturevalue(run)
    names = [s for s in restore(folder).info.features if s not in ("drug", "tissue")]
    table = pd.read_parquet(folder / "predictions.parquet")
    table = table[table["part"] == "test"]
    given = as_csv(study, tmp_path / "new", names, sorted(set(table["cell"])))
    words = ["predict", f"run={folder}", f"data={given}", f"out={tmp_path / 'out'}", "block=500"]
    done = subprocess.run(
        [sys.executable, "-m", "mmdrp", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    pred = pd.read_parquet(tmp_path / "out" / "predictions.parquet")
    joined = table.merge(pred, on=["cell", "drug"], suffixes=("", "_again"))
    assert len(joined) == len(table)
    np.testing.assert_allclose(joined["pred"], joined["pred_again"], rtol=1e-5, atol=1e-6)


def test_restored_weights_predict_bitwise_the_same(
    panel: Path, study: Study, tmp_path: Path
) -> None:
    script = (
        "import sys, torch; from mmdrp.batch import Batch;"
        "from mmdrp.training.checkpoint import restore;"
        "b = Batch(**torch.load(sys.argv[2], weights_only=True)); torch.set_num_threads(1);"
        "torch.save(restore(sys.argv[1]).net(b).detach(), sys.argv[3])"
    )
    info = restore(panel).info
    sources = sources_of(info.spec.data, study)
    ids = np.array(sorted(study.cells.index)[:20])
    tasks = tuple(info.tasks)
    torch.set_num_threads(1)
    examples = Examples({"cell": ids}, np.zeros((20, len(tasks)), dtype=np.float32), tasks)
    batch = ResponseDataset(examples, sources).__getitems__(range(20))
    torch.save(batch._asdict(), tmp_path / "batch.pt")
    subprocess.run(
        [
            sys.executable,
            "-c",
            script,
            str(panel),
            str(tmp_path / "batch.pt"),
            str(tmp_path / "pred.pt"),
        ],
        check=True,
    )
    here = restore(panel).net(batch).detach()
    assert torch.equal(here, torch.load(tmp_path / "pred.pt", weights_only=True))


@pytest.mark.parametrize("names", [["expression"], ["mutation", "rppa"], ["metabolomics"]])
def test_any_subset_of_modalities_at_prediction_time(
    names: list[str], panel: Path, study: Study, mmdrp: Cli, tmp_path: Path
) -> None:
    have = [set(study.modality(n).ids) for n in ("expression", "mutation", "rppa", "metabolomics")]
    ids = sorted(set.intersection(*have))[:5]
    given = as_csv(study, tmp_path / "new", names, ids)
    assert mmdrp("predict", f"run={panel}", f"data={given}", f"out={tmp_path / 'out'}") == 0
    pred = pd.read_parquet(tmp_path / "out" / "predictions.parquet")
    assert np.isfinite(pred["pred"]).all()
    assert len(pred) == 5 * len(restore(panel).info.tasks)


def test_new_drugs_come_as_smiles(pairs: Path, study: Study, mmdrp: Cli, tmp_path: Path) -> None:
    given = as_csv(
        study, tmp_path / "new", ["expression"], list(study.modality("expression").ids)[:3]
    )
    (given / "drugs.csv").write_text("drug,smiles\naspirin,CC(=O)Oc1ccccc1C(=O)O\n")
    words = ["predict", f"run={pairs}", f"data={given}", f"out={tmp_path / 'out'}"]
    assert mmdrp(*words) == 0
    assert set(pd.read_parquet(tmp_path / "out" / "predictions.parquet")["drug"]) == {"aspirin"}
    (given / "drugs.csv").write_text("drug,smiles\nbad,CC(=O\n")
    assert mmdrp(*words) == 2


def test_too_few_features_are_refused(
    panel: Path, mmdrp: Cli, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "expression.csv").write_text("cell,EXPRESSION_00,OTHER\nnew,1,2\n")
    assert mmdrp("predict", f"run={panel}", f"data={tmp_path}", f"out={tmp_path / 'out'}") == 2
    assert "has 1 of the 40 features the model uses" in capsys.readouterr().err


def test_a_saved_fold_is_used_again(mmdrp: Cli, panel: Path, tmp_path: Path) -> None:
    words = ["train", "study=synthetic", "modality=[mutation]", "trainer=smoke"]
    assert mmdrp(*words, f"fold_file={panel / 'fold.json'}", f"out={tmp_path / 'again'}") == 0
    assert Fold.read(tmp_path / "again" / "fold.json") == Fold.read(panel / "fold.json")


def test_parts_without_examples_are_refused(
    specified: Specified, study: Study, tmp_path: Path
) -> None:
    cells = sorted(study.cells.index)
    held = {"train": cells[:90], "validation": cells[90:99], "test": ["elsewhere"]}
    part = {name: Part({"cell": frozenset(ids)}) for name, ids in held.items()}
    Fold(**part).write(tmp_path / "fold.json")
    spec = specified("modality=[mutation]", f"fold_file={tmp_path / 'fold.json'}")
    with pytest.raises(Exception, match="test: cell 'elsewhere' is not in the study"):
        build.data_of(spec, study)


def test_a_sweep_needs_no_folder_and_flags_may_stand_anywhere(
    mmdrp: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["study=synthetic", "trainer=smoke", "modality=[mutation],[mutation,cnv]", "net=false"]
    assert mmdrp("train", *words, "-m") == 0
    found = sorted(tmp_path.glob("runs/train/sweep_*/*/metrics.json"))
    assert [path.parent.name for path in found] == ["0", "1"]


def test_drugs_held_out_are_explained_where_they_are_predicted(mmdrp: Cli, tmp_path: Path) -> None:
    run = tmp_path / "run"
    words = ["study=synthetic", "response=auc", "split=drug", "modality=[expression]", "net=false"]
    assert mmdrp("train", *words, f"out={run}") == 0
    fold = Fold.read(run / "fold.json")
    held = sorted(fold.test.ids["drug"])[0]
    for lines, drug in (("test", held), ("train", sorted(fold.train.ids["drug"])[0])):
        out = tmp_path / lines
        words = ["attribute", f"run={run}", f"drugs=[{drug}]", f"lines={lines}", f"out={out}"]
        assert mmdrp(*words) == 0
        ranked = pd.read_parquet(out / "rankings.parquet")
        assert set(ranked["drug"]) == {drug}
        assert ranked["mean_abs"].max() > 0


def test_gaps_may_be_declared(mmdrp: Cli, tmp_path: Path) -> None:
    (tmp_path / "response.csv").write_text(
        "measure,cell,drug,value\nic50,A,d,1\nic50,B,d,2\nic50,C,d,3\n"
    )
    (tmp_path / "proteomics.csv").write_text("cell,P1,P2\nA,1,\nB,,2\nC,3,4\n")
    assert mmdrp("data", "manifest", str(tmp_path)) == 2
    assert mmdrp("data", "manifest", str(tmp_path), "missing=[proteomics]") == 0
    assert mmdrp("data", "validate", str(tmp_path)) == 0
