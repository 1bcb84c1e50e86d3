"""Commands of SLURM for tests: jobs are processes of this machine, their states files.

The script is called by the names sbatch, srun, sacct, scontrol and scancel; ``SLURM_STAND_IN`` is
its folder. It knows arrays with so many jobs at a time, and jobs that are queued again.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

COMMANDS = ("sbatch", "srun", "sacct", "scontrol", "scancel")


def install(folder: Path) -> dict[str, str]:
    """Make the commands in a folder; return the environment in which they are found."""
    (folder / "bin").mkdir(parents=True)
    for name in COMMANDS:
        path = folder / "bin" / name
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "{__file__}" {name} "$@"\n')
        path.chmod(0o755)
    found = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": found, "SLURM_STAND_IN": str(folder)}


def note(folder: Path, task: str, **facts: object) -> None:
    half = folder / f".{task}.{os.getpid()}"
    half.write_text(json.dumps(facts))
    half.rename(folder / f"{task}.job")


def sbatch(folder: Path, words: list[str]) -> None:
    script = Path(words[0])
    given = dict(
        line.removeprefix("#SBATCH --").partition("=")[::2]
        for line in script.read_text().splitlines()
        if line.startswith("#SBATCH --")
    )
    (folder / "given.json").write_text(json.dumps(given))
    number = str(1 + len(list(folder.glob("*.sh"))))
    kept = folder / f"{number}.sh"
    kept.write_bytes(script.read_bytes())
    tasks, most = [number], 1
    if array := given.get("array", "").strip("'"):
        span, _, limit = array.partition("%")
        tasks = [f"{number}_{i}" for i in range(int(span.split("-")[1]) + 1)]
        most = int(limit)
    for task in tasks:
        note(folder, task, state="PENDING", pid=0)
    subprocess.Popen(
        [sys.executable, "-S", __file__, "control", str(most), str(kept), *tasks],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    print(f"Submitted batch job {number}")


def control(folder: Path, words: list[str]) -> None:
    """Run the tasks of a job, so many at a time, those that are to be queued again anew."""
    most, script, waiting = int(words[0]), words[1], words[2:]
    at_work: dict[str, subprocess.Popen[bytes]] = {}
    while waiting or at_work:
        while waiting and len(at_work) < most:
            task = waiting.pop(0)
            number, _, index = task.partition("_")
            env = {"SLURM_JOB_ID": task.replace("_", "00"), "SLURM_NTASKS": "1",
                   "SLURM_JOB_NUM_NODES": "1", "SLURM_NODEID": "0", "SLURM_PROCID": "0",
                   "SLURM_LOCALID": "0", "SLURM_JOB_NAME": "mmdrp"}  # fmt: skip
            if index:
                env |= {"SLURM_ARRAY_JOB_ID": number, "SLURM_ARRAY_TASK_ID": index}
            process = subprocess.Popen(["bash", script], env={**os.environ, **env})
            at_work[task] = process
            note(folder, task, state="RUNNING", pid=process.pid)
        for task, process in list(at_work.items()):
            if process.poll() is None:
                continue
            del at_work[task]
            again = folder / f"{task}.again"
            if again.exists():
                again.unlink()
                waiting.append(task)
                note(folder, task, state="REQUEUED", pid=0)
            else:
                state = "FAILED" if process.returncode else "COMPLETED"
                note(folder, task, state=state, pid=0)
        time.sleep(0.02)


def srun(_: Path, words: list[str]) -> None:
    while words[0].startswith("-"):
        words = words[2:] if words[0] in ("--output", "--error") else words[1:]
    os.execvp(words[0], words)


def sacct(folder: Path, _: list[str]) -> None:
    print("JobID|State|NodeList")
    for path in sorted(folder.glob("*.job")):
        print(f"{path.stem}|{json.loads(path.read_text())['state']}|here")


def scontrol(folder: Path, words: list[str]) -> None:
    assert words[0] == "requeue"
    (folder / f"{words[1]}.again").touch()


def scancel(folder: Path, words: list[str]) -> None:
    for path in folder.glob(f"{words[0]}*.job"):
        if pid := json.loads(path.read_text())["pid"]:
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    globals()[sys.argv[1]](Path(os.environ["SLURM_STAND_IN"]), sys.argv[2:])
