"""Commands that are given twice, interrupted, resumed or killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch

from mmdrp.data.study import Study
from mmdrp.io.marker import MARKER, read_marker
from mmdrp.training.checkpoint import restore
from tests.training.test_resume import killed

Cli = Callable[..., int]
WORDS = ("train", "study=synthetic", "modality=[expression,mutation]", "trainer.max_epochs=4",
         "width=[16]", "latent=8", "sampler.size=32")  # fmt: skip


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line for line in capsys.readouterr().err.splitlines() if line.startswith("mmdrp: ")]


def weights(run: Path) -> dict[str, torch.Tensor]:
    return dict(restore(run).net.state_dict())


def test_a_second_run_leaves_nothing_of_the_first(
    mmdrp: Cli, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert mmdrp(*WORDS, "net=false", f"out={out}") == 0
    assert (out / "markers.csv").is_file()
    other = (*WORDS, "modality=[expression]", "base=none", "fold=2", f"out={out}")
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    assert mmdrp(*other) == 2
    assert lines(capsys) == [
        f"mmdrp: out={out}: is finished already; overwrite=true replaces it; or choose another"
    ]
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    assert mmdrp(*other, "overwrite=true") == 0
    assert not (out / "markers.csv").exists()
    assert json.loads((out / "run.json").read_text())["complete"] is True
    assert {p.name for p in tmp_path.iterdir()} == {"run"}


def test_an_interrupted_training_goes_on_by_resume(
    mmdrp: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, out = tmp_path / "whole", tmp_path / "cut"
    assert mmdrp(*WORDS, "margin=-100", f"out={whole}") == 0
    with pytest.raises(AssertionError), killed(monkeypatch, 2):
        # The command line turns what ended it into a line and a code.
        assert mmdrp(*WORDS, "margin=-100", f"out={out}") == 0
    capsys.readouterr()
    for command in ("evaluate", "attribute"):
        assert mmdrp(command, f"run={out}", f"out={tmp_path / command}") == 2
        assert "is not finished; `mmdrp train resume=" in lines(capsys)[0]
    assert mmdrp("train", f"resume={out}", "fold=1") == 2
    assert "resume= takes no other option" in lines(capsys)[0]
    assert mmdrp("evaluate", f"resume={out}") == 2
    assert "was written by mmdrp train" in lines(capsys)[0]
    assert mmdrp("train", f"resume={out}") == 0
    expected, got = weights(whole), weights(out)
    assert all(torch.equal(value, got[name]) for name, value in expected.items())
    one, other = (pd.read_parquet(run / "predictions.parquet") for run in (whole, out))
    pd.testing.assert_frame_equal(one, other)
    assert {p.name for p in whole.iterdir()} == {p.name for p in out.iterdir()}
    capsys.readouterr()
    assert mmdrp("train", f"resume={out}") == 0
    assert "is finished already" in capsys.readouterr().out


def test_a_marker_cannot_make_hydra_call_anything(
    mmdrp: Cli, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for word in ("hydra.callbacks.x._target_=os.getcwd", "+hydra/launcher=x", "--config-dir=x"):
        marker = {"command": "train", "words": [word], "complete": False}
        (tmp_path / MARKER).write_text(json.dumps(marker))
        assert mmdrp("train", f"resume={tmp_path}") == 2
        assert "is not taken from a file" in lines(capsys)[0]


def test_a_sweep_does_not_do_again_what_is_done(
    mmdrp: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "folds"
    words = (*WORDS, "net=false", "-m", "fold=0,1")
    command = import_module("mmdrp.training.runs")

    usual: Any = command.write_run

    def fails_at_fold_1(folder: Path, *rest: Any) -> None:
        if folder.name == "1":
            raise OSError(28, "No space left on device", str(folder))
        usual(folder, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(command, "write_run", fails_at_fold_1)
        assert mmdrp(*words, f"out={out}") == 2
    assert lines(capsys) == [
        f"mmdrp: out={out / '1'}: No space left on device; choose another out="
    ]
    assert mmdrp("evaluate", f"run={out}", f"out={tmp_path / 'e'}") == 2
    assert "is not finished" in lines(capsys)[0]
    first = (out / "0" / "model.ckpt").stat().st_mtime_ns
    assert mmdrp("train", f"resume={out}") == 0
    assert (out / "0" / "model.ckpt").stat().st_mtime_ns == first
    assert mmdrp("evaluate", f"run={out}", f"out={tmp_path / 'e'}", "baseline=[drug_mean]") == 0
    assert mmdrp(*words, "fold=0,1,2", f"out={out}") == 0  # a sweep that is finished is added to
    assert sorted(p.name for p in out.iterdir() if p.is_dir()) == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [(signal.SIGINT, 130, "stopped; `"), (signal.SIGTERM, 143, "stopped by SIGTERM; `")],
)
def test_signals_end_with_one_line_and_nothing_half_written(
    number: signal.Signals, code: int, said: str, study: Study, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    command = [sys.executable, "-m", "mmdrp", *WORDS, "trainer.max_epochs=100000",
               "patience=100000", f"out={out}"]  # fmt: skip
    env = {**os.environ, "MMDRP_DATA": str(study.folder.parent), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env) as process:
        state = out / ".resume" / "epoch.pt"
        for _ in range(600):
            if state.is_file() or process.poll() is not None:
                break
            time.sleep(0.1)
        process.send_signal(number)
        error = process.communicate(timeout=60)[1]
    assert process.returncode == code, error
    told = [line for line in error.splitlines() if line.startswith("mmdrp: ")]
    assert told == [f"mmdrp: {said}mmdrp train resume={out}` goes on"]
    assert not list(out.rglob("*.part"))
    assert state.is_file()
    marker = read_marker(out)
    assert marker is not None
    assert not marker.complete


def until_it_imports(pid: int) -> None:
    """Wait until a command loads what it works with: before that, Python itself is not ready."""
    maps = Path(f"/proc/{pid}/maps")
    for _ in range(400):
        time.sleep(0.05)
        if not maps.is_file() or "numpy" in maps.read_text():
            return


def test_ctrl_c_before_anything_began_is_one_line_too() -> None:
    command = [sys.executable, "-m", "mmdrp", "train", "study=synthetic"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        until_it_imports(process.pid)
        process.send_signal(signal.SIGINT)
        error = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert error == "mmdrp: stopped\n"
