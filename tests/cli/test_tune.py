"""``mmdrp tune``: trials logged offline, the best as an experiment that train takes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml

from mmdrp.cli.options.searched import with_experiment
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.training.runs import CONFIG

Cli = Callable[..., int]
SPACE = (
    "fusion: {values: [mean, concat]}\nlatent: {low: 4, high: 16}\nhead: {values: [[8], [16]]}\n"
)
WORDS = ("tune", "study=synthetic", "modality=[expression,mutation]", "trainer=smoke",
         "+base.weights.methylation=0.1")  # fmt: skip


@pytest.fixture(scope="module")
def tuned(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A search of two trials by somebody who is not logged in to W&B."""
    place = tmp_path_factory.mktemp("tuned")
    (place / "space.yaml").write_text(SPACE)
    command = [sys.executable, "-m", "mmdrp", *WORDS, "space=space.yaml", "trials=2"]
    kept = {k: v for k, v in os.environ.items() if not k.startswith("WANDB_")}
    env = {**kept, "HOME": str(place), "NETRC": str(place / "netrc"), "OMP_NUM_THREADS": "1",
           "MMDRP_DATA": str(study.folder.parent)}  # fmt: skip
    done = subprocess.run(
        [*command, "logger=wandb", "out=search"], cwd=place, env=env, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return place


def test_each_trial_is_a_run_of_wandb_with_its_options(tuned: Path) -> None:
    runs = sorted((tuned / "search" / "trials").glob("*/wandb/offline-run-*/run-*.wandb"))
    assert len(runs) == 2
    for path in runs:
        raw = path.read_bytes()
        assert b"tune/value" in raw
        assert b"trial" in raw


def test_the_folder_holds_trials_importances_and_the_best(tuned: Path) -> None:
    trials = pd.read_csv(tuned / "search" / "trials.csv")
    record = json.loads((tuned / "search" / "tune.json").read_text())
    assert list(trials["trial"]) == [0, 1]
    best = trials.sort_values("value").iloc[0]
    assert record["best_value"] == pytest.approx(best["value"])
    assert record["best"]["latent"] == best["latent"]
    assert "[" + str(record["best"]["head"][0]) + "]" == best["head"]


def test_train_takes_the_best(mmdrp: Cli, tuned: Path, tmp_path: Path) -> None:
    file = tuned / "search" / "best.yaml"
    best = json.loads((tuned / "search" / "tune.json").read_text())["best"]
    assert mmdrp("train", f"experiment={file}", "fold=1", f"out={tmp_path / 'run'}") == 0
    config = yaml.safe_load((tmp_path / "run" / CONFIG).read_text())
    assert config["fusion"]["name"] == best["fusion"]
    assert config["head"] == best["head"]
    assert config["latent"] == best["latent"]
    assert list(config["modality"]) == ["expression", "mutation"]
    assert config["base"]["weights"]["methylation"] == 0.1
    assert (config["study"]["name"], config["fold"]) == ("synthetic", 1)


def test_a_finished_search_is_added_to(mmdrp: Cli, tuned: Path) -> None:
    out = tuned / "search"
    words = (*WORDS, f"space={tuned / 'space.yaml'}", f"out={out}")
    before = pd.read_csv(out / "trials.csv")
    assert mmdrp(*words, "trials=3") == 0
    after = pd.read_csv(out / "trials.csv")
    pd.testing.assert_frame_equal(after.head(2), before)
    assert len(after) == 3


@pytest.mark.parametrize(("words", "said"), [
    (["space=nets"], "choose among: base, fusion, modalities, network"),
    (["space={optimiser: {low: 1, high: 2}}"], "space.optimiser: mmdrp train has no such option"),
    (["trials=0"], "trials=0"),
    (["metric=r2"], "metric=r2"),
    (["storage=nothing://x", "space=base"], "storage=nothing://x: cannot be used"),
])  # fmt: skip
def test_mistakes_are_one_line(
    words: list[str], said: str, mmdrp: Cli, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    out = tmp_path / "t"
    assert mmdrp("tune", "study=synthetic", "modality=[expression]", *words, f"out={out}") == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("mmdrp: ")]
    assert len(lines) == 1
    assert said in lines[0]
    assert not out.exists()


def test_an_experiment_file_says_options_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("defaults: [{override /fusion: mean}]\nlatent: 8\nbase: {gamma: 1.0}\n")
    words = with_experiment(["-m", f"experiment={path}", "latent=4"])
    assert words == ["-m", "fusion=mean", "++base.gamma=1.0", "latent=4"]
    for text in ("hydra: {run: {dir: x}}", "base: {_target_: os.system}", "defaults: [a]"):
        path.write_text(text)
        with pytest.raises(MmdrpError, match=r"x\.yaml"):
            with_experiment([f"experiment={path}"])
