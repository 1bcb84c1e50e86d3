"""``mmdrp evaluate``: runs of any models beside baselines, on identical rows."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import pearsonr

from mmdrp.data.split import Fold
from mmdrp.evaluation.comparison import corrected_t
from mmdrp.evaluation.folds import FoldEvaluator
from mmdrp.evaluation.inputs.fold_predictions import of_run
from mmdrp.evaluation.inputs.run_names import labelled
from mmdrp.io.sums import is_broken, seal
from mmdrp.training.runs import find_runs

Cli = Callable[..., int]
WORDS = ["study=synthetic", "modality=[expression,mutation]", "net=false"]


@pytest.fixture(scope="module")
def sweeps(mmdrp: Cli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models on the same two folds: sweeps ``base`` and ``mean``."""
    folder = tmp_path_factory.mktemp("sweeps")
    for name, base in (("base", "kernel"), ("mean", "mean")):
        words = [*WORDS, f"base={base}", f"hydra.sweep.dir={folder / name}"]
        assert mmdrp("train", "-m", "fold=0,1", *words) == 0
    return folder


@pytest.fixture(scope="module")
def evaluation(mmdrp: Cli, sweeps: Path) -> Path:
    out = sweeps / "evaluation"
    run = f"run=[{sweeps / 'base'},{sweeps / 'mean'}]"
    baseline = "baseline=[drug_mean,ridge,tissue_mean]"
    assert mmdrp("evaluate", run, baseline, f"out={out}") == 0
    return out


def gaps_of(evaluation: Path) -> dict[Any, Any]:
    keys = ["metric", "model", "other"]
    return dict(pd.read_csv(evaluation / "differences.csv").set_index(keys).to_dict("index"))


def test_models_and_baselines_stand_in_one_long_table(evaluation: Path) -> None:
    long = pd.read_parquet(evaluation / "evaluation.parquet")
    assert set(long["model"]) == {"base", "mean", "drug_mean", "ridge", "tissue_mean"}
    assert set(long["scope"]) == {"pooled", "drug", "line", "tissue", "presence"}
    assert set(long["fold"]) == {0, 1}
    keys = ["model", "split", "seed", "fold", "scope", "id", "metric"]
    assert not long.duplicated(keys).any()
    counts = long[long["metric"] == "mse"].groupby(["fold", "scope", "id"])["n"].nunique()
    assert (counts == 1).all()  # identical rows for every model
    pattern = set(long.loc[long["scope"] == "presence", "id"])
    assert {"expression", "mutation", "expression+mutation"} >= pattern


def test_a_model_that_is_a_baseline_scores_like_it(evaluation: Path) -> None:
    metrics = json.loads((evaluation / "metrics.json").read_text())
    assert metrics["mean"]["mse"] == pytest.approx(metrics["drug_mean"]["mse"], rel=1e-5)
    assert metrics["base"]["mse"] < 0.8 * metrics["drug_mean"]["mse"]
    gaps = gaps_of(evaluation)
    assert abs(gaps["mse", "mean", "drug_mean"]["difference"]) < 1e-5
    assert gaps["mse", "base", "mean"]["difference"] < 0


def test_long_table_and_differences_are_what_the_predictions_say(
    evaluation: Path, sweeps: Path
) -> None:
    long = pd.read_parquet(evaluation / "evaluation.parquet")
    pooled = long[(long["scope"] == "pooled")].set_index(["model", "fold", "metric"])["value"]
    drug = long[long["scope"] == "drug"].set_index(["model", "fold", "id", "metric"])["value"]
    ratio, gap = [], []
    for run in find_runs(sweeps / "base"):
        test = run.predictions[run.predictions["part"] == "test"]
        fold = run.spec.split.fold
        expected = pearsonr(test["y"], test["pred"]).statistic
        assert pooled["base", fold, "pearson"] == pytest.approx(expected, abs=1e-6)
        name, one = next(iter(test.groupby("drug")))
        assert drug["base", fold, name, "mse"] == pytest.approx(
            ((one["y"] - one["pred"]) ** 2).mean(), rel=1e-5
        )
        ids = run.fold
        ratio.append(len(ids.test.ids["cell"]) / len(ids.train.ids["cell"]))
        gap.append(pooled["base", fold, "mse"] - pooled["ridge", fold, "mse"])
    expected_gap = corrected_t(np.array(gap), float(np.mean(ratio)))
    row = gaps_of(evaluation)["mse", "base", "ridge"]
    assert [row["difference"], row["low"], row["p"]] == pytest.approx(
        [expected_gap.difference, expected_gap.low, expected_gap.p]
    )


