"""Two processes on one journal of 40 trials, one killed on the way: none lost, none run twice.

The second process is killed (SIGKILL) while a trial is at work, KILL_AFTER (5) trials into the
search. ``trials`` have a result at the end, ``lost`` of the 40 have none, ``doubled`` have more
than one; ``again`` attempts were those of the killed process; ``equal`` says whether the values
are those of one undisturbed process, as far as they are drawn at random (the first ten).
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import optuna

import mmdrp
from mmdrp.data.ingest import synthetic
from mmdrp.experiments.tuning import trials as shared

TRIALS = 40
KILL_AFTER = int(os.environ.get("KILL_AFTER", "5"))
RUN = """
import sys, mmdrp
study = mmdrp.Study.read(sys.argv[1])
model = mmdrp.ResponseModel(["expression"], measure="ic50", base="none", max_epochs=20)
space = {"optimizer.lr": {"low": 1e-4, "high": 1e-2, "log": True}, "latent": {"values": [4, 8]}}
mmdrp.tune(model, study, space=space, trials=int(sys.argv[3]), storage=sys.argv[2], prune=False)
"""


def main() -> dict[str, int]:
    with tempfile.TemporaryDirectory() as scratch:
        data = synthetic.build(Path(scratch) / "synthetic", lines=100, features=50)
        journal, single = Path(scratch) / "two.journal", Path(scratch) / "one.journal"
        first, second = (start(data, journal, TRIALS) for _ in range(2))
        kill_amid(second, journal)
        if first.wait():
            raise mmdrp.MmdrpError("tune_two: the process that went on failed")
        alone = start(data, single, 10)
        alone.wait()
        attempts = [t for t in attempts_in(journal) if shared.is_taken(t)]
        count = Counter(shared.slot_of(t) for t in attempts if t.state.name == "COMPLETE")
        again = sum(not shared.is_taken(t) for t in attempts_in(journal))
        values = {shared.slot_of(t): t.value for t in attempts}
        same = all(values[shared.slot_of(t)] == t.value for t in attempts_in(single))
    return {
        "trials": len(count),
        "lost": TRIALS - len(count),
        "doubled": sum(n > 1 for n in count.values()),
        "again": again,
        "equal": int(same),
    }


def start(data: mmdrp.Study, journal: Path, trials: int) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-c", RUN, str(data.folder), str(journal), str(trials)]
    return subprocess.Popen(words, env={**os.environ, "OMP_NUM_THREADS": "1"})


def kill_amid(process: subprocess.Popen[bytes], journal: Path) -> None:
    """Kill a process while it is at work on a trial, once some are done."""
    while process.poll() is None:
        there = attempts_in(journal)
        done = sum(t.state.name == "COMPLETE" for t in there)
        own = [t for t in there if t.user_attrs.get("pid") == process.pid]
        if done >= KILL_AFTER and any(t.state.name == "RUNNING" for t in own):
            process.send_signal(signal.SIGKILL)
            process.wait()
            left = [t for t in attempts_in(journal) if t.user_attrs.get("pid") == process.pid]
            print(f"killed after {len(left)} trials of its own", file=sys.stderr)
            return
        time.sleep(0.05)
    raise mmdrp.MmdrpError("tune_two: the process to be killed had ended already")


def attempts_in(journal: Path) -> list[Any]:
    if not journal.is_file():
        return []
    backend = optuna.storages.journal.JournalFileBackend(str(journal))
    storage = optuna.storages.JournalStorage(backend)
    try:
        study = optuna.load_study(study_name="tune", storage=storage)
    except KeyError:
        return []
    return [t for t in study.get_trials() if "slot" in t.user_attrs]
