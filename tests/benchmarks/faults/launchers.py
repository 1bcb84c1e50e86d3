"""The same 12 runs by joblib, submitit and Ray, a process of each killed on the way: equal results.

A plain sweep does the runs first, one after another. Then each launcher does them, two at a time,
and the process that writes run 5 is killed (SIGKILL): the command must list that run alone as
failed, and the same command must do it. ``JOBLIB_runs`` are finished at the end,
``JOBLIB_again`` were done by the second command, ``JOBLIB_equal`` says whether every file is the
plain sweep's (times and processes left out), ``JOBLIB_s`` are seconds of the first command.
submitit starts processes of this machine. Ray is needed: ``pip install 'mmdrp[ray]'``.
"""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import mmdrp
from mmdrp.evaluation.catalogue.failed import FAILED
from mmdrp.io.marker import read_marker
from tests.faults.cases import content, differences

LAUNCHERS = {
    "joblib": ["launcher=joblib", "launcher.workers=2"],
    "submitit": ["launcher=submitit", "launcher.cluster=local", "launcher.parallel=2",
                 "launcher.cpus=1"],
    "ray": ["launcher=ray", "launcher.workers=2"],
}  # fmt: skip
RUNS = 12
KILLED = 5
WORDS = ["train", "study=synthetic", "study.build.lines=60", "study.build.features=12",
         "modality=[expression,mutation]", "width=[8]", "latent=4", "trainer.max_epochs=3",
         "margin=-100", "-m", "fold=0,1,2", "seed=0,1", "base=kernel,mean"]  # fmt: skip
OF_THE_SWEEP = {"multirun.yaml", ".mmdrp"}
"""what Hydra writes of a sweep as a whole, and its checksum"""


def main() -> dict[str, float]:
    for name in ("submitit", "ray"):
        if importlib.util.find_spec(name) is None:
            raise mmdrp.MmdrpError(f"launchers: needs {name}: pip install 'mmdrp[{name}]'")
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        started = time.monotonic()
        done(start(place, "plain"), 0)
        figures["plain_s"] = time.monotonic() - started
        expected = content(place / "plain")
        for name, words in LAUNCHERS.items():
            started = time.monotonic()
            process = start(place, name, *words)
            kill_writer_of(place / name / str(KILLED), process)
            done(process, 2)
            figures[f"{name}_s"] = time.monotonic() - started
            failed = json.loads((place / name / FAILED).read_text())["failed"]
            print(f"{name}: {failed}", file=sys.stderr)
            if [row["run"] for row in failed] != [str(KILLED)]:
                raise mmdrp.MmdrpError(f"launchers: {name}: other runs failed than the killed one")
            before = {p: p.stat().st_mtime_ns for p in (place / name).glob("*/run.json")}
            done(start(place, name, *words), 0)
            again = [p for p in (place / name).glob("*/run.json")
                     if before.get(p) != p.stat().st_mtime_ns]  # fmt: skip
            unequal = set(differences(expected, content(place / name))) - OF_THE_SWEEP
            print(f"{name}: unequal: {sorted(unequal)}", file=sys.stderr)
            listed = mmdrp.list_runs(place / name, filter=["state=finished", "mse<1e9"])
            figures[f"{name}_runs"] = len(listed)
            figures[f"{name}_again"] = len(again)
            figures[f"{name}_equal"] = int(not unequal)
    return figures


def start(place: Path, out: str, *words: str) -> subprocess.Popen[str]:
    root = str(Path(__file__).parents[3])
    path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.Popen(
        [sys.executable, "-m", "mmdrp", *WORDS, f"out={out}", *words], cwd=place, text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": path}, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )  # fmt: skip


def done(process: subprocess.Popen[str], code: int) -> None:
    said = process.communicate()[1]
    if process.returncode != code:
        raise mmdrp.MmdrpError(f"launchers: ended with {process.returncode}: {said[-150:]}")


def kill_writer_of(folder: Path, process: subprocess.Popen[str]) -> None:
    """Kill the process that holds a folder as soon as it does."""
    while process.poll() is None:
        marker = read_marker(folder)
        if marker is not None and marker.pid:
            os.kill(marker.pid, signal.SIGKILL)
            return
        time.sleep(0.002)