def test_summary_and_metrics_agree(evaluation: Path) -> None:
    metrics = json.loads((evaluation / "metrics.json").read_text())
    scores = pd.read_csv(evaluation / "scores.csv")
    keys = ["model", "scope", "metric", "id"]
    summary = pd.read_csv(evaluation / "summary.csv").set_index(keys).to_dict("index")
    for model, values in metrics.items():
        assert values["mse"] == pytest.approx(scores[scores["model"] == model]["mse"].mean())
        pooled = summary[model, "pooled", "mse", "all"]
        assert pooled["mean"] == pytest.approx(values["mse"], rel=1e-4)
        assert pooled["folds"] == 2
        drug = summary[model, "drug", "pearson", "mean"]["mean"]
        assert drug == pytest.approx(values["pearson_per_drug"], abs=1e-4)
    ranks = pd.read_csv(evaluation / "ranks.csv")
    mine = ranks[ranks["metric"] == "mse"].set_index("model")["mean_rank"]
    assert mine["base"] < mine["drug_mean"]
    assert mine.sum() == pytest.approx(15)


def test_predictions_of_baselines_are_kept_and_used_again(
    mmdrp: Cli, sweeps: Path, evaluation: Path, tmp_path: Path
) -> None:
    kept = sorted((sweeps / "base" / "0" / "baselines").glob("ridge-*.parquet"))
    assert len(kept) == 1
    frame = pd.read_parquet(kept[0])
    frame.assign(pred=0.0).to_parquet(kept[0], index=False)
    assert is_broken(
        kept[0]
    )  # an altered file is made anew, so this one is sealed as if it were ours
    seal(kept[0])
    words = ["evaluate", f"run={sweeps / 'base' / '0'}", "baseline=[ridge]"]
    assert mmdrp(*words, f"out={tmp_path / 'a'}") == 0
    score = json.loads((tmp_path / "a" / "metrics.json").read_text())
    assert mmdrp(*words, f"out={tmp_path / 'b'}", "cache=false") == 0
    fresh = json.loads((tmp_path / "b" / "metrics.json").read_text())
    assert score["ridge"]["mse"] > 1.5 * fresh["ridge"]["mse"]  # the kept file was read
    other = [*words, "baseline.ridge.penalties=[1.0,10.0]", f"out={tmp_path / 'c'}"]
    assert mmdrp(*other) == 0
    assert len(list((sweeps / "base" / "0" / "baselines").glob("ridge-*.parquet"))) == 2
    frame.to_parquet(kept[0], index=False)
    seal(kept[0])


def test_baselines_never_see_test_responses(sweeps: Path) -> None:
    run = find_runs(sweeps / "base")[0]
    evaluator = FoldEvaluator(of_run(labelled(run.folder)[0]), run.study(), 0)
    lines = set(evaluator.fold_data.train["cell"])
    assert lines <= set(run.fold.train.ids["cell"])
    assert not lines & set(run.fold.test.ids["cell"])
    assert not lines & set(run.fold.validation.ids["cell"])


