"""DeepDR from pre-training to enrichment (`make deepdr`), everything anew: minutes of each step."""

import os
import resource
import runpy
import tempfile
from pathlib import Path

from tests.benchmarks._deepdr import REPEATS, studies, tumour_files
from tests.benchmarks._real import ROOT


def main() -> dict[str, float | int | str]:
    studies()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["DEEPDR_OUT"] = str(Path(scratch) / "runs")
        files = Path(scratch) / "raw"
        files.mkdir()
        chain = runpy.run_path(str(ROOT / "docs" / "examples" / "deepdr_chain.py"))
        took: dict[str, float] = chain["run"](str(tumour_files(files)), str(REPEATS))
    peak = max(resource.getrusage(who).ru_maxrss for who in (0, -1)) / 2**20
    minutes = {f"{name}_minutes": seconds / 60 for name, seconds in took.items()}
    return {
        "minutes": sum(minutes.values()), **minutes, "repeats": REPEATS, "peak_gb": peak,
    }  # fmt: skip
