"""Runs handed to other processes: the same runs, none lost with the process that is lost."""

import importlib.util
import json
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import mmdrp as library
from mmdrp.cli.launchers import handing
from mmdrp.cli.launchers.job import Job
from mmdrp.cli.launchers.numbered import jobs_of
from mmdrp.cli.launchers.parts import launcher_of
from mmdrp.cli.sweep import Outcome
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.io.marker import read_marker
from tests.cli.launchers.quick import quick, tries
from tests.cli.launchers.slurm import install
from tests.faults.cases import content, differences

Cli = Callable[..., int]
WORDS = ("train", "study=synthetic", "modality=[expression,mutation]", "-m")
LOCAL = {"name": "submitit", "cluster": "local"}
SLURM = {"name": "submitit", "parallel": 2, "cpus": 3, "partition": "short"}
with_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="needs Ray: pip install 'mmdrp[ray]'"
)


@pytest.fixture
def handed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Outcome, list[Job]]]:
    """Hand quick jobs to a launcher; how they ended, and the jobs."""
    root = str(Path(__file__).parents[3])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([root, os.environ.get("PYTHONPATH", "")]))

    def call(launcher: dict[str, object], *words: str) -> tuple[Outcome, list[Job]]:
        jobs = quick(tmp_path / "sweep", *words)
        monkeypatch.setattr(handing, "jobs_of", lambda *_: jobs)
        return handing.hand_out("train", [], tmp_path / "sweep", launcher_of(launcher)), jobs

    return call


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in install(tmp_path / "slurm").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("mmdrp.cli.launchers.slurm.LATE", 0.5)
    monkeypatch.setitem(slurm_pauses(), "slurm", 0.05)
    return tmp_path / "slurm"


def slurm_pauses() -> dict[str, float]:
    from mmdrp.cli.launchers.slurm import PAUSES

    return PAUSES