def test_seeds_are_grouped_and_summarised(mmdrp: Cli, tmp_path: Path) -> None:
    sweep = tmp_path / "sweep"
    assert mmdrp("train", "-m", "seed=0,1", *WORDS, f"hydra.sweep.dir={sweep}") == 0
    assert mmdrp("evaluate", f"run={sweep}", "baseline=[drug_mean]", f"out={tmp_path / 'e'}") == 0
    summary = pd.read_csv(tmp_path / "e" / "summary.csv")
    row = summary[(summary["model"] == "model") & (summary["scope"] == "pooled")]
    assert set(row["seeds"]) == {2}
    scores = pd.read_csv(tmp_path / "e" / "scores.csv")
    own = scores[scores["model"] == "model"].groupby("seed")["mse"].mean()
    found = row[row["metric"] == "mse"].iloc[0]
    assert found["sd_seeds"] == pytest.approx(own.std(), rel=1e-4)
    assert found["mean"] == pytest.approx(own.mean(), rel=1e-4)


def test_folds_from_files_are_told_apart_and_paired(mmdrp: Cli, tmp_path: Path) -> None:
    folds = tmp_path / "folds"
    assert mmdrp("data", "split", *WORDS[:2], "split.folds=2", f"out={folds}") == 0
    for base in ("mean", "ridge"):
        for number in range(2):
            file = folds / "seed0" / f"fold{number}.json"
            words = [f"fold_file={file}", f"base={base}", f"out={tmp_path / base / str(number)}"]
            assert mmdrp("train", *WORDS, *words) == 0
    run = f"run=[{tmp_path / 'mean'},{tmp_path / 'ridge'}]"
    assert mmdrp("evaluate", run, "baseline=[]", f"out={tmp_path / 'e'}") == 0
    long = pd.read_parquet(tmp_path / "e" / "evaluation.parquet")
    keys = ["model", "split", "seed", "fold", "scope", "id", "metric"]
    assert not long.duplicated(keys).any()
    assert long["split"].nunique() == 2
    assert gaps_of(tmp_path / "e")["mse", "mean", "ridge"]["folds"] == 2


def test_pairs_leak_entities_and_the_report_says_so(mmdrp: Cli, tmp_path: Path) -> None:
    run = tmp_path / "run"
    words = ["study=synthetic", "response=auc", "split=random", "modality=[expression]"]
    assert mmdrp("train", *words, "net=false", f"out={run}") == 0
    baseline = "baseline=[line_mean,mean_effects]"
    assert mmdrp("evaluate", f"run={run}", baseline, f"out={tmp_path / 'e'}") == 0
    leaks = json.loads((tmp_path / "e" / "leakage.json").read_text())
    fold = Fold.read(run / "fold.json")
    lines = [{pair.split("\t")[0] for pair in part.ids["pair"]} for part in fold.parts().values()]
    assert leaks["shared_cell"]["test and train"] == len(lines[0] & lines[2])
    scores = json.loads((tmp_path / "e" / "metrics.json").read_text())
    assert scores["mean_effects"]["mse"] < scores["line_mean"]["mse"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["baseline=[rigde]"], "choose among"),
        (["baseline.ridge.penalties=[-1]"], "a number above 0"),
        (["baseline.ridge.alpha=1"], "alpha"),
        (["level=95"], "expected a number between 0 and 1"),
        (["duplicate=often"], "expected a number"),
    ],
)
def test_mistakes(
    words: list[str], expected: str, mmdrp: Cli, sweeps: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    assert mmdrp("evaluate", f"run={sweeps / 'mean'}", *words, f"out={tmp_path / 'e'}") == 2
    assert expected in capsys.readouterr().err


@pytest.mark.parametrize("word", ["model", "models", "baselines"])
def test_old_spellings_work_and_say_so(
    word: str, mmdrp: Cli, sweeps: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [f"run={sweeps / 'mean' / '0'}", f"{word}=[drug_mean]", f"out={tmp_path}"]
    assert mmdrp("evaluate", *words) == 0
    said = capsys.readouterr()
    assert f"note: write `baseline=` instead of `{word}=`" in said.err
    assert "drug_mean" in said.out
    assert "instead of" not in said.out
