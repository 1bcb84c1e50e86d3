"""Runs listed with their state and scores; two runs compared; a sweep's failures noted."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import mmdrp as library
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.evaluation.catalogue.failed import FAILED
from mmdrp.evaluation.catalogue.state import state_of_folder
from mmdrp.io.marker import MARKER, Marker
from mmdrp.training.runs import CONFIG, METRICS

Cli = Callable[..., int]
WORDS = ("train", "study=synthetic", "modality=[expression]", "net=false")


@pytest.fixture(scope="module")
def sweep(mmdrp: Cli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("listed") / "sweep"
    assert mmdrp(*WORDS, "-m", "base=kernel,mean", f"hydra.sweep.dir={out}") == 0
    return out


def test_runs_are_listed_with_what_they_wrote(sweep: Path) -> None:
    frame = library.list_runs(sweep)
    assert list(frame["run"]) == [str(sweep), str(sweep / "0"), str(sweep / "1")]
    assert set(frame["state"]) == {"finished"}
    runs = frame[frame["mse"].notna()].set_index("base")
    assert list(runs.index) == ["kernel", "mean"]
    for base, number in (("kernel", "0"), ("mean", "1")):
        scores = json.loads((sweep / number / METRICS).read_text())["model"]
        assert runs.loc[base, "mse"] == scores["mse"]
        assert runs.loc[base, "coverage"] == pytest.approx(scores["coverage"], nan_ok=True)
    assert set(runs["study"]) == {"synthetic"}
    assert set(runs["modality"]) == {"expression"}


def test_runs_are_sorted_and_filtered(sweep: Path) -> None:
    by = library.list_runs(sweep, sort="mse", filter="mse<1e9")
    assert list(by["mse"]) == sorted(by["mse"])
    assert list(library.list_runs(sweep, sort="-mse")["mse"])[:2] == list(by["mse"])[::-1]
    assert list(library.list_runs(sweep, filter=["base=mean", "run~sweep"])["base"]) == ["mean"]
    assert library.list_runs(sweep, filter="state!=finished").empty
    with pytest.raises(MmdrpError, match="filter: there is no column 'mes'"):
        library.list_runs(sweep, filter="mes<1")
    with pytest.raises(MmdrpError, match="mse is compared with a number"):
        library.list_runs(sweep, filter="mse<low")
    with pytest.raises(MmdrpError, match="no such folder of runs"):
        library.list_runs(sweep / "nowhere")


def test_a_run_saved_from_python_has_the_scores_of_its_predictions(
    study: Study, tmp_path: Path
) -> None:
    model = library.ResponseModel(["expression"], net=False).fit(study, measure="ic50", fold=0)
    model.save(tmp_path / "own")
    test = model.predictions_.query("part == 'test'")
    (row,) = library.list_runs(tmp_path).to_dict("records")
    assert row["mse"] == pytest.approx(((test["y"] - test["pred"]) ** 2).mean())
    assert row["pearson"] == pytest.approx(test["y"].corr(test["pred"]))


def test_states_are_told_apart(sweep: Path, tmp_path: Path) -> None:
    text = Marker.begun("train", ["fold=0"]).text
    for name in ("gone", "here"):
        (tmp_path / name).mkdir()
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    (tmp_path / "gone" / MARKER).write_text(text.replace(str(os.getpid()), gone.stdout.strip()))
    (tmp_path / "here" / MARKER).write_text(text)  # the process lives, but holds no lock
    assert state_of_folder(tmp_path / "gone") == state_of_folder(tmp_path / "here") == "stopped"
    code = (
        "import sys, pathlib, time; from mmdrp.io.folder import output_folder\n"
        "with output_folder(sys.argv[1], 'train', []) as f: print('held', flush=True); input()"
    )
    other = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "held")],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # fmt: skip
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    assert state_of_folder(tmp_path / "held") == "running"
    listed = library.list_runs(tmp_path, filter="state=running")
    assert list(listed["run"]) == [str(tmp_path / "held")]
    other.communicate("\n", timeout=30)
    assert state_of_folder(tmp_path / "held") == "finished"


def test_what_cannot_be_read_is_listed_and_says_why(sweep: Path, tmp_path: Path) -> None:
    shutil.copytree(sweep / "0", tmp_path / "damaged")
    (tmp_path / "damaged" / METRICS).write_text("[")
    (row,) = library.list_runs(tmp_path).to_dict("records")
    assert METRICS in row["why"]


def test_two_runs_differ_in_what_was_changed_and_in_nothing_else(sweep: Path) -> None:
    frame = library.compare_runs(sweep / "0", sweep / "1")
    options = frame[frame["kind"] == "option"].set_index("name")
    assert [options.loc["base.name", run] for run in "ab"] == ["kernel", "mean"]
    assert all(name.startswith("base.") for name in options.index)
    assert frame[frame["kind"] == "data"].empty
    scores = frame[frame["kind"] == "score"].set_index("name")
    own = [json.loads((sweep / n / METRICS).read_text())["model"]["mse"] for n in "01"]
    assert scores.loc["mse", "difference"] == own[1] - own[0]
    same = library.compare_runs(sweep / "0", sweep / "0")
    assert set(same["kind"]) == {"score"}
    assert same["difference"].abs().max() == 0
    with pytest.raises(MmdrpError, match="holds 2 runs; name one"):
        library.compare_runs(sweep, sweep / "0")


def test_scores_of_two_measures_are_not_subtracted(
    mmdrp: Cli, sweep: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "auc"
    assert mmdrp(*WORDS, "response=auc", "base=mean", f"out={other}") == 0
    frame = library.compare_runs(sweep / "1", other).set_index("name")
    assert list(frame.loc["measure", ["a", "b"]]) == ["ic50", "auc"]
    scores = frame[frame["kind"] == "score"]
    assert scores.loc["mse", ["a", "b"]].notna().all()
    assert list(scores.index[scores["difference"].notna()]) == ["seconds"]
    capsys.readouterr()
    assert mmdrp("runs", "compare", str(sweep / "1"), str(other)) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-1].startswith("no differences of scores: another measure")


def test_a_list_of_runs_loads_no_torch(sweep: Path) -> None:
    code = (
        "import sys; from mmdrp.cli import main; main(sys.argv[1:]); "
        "assert not {'torch', 'pytorch_lightning'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, "runs", str(sweep)], capture_output=True,
                          text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "3 finished" in done.stdout


def test_the_command_shows_the_same(
    mmdrp: Cli, sweep: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert mmdrp("runs", str(sweep), "sort=-mse", "filter=[mse<1e9,command=train]", "--json") == 0
    rows = json.loads(capsys.readouterr().out)["figures"]["runs"]
    assert [row["base"] for row in rows] == ["mean", "kernel"]
    assert mmdrp("runs", str(sweep)) == 0
    assert "3 finished" in capsys.readouterr().out
    assert mmdrp("runs", "compare", str(sweep / "0"), str(sweep / "1")) == 0
    assert "base.name" in capsys.readouterr().out
    assert not list(Path().glob("*.log"))
    assert mmdrp("runs", "a", "b") == 2
    assert "one folder too many" in capsys.readouterr().err
    assert mmdrp("runs", "compare", str(sweep / "0")) == 2
    assert "needs b=" in capsys.readouterr().err


def test_what_failed_in_a_sweep_is_listed_and_done_again_by_the_same_command(
    mmdrp: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "subsets"
    words = ("train", "study=synthetic", "net=false", "--subsets", "mutation", "rppa",
             f"hydra.sweep.dir={out}")  # fmt: skip
    command = import_module("mmdrp.training.fit")
    usual: Any = command.train

    def diverges(spec: Any, *rest: Any, **more: Any) -> Any:
        if spec.data.modalities == ("rppa",):
            raise MmdrpError("training failed: planted")
        return usual(spec, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(command, "train", diverges)
        assert mmdrp(*words) == 2
    said = capsys.readouterr()
    assert "1 of 3 runs failed" in said.out
    assert "1  study=synthetic net=False modality=[rppa]: training failed: planted" in said.out
    assert said.err.splitlines()[-1] == "mmdrp: training failed: planted"
    (failed,) = library.list_runs(out, filter="state=failed").to_dict("records")
    assert failed["run"] == str(out / "1")
    assert failed["why"] == "training failed: planted"
    written = {n: (out / n / CONFIG).stat().st_mtime_ns for n in "02"}
    assert mmdrp(*words) == 0
    assert {n: (out / n / CONFIG).stat().st_mtime_ns for n in "02"} == written
    assert (out / "1" / CONFIG).is_file()
    assert not (out / FAILED).exists()
    assert set(library.list_runs(out)["state"]) == {"finished"}
