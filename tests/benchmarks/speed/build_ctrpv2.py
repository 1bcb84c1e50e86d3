"""The CTRPv2 study from real release files: lines, compounds, pairs, what did not map, seconds."""

import re
import tempfile
import time
from pathlib import Path

from mmdrp.data.ingest.screens.ctrpv2 import build
from tests.benchmarks._real import raw


def main() -> dict[str, float | int | str]:
    with tempfile.TemporaryDirectory() as scratch:
        start = time.perf_counter()
        study = build(Path(scratch) / "study", raw())
        seconds = time.perf_counter() - start
        pairs = study.response("auc")
        figures: dict[str, float | int | str] = {
            "lines": len(study.cells),
            "compounds": len(study.drugs),
            "pairs": len(pairs),
        }
        for name in study.modalities:
            figures[name] = len(study.modality(name).ids)
    for note in study.manifest.notes:
        found = re.match(r"(\w+)[^:]*: (\d+) lines have no DepMap id", note)
        if found:
            figures[f"unmapped_{found[1].lower()}"] = int(found[2])
    return {**figures, "seconds": seconds}
