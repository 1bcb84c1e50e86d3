"""Folders to make something in, and processes that end with the one that started them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mmdrp.io.processes import run_module
from mmdrp.io.scratch import scratch

HOLD = """
import sys, time
from pathlib import Path
from mmdrp.io.scratch import scratch
with scratch(Path({folder!r})) as folder:
    (folder / "inside").mkdir()
    (folder / "inside" / "half").write_text("a")
    print("held", flush=True)
    time.sleep({seconds})
"""
GRANDCHILD = """
import subprocess, sys
subprocess.run([sys.executable, "-c", "import time; time.sleep(60)"])
"""
PARENT = """
import sys
sys.path.insert(0, {folder!r})
import os
os.environ["PYTHONPATH"] = {folder!r}
from mmdrp.io.processes import run_module
print("ready", flush=True)
run_module("starts_another", [])
"""


def start(code: str) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline()
    return process


def children(pid: int) -> list[int]:
    """Every process below one, at any depth."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    below = parents.get(pid, [])
    return below + [pid for child in below for pid in children(child)]


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_what_a_killed_process_left_is_taken_over(tmp_path: Path) -> None:
    folder = tmp_path / ".study.new"
    process = start(HOLD.format(folder=str(folder), seconds=60))
    process.kill()
    process.communicate()
    assert (folder / "inside" / "half").is_file()
    with scratch(folder) as own:
        assert not list(own.iterdir())
    assert not list(tmp_path.iterdir())


def test_one_process_waits_for_another(tmp_path: Path) -> None:
    folder = tmp_path / ".study.new"
    process = start(HOLD.format(folder=str(folder), seconds=0.5))
    with scratch(folder) as own:
        assert process.wait(10) == 0  # it had ended, and removed its folder
        assert not list(own.iterdir())
        assert own.is_dir()
    process.communicate()
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="asks Linux who runs")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_module_ends_with_its_parent_and_all_it_started(
    number: signal.Signals, tmp_path: Path
) -> None:
    (tmp_path / "starts_another.py").write_text(GRANDCHILD)
    process = start(PARENT.format(folder=str(tmp_path)))
    for _ in range(200):
        below = children(process.pid)
        if len(below) == 2:
            break
        time.sleep(0.05)
    assert len(below) == 2
    time.sleep(0.2)  # the grandchild is at work
    os.kill(process.pid, number)
    process.communicate()
    for _ in range(100):
        if not any(map(runs, below)):
            break
        time.sleep(0.05)
    assert not any(map(runs, below))


def test_a_module_says_what_it_says_and_how_it_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "says.py").write_text(
        "import os, sys\nprint(sys.argv[1:], os.environ['X'])\nsys.exit(3)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    done = run_module("says", ["a", "b c"], {**os.environ, "PYTHONPATH": str(tmp_path), "X": "y"})
    assert (done.returncode, done.stdout, done.stderr) == (3, "['a', 'b c'] y\n", "")
