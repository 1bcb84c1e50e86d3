"""What mmdrp costs before it computes: import, --help; fit from Python and by the command line.

``import_s`` and ``help_s`` are medians of seven fresh processes, the start of Python (``python_s``)
included. The fits are the base on GDSC's panel, fold 0, each in a process of its own with reading
the study: REPEATS (3) times in turn, medians. ``adapter_lines`` are the lines of code that make
mmdrp a model of drevalpy.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import mmdrp
from mmdrp.errors import MmdrpError
from tests.benchmarks._bases import study_of

ADAPTER = Path(mmdrp.__file__).with_name("dreval.py")
FIT = "import mmdrp; mmdrp.ResponseModel(net=False).fit(mmdrp.load_study({root!r}), fold=0)"
Figures = dict[str, float | int | str]


def main() -> Figures:
    command = str(Path(sys.executable).with_name("mmdrp"))
    starts = {
        "python_s": [sys.executable, "-c", "pass"],
        "import_s": [sys.executable, "-c", "import mmdrp"],
        "help_s": [command, "--help"],
    }
    figures: Figures = dict(medians(starts, 7))
    root = str(study_of("gdsc").folder.resolve())
    fits = {
        "fit_api_s": [sys.executable, "-c", FIT.format(root=root)],
        "fit_cli_s": [command, "train", "net=false", f"study.path={root}", "out=run"],
    }
    figures |= medians(fits, int(os.environ.get("REPEATS", "3")))
    figures["adapter_lines"] = code_lines(ADAPTER.read_text())
    return figures


def medians(commands: dict[str, list[str]], repeats: int) -> dict[str, float]:
    """Time each command in fresh processes, in turn, so that a busy minute falls on all alike."""
    spent: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(repeats):
        for name, command in commands.items():
            spent[name].append(seconds(command))
    return {name: statistics.median(times) for name, times in spent.items()}


def seconds(command: list[str]) -> float:
    """Run a command in an empty folder and return how long it took."""
    with tempfile.TemporaryDirectory() as scratch:
        before = time.perf_counter()
        done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
        spent = time.perf_counter() - before
    if done.returncode:
        raise MmdrpError(f"{' '.join(command)}: {done.stderr[-500:]}")
    return spent


def code_lines(text: str) -> int:
    """Return the number of lines that are neither empty nor a comment."""
    return sum(bool(row.strip()) and not row.lstrip().startswith("#") for row in text.splitlines())