@pytest.mark.parametrize(
    ("launcher", "why"),
    [
        ({"name": "joblib", "workers": 2}, "its process was ended by SIGKILL"),
        ({**LOCAL, "parallel": 2}, "ended without a result"),
        pytest.param({"name": "ray", "workers": 2}, "was killed or crashed", marks=with_ray),
    ],
    ids=["joblib", "submitit", "ray"],
)
def test_a_killed_process_loses_its_own_run_only_and_the_same_call_does_it(
    launcher: dict[str, object], why: str, handed: Callable[..., tuple[Outcome, list[Job]]],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    words = ("runs", "killed", "fails", "runs")
    outcome, jobs = handed(launcher, *words)
    assert outcome.done == 2
    assert [row["run"] for row in outcome.failed] == ["1", "2"]
    assert why in outcome.failed[0]["why"]
    assert outcome.failed[1]["why"] == "planted"
    assert all(isinstance(error, MmdrpError) for error in outcome.errors)
    said = capsys.readouterr().out.split("\n")  # Ray may add a line of its own
    assert sorted(line for line in said if line.startswith("run ")) == [
        "run 0 is done",
        "run 3 is done",
    ]
    again, _ = handed(launcher, *words)
    assert (again.done, again.failed) == (4, [])
    assert [len(tries(job)) for job in jobs] == [1, 2, 2, 1]
    assert not jobs[0].record.parent.exists()


def test_an_array_of_slurm_is_given_queued_again_and_ends(
    slurm: Path, handed: Callable[..., tuple[Outcome, list[Job]]]
) -> None:
    outcome, jobs = handed(SLURM, "runs", "preempted", "killed")
    assert outcome.done == 2
    assert "job 1_2 ended without a result (FAILED)" in outcome.failed[0]["why"]
    assert [tries(job) for job in jobs] == [["3"], ["3", "3"], ["3"]]
    given = json.loads((slurm / "given.json").read_text())
    assert given["array"] == "0-2%2"
    assert given["partition"] == "short"
    assert given["cpus-per-task"] == "3"
    assert "requeue" in given
    again, _ = handed(SLURM, "runs", "preempted", "killed")
    assert (again.done, again.failed) == (3, [])
    assert [len(tries(job)) for job in jobs] == [1, 2, 2]


def test_jobs_in_the_queue_are_waited_for_and_not_given_twice(
    slurm: Path, handed: Callable[..., tuple[Outcome, list[Job]]], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    pause = time.sleep

    def stopped(seconds: float) -> None:
        pause(seconds)
        if (tmp_path / "sweep" / "0" / "tries").exists():
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("mmdrp.cli.launchers.slurm.time.sleep", stopped)
        with pytest.raises(KeyboardInterrupt):
            handed(SLURM, "waits", "waits", "waits")
    assert "3 runs go on in SLURM, and the same command waits for them; or scancel 1" in caplog.text
    threading.Timer(1.0, (tmp_path / "sweep" / "go").touch).start()
    outcome, jobs = handed(SLURM, "waits", "waits", "waits")
    assert (outcome.done, outcome.failed) == (3, [])
    assert [len(tries(job)) for job in jobs] == [1, 1, 1]
    assert len(list(slurm.glob("*.sh"))) == 1


def test_runs_are_numbered_and_worded_as_hydra_has_them(mmdrp: Cli, tmp_path: Path) -> None:
    words = [*WORDS[1:3], "net=false", "base=mean", "fold=range(0,2)", "modality=[cnv],[msi,rppa]"]
    out, jobs = tmp_path / "plain", jobs_of("train", words, tmp_path / "plain")
    assert len(jobs) == 4
    assert jobs[1].words[3:-1] == ["base=mean", "fold=0", "modality=[msi,rppa]"]
    assert mmdrp("train", "-m", *words[:-1], f"out={out}") == 0
    for job in jobs_of("train", words[:-1], out):
        marker = read_marker(job.folder)
        assert marker is not None
        assert marker.words == job.words


def test_a_sweep_begun_by_processes_and_ended_here_is_the_plain_one(
    mmdrp: Cli, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = (*WORDS, "trainer.max_epochs=2", "patience=2", "width=[8]", "latent=4", "fold=0,1",
             "margin=-100")  # fmt: skip
    out, plain = tmp_path / "out", tmp_path / "plain"
    thread = threading.Thread(target=kill_writer_of, args=(out / "1",))
    thread.start()
    code = mmdrp(*words, f"out={out}", "launcher=joblib", "launcher.workers=1")
    thread.join()
    assert code == 2
    said = capsys.readouterr()
    assert "1 of 2 runs failed" in said.out
    assert "run 1: its process was ended by SIGKILL" in said.err.splitlines()[-1]
    states = library.list_runs(out).set_index("run")["state"]
    assert states[str(out / "0")] == "finished"
    assert states[str(out / "1")] == "failed"
    assert mmdrp(*words, f"out={out}") == 0
    assert mmdrp(*words, f"out={plain}") == 0
    unequal = differences(content(plain), content(out))
    assert set(unequal) <= {".mmdrp", "multirun.yaml"}
    assert set(library.list_runs(out)["state"]) == {"finished"}


def kill_writer_of(folder: Path) -> None:
    """Kill the process that holds a folder as soon as it does."""
    for _ in range(60_000):
        marker = read_marker(folder)
        if marker is not None and marker.pid:
            os.kill(marker.pid, signal.SIGKILL)
            return
        time.sleep(0.001)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["launcher=jobli"], "did you mean 'joblib'?"),
        (["launcher=joblib", "launcher.workers=0"], "launcher.workers=0: expected"),
        (["launcher=joblib", "launcher.wokers=2"], "unknown option 'launcher.wokers'"),
        (["launcher=joblib,ray"], "a sweep has one launcher"),
        (["hydra/launcher=joblib"], "write launcher=joblib"),
        (["launcher=submitit"], "there is no sbatch and srun here"),
        (["launcher=submitit", "launcher.qos='a$b'"], "not a name that SLURM could have"),
        (["launcher=ray", "launcher.address=auto", "launcher.workers=2"], "launcher.workers:"),
    ],
)
def test_what_cannot_be_meant_is_one_line(
    words: list[str], line: str, mmdrp: Cli, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert mmdrp(*WORDS, "fold=0,1", "out=out", *words) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert line in said
    assert len(said) <= 200
    assert not (tmp_path / "out").exists()


def test_a_launcher_wants_a_sweep(mmdrp: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    assert mmdrp("train", "study=synthetic", "launcher=joblib") == 2
    assert "give an option several values, and -m" in capsys.readouterr().err
    assert mmdrp("runs", "launcher=joblib") == 2
    assert "has no runs that could be handed out" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["submitit", "ray"])
def test_without_its_library_one_line_says_how_to_get_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, name, None)
    with pytest.raises(MmdrpError, match=rf"needs .*pip install 'mmdrp\[{name}\]'"):
        launcher_of({"name": name})
    with pytest.raises(OptionError, match=r"launcher\.memory"):
        launcher_of({"name": "submitit", "memory": -1.0})
