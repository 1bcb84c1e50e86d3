"""A benchmark written in R, run and read."""

import shutil
import subprocess
from pathlib import Path

from mmdrp.errors import MmdrpError

ROOT = Path(__file__).parents[2]


def figures_of(script: str, *words: str) -> dict[str, float | int | str]:
    """Run ``R/bench/<script>.R`` and return the key=value pairs of its last line."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        raise MmdrpError("Rscript is not installed; see docs/r.md")
    command = [rscript, str(ROOT / "R" / "bench" / f"{script}.R"), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise MmdrpError(f"{script}.R failed: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
    last = done.stdout.strip().splitlines()[-1].split()[1:]
    figures: dict[str, float | int | str] = {}
    for pair in last:
        key, _, value = pair.partition("=")
        figures[key] = value
    return figures
