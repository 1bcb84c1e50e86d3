"""The chain of DeepDR on the synthetic study: pretrain, train, Table 1, predict."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmdrp.data.split import Fold
from mmdrp.data.study import Study
from mmdrp.training.checkpoint import restore
from mmdrp.training.pretraining.pretrained import Pretrained

Cli = Callable[..., int]
SMALL = ("study=synthetic", "width=[16,8]", "latent=4")
QUICK = ("trainer=smoke", *SMALL)


@pytest.fixture(scope="module")
def encoders(mmdrp: Cli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Encoders of the training lines of experiment=deepdr, seed 0."""
    out = tmp_path_factory.mktemp("deepdr") / "encoders"
    words = ["pretrain", *QUICK, "shared_with=null", f"out={out}", "split.folds=10"]
    assert mmdrp(*words, "split.validation=0.11111111") == 0
    return out


@pytest.fixture(scope="module")
def table1(mmdrp: Cli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("table1")
    allowed = root / "encoders"
    assert mmdrp("pretrain", *QUICK, "shared_with=null", f"out={allowed}", "held_out=true") == 0
    words = ["train", "experiment=deepdr_table1", *QUICK, f"pretrained={allowed}"]
    assert mmdrp(*words, f"out={root / 'run'}", "repeats=2") == 0
    return root


def test_pretraining_sees_training_lines_only_and_train_takes_its_shape(
    mmdrp: Cli, encoders: Path, tmp_path: Path
) -> None:
    words = ["train", "experiment=deepdr", "study=synthetic", "trainer=smoke"]
    assert mmdrp(*words, f"pretrained={encoders}", f"out={tmp_path}") == 0
    fold = Fold.read(tmp_path / "fold.json")
    one = Pretrained.read(encoders / "expression.ckpt")
    assert one.ids <= fold.train.ids["cell"]
    sources = restore(tmp_path).info.spec.model.sources
    assert list(sources["expression"].encoder.options["hidden"]) == [16, 8]
    assert sources["mutation"].encoder.options["output_dim"] == 4
    assert sources["mutation"].scale.options["centre"] is False


def test_encoders_of_another_fold_are_refused(
    mmdrp: Cli, encoders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "experiment=deepdr", "study=synthetic", "trainer=smoke", "seed=1"]
    assert mmdrp(*words, f"pretrained={encoders}", f"out={tmp_path}") == 2
    assert "lines of validation and test" in capsys.readouterr().err
    assert not (tmp_path / "model.ckpt").exists()


def test_finished_encoders_are_not_made_again(mmdrp: Cli, encoders: Path) -> None:
    path = encoders / "mutation.ckpt"
    before = path.stat().st_mtime_ns
    words = ["pretrain", *QUICK, "shared_with=null", f"out={encoders}", "split.folds=10"]
    assert mmdrp(*words, "split.validation=0.11111111") == 0
    assert path.stat().st_mtime_ns == before
    assert mmdrp(*words, "split.validation=0.11111111", "latent=4", "patience=4") == 0
    assert path.stat().st_mtime_ns != before


def test_the_best_of_a_sweep_is_trained_again(mmdrp: Cli, tmp_path: Path) -> None:
    words = ["pretrain", "study=synthetic", "trainer=smoke", "shared_with=null", "held_out=true"]
    words.append("modality=[expression]")
    sweep = tmp_path / "sweep"
    assert mmdrp(*words, "-m", "latent=1,8", "width=[12]", f"hydra.sweep.dir={sweep}") == 0
    losses = {
        found["choice"]["latent"]: found["validation_loss"]
        for path in sweep.glob("*/pretrain.json")
        for found in [json.loads(path.read_text())["expression"]]
    }
    assert mmdrp(*words, f"best_of={sweep}", f"out={tmp_path / 'best'}") == 0
    one = Pretrained.read(tmp_path / "best" / "expression.ckpt")
    assert one.encoder.options["output_dim"] == min(losses, key=lambda latent: losses[latent])
    assert list(one.encoder.options["hidden"]) == [12]


def test_table_1_has_every_variant_on_the_same_lines(table1: Path) -> None:
    summary = pd.read_csv(table1 / "run" / "table1.csv").set_index("variant")
    assert list(summary.index) == [
        "deepdr", "random_init", "pca", "expression_only", "mutation_only",
        "linear_regression", "svm", "drug_mean", "mean_effects",
    ]  # fmt: skip
    assert summary.loc["svm", "paper_mse"] == 8.92
    assert (summary["repeats"] == 2).all()
    each = pd.read_csv(table1 / "run" / "shuffles.csv")
    assert (each.groupby("repeat")[["lines_test", "lines_train"]].nunique() == 1).all(axis=None)
    median = each[each["variant"] == "pca"]["mse_measured"].median()
    assert summary.loc["pca", "mse_measured_median"] == pytest.approx(median)
    for stem in ("figure2a", "figure2b", "figure2cd", "figure2e"):
        assert (table1 / "run" / f"{stem}.png").stat().st_size > 5000
        assert (table1 / "run" / f"{stem}.svg").is_file()
    assert "mmdrp train" in json.loads((table1 / "run" / "table1.json").read_text())["command"]


def test_the_drug_mean_of_table_1_is_that_of_measured_training_rows(
    table1: Path, mmdrp: Cli, tmp_path: Path
) -> None:
    words = ["train", "experiment=deepdr", *QUICK, "seed=1", f"out={tmp_path}"]
    assert mmdrp(*words) == 0
    alone = json.loads((tmp_path / "metrics.json").read_text())["drug_mean"]["mse"]
    each = pd.read_csv(table1 / "run" / "shuffles.csv").set_index(["repeat", "variant"])
    # Repeat 1 is the fold of seed=1: the same lines, the same figure.
    assert each.loc[(1, "drug_mean"), "mse_measured"] == pytest.approx(alone, rel=1e-5)


def test_variants_may_be_left_out_and_added_by_their_old_name(
    table1: Path, mmdrp: Cli, tmp_path: Path
) -> None:
    words = ["train", "experiment=deepdr_plus_table", *QUICK, f"out={tmp_path}", "repeats=1"]
    words += [f"pretrained={table1 / 'encoders'}", "designs.deepdr_plus_imputed=null"]
    words += ['+designs.mine=["head=[8]"]', "closed=[mean_effects]"]
    assert mmdrp(*words) == 0
    each = pd.read_csv(tmp_path / "shuffles.csv").set_index("variant")
    assert list(each.index) == ["deepdr", "deepdr_plus", "mine", "mean_effects"]
    assert each["mse_measured"].nunique() == 4
    question = json.loads((tmp_path / "question.json").read_text())
    assert question["variant"]["mine"]["head"] == [8]
    assert question["variant"]["deepdr_plus"]["base"]["name"] == "kernel"
    assert question["encoders"]["deepdr_plus"] == {}
    assert set(question["encoders"]["mine"]) == {"mutation", "expression"}


def test_table_1_goes_on_where_it_stopped(
    table1: Path, mmdrp: Cli, capsys: pytest.CaptureFixture[str]
) -> None:
    run = table1 / "run"
    kept = {p.name: p.stat().st_mtime_ns for p in (run / "shuffles").iterdir()}
    words = ["train", "experiment=deepdr_table1", *QUICK, f"out={run}"]
    words += [f"pretrained={table1 / 'encoders'}", "closed_form_baselines=[drug_mean]"]
    assert mmdrp(*words, "repeats=3") == 2  # other options: another question
    assert "made with another closed_form_baselines" in capsys.readouterr().err
    (run / "shuffles" / "0001.csv").unlink()
    assert mmdrp(*words[:-1], "shuffles=2") == 0  # as it was written once
    assert "write `repeats=` instead of `shuffles=`" in capsys.readouterr().err
    assert (run / "shuffles" / "0000.csv").stat().st_mtime_ns == kept["0000.csv"]
    assert not list(run.rglob("*.part"))


def test_log10_is_stated_and_scales_the_errors(mmdrp: Cli, study: Study, tmp_path: Path) -> None:
    natural = study.folder.parent / "natural"
    if not natural.exists():
        as_ln(study, natural)
    found = {}
    for log in ("ln", "log10"):
        words = ["train", "study=folder", f"study.path={natural}", "net=false", "base=mean"]
        assert mmdrp(*words, "modality=[expression]", f"response.log={log}",
                     f"out={tmp_path / log}") == 0  # fmt: skip
        found[log] = json.loads((tmp_path / log / "metrics.json").read_text())["model"]["mse"]
        assert restore(tmp_path / log).info.unit == f"{log} uM"
    assert found["log10"] == pytest.approx(found["ln"] / np.log(10) ** 2, rel=1e-4)


def as_ln(study: Study, root: Path) -> None:
    """Copy the study with a unit that is a natural logarithm."""
    root.mkdir()
    for path in study.folder.glob("*.*"):
        (root / path.name).write_bytes(path.read_bytes())
    manifest = json.loads((root / "manifest.json").read_text())
    manifest["tables"]["response"]["measures"]["ic50"]["unit"] = "ln uM"
    (root / "manifest.json").write_text(json.dumps(manifest))


def test_predict_reports_the_shift_and_alignment_undoes_it(
    mmdrp: Cli, panel: Path, study: Study, tmp_path: Path
) -> None:
    table = study.modality("expression")
    new = tmp_path / "new"
    new.mkdir()
    frame = pd.DataFrame(table.values, columns=list(table.features)) * 3 + 40
    frame.insert(0, "cell", [f"T{i}" for i in range(len(frame))])
    frame.to_csv(new / "expression.csv", index=False)
    pred = {}
    for how in ("none", "zscore"):
        out = tmp_path / how
        words = ["predict", f"run={panel}", f"data={new}", f"out={out}", f"align={how}"]
        if how == "none":
            assert mmdrp(*words) == 2  # values of no line of training
            words.append("max_outside=1")
        assert mmdrp(*words) == 0
        pred[how] = pd.read_parquet(out / "predictions.parquet")["pred"]
        assert (out / "predicted.png").stat().st_size > 5000
    shift = pd.read_csv(tmp_path / "zscore" / "shift.csv").groupby("stage")
    assert shift["outside"].mean()["given"] > 0.99
    assert shift["outside"].mean()["zscore"] < 0.05
    assert shift["shift"].apply(lambda s: s.abs().max())["zscore"] < 1e-3
    assert pred["none"].std() > 0
    assert not np.allclose(pred["none"], pred["zscore"])


def test_a_model_of_complete_lines_predicts_complete_lines(
    mmdrp: Cli, encoders: Path, study: Study, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    words = ["train", "experiment=deepdr", "study=synthetic", "trainer=smoke", f"out={run}"]
    assert mmdrp(*words, f"pretrained={encoders}") == 0
    have = {name: set(study.modality(name).ids) for name in ("expression", "mutation")}
    assert have["expression"] != have["mutation"]
    for complete, wanted in (
        ("null", have["expression"] & have["mutation"]),
        ("false", have["expression"] | have["mutation"]),
    ):
        out = tmp_path / complete
        words = ["predict", f"run={run}", f"data={study.folder}", f"out={out}"]
        assert mmdrp(*words, f"complete={complete}") == 0
        assert set(pd.read_parquet(out / "predictions.parquet")["cell"]) == wanted


OPTIONS = {
    "unknown alignment": (
        ["predict", "run=x", "data=x", "align=xyz"], "align=xyz: expected none"
    ),
    "within without": (["predict", "run=x", "data=x", "align_within=tissue"], "needs align="),
    "no encoder": (["train", "study=synthetic", "pretrained=nowhere.ckpt"], "no such file"),
    "table without encoders": (["train", "experiment=deepdr_table1"], "need pretrained=FOLDER"),
    "no repeats": (["train", "experiment=deepdr_table1", "pretrained=x", "repeats=0"], "repeats=0"),
    "unknown baseline": (
        ["train", "experiment=deepdr_table1", "pretrained=x", "closed_form_baselines=[forest]"],
        "linear_regression or svm"),
    "unknown experiment": (["train", "experiment=deepr"], "did you mean 'deepdr'?"),
    "log of no logarithm": (
        ["train", "study=synthetic", "response.log=log10"], "unit is 'arbitrary'"),
    "unknown log": (["train", "study=synthetic", "response.log=log2"], "expected ln or log10"),
    "imputed pairs": (["train", "study=synthetic", "response=auc", "impute=5"], "only a panel"),
    "study to share with": (["pretrain", "study=synthetic", "shared_with=no"], "no such study"),
    "share of validation": (
        ["pretrain", "study=synthetic", "shared_with=null", "validation=1.5"], "between 0 and 1"),
    "no sweep": (["pretrain", "study=synthetic", "best_of=nowhere"], "holds no finished run"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", OPTIONS)
def test_mistakes_end_in_one_line(
    mistake: str, mmdrp: Cli, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    words, said = OPTIONS[mistake]
    capsys.readouterr()
    assert mmdrp(*words) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("mmdrp: ")]
    assert len(lines) == 1
    assert said in lines[0]
