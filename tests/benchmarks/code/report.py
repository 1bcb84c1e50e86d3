"""The page of `mmdrp report` for 488 drugs: size, time to build and to open, errors, loads."""

import sys
import tempfile
import time
from pathlib import Path

from mmdrp import report
from mmdrp.errors import MmdrpError
from tests.reporting.browser import CHROMIUM, tried
from tests.reporting.pages import (
    HOSTILE,
    attribute_folder,
    evaluate_folder,
    predict_folder,
    train_folder,
)

DRUGS, LINES = 488, 190
"""of CTRPv2, and held-out lines of a fold of five"""


def main() -> dict[str, float]:
    """Build and open the page of a run, its scores, attributions and samples."""
    if CHROMIUM is None:
        raise MmdrpError("chromium is not installed")
    drugs = [*(f"compound {i}" for i in range(DRUGS - 1)), HOSTILE]
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        train_folder(root / "runs" / "panel", drugs, LINES)
        evaluate_folder(root / "runs" / "scores", drugs, "panel")
        attribute_folder(root / "runs" / "features", drugs)
        predict_folder(root / "runs" / "samples", drugs)
        begin = time.perf_counter()
        page = report(root / "runs").write(root / "page.html")
        build = time.perf_counter() - begin
        found = tried(page, root)
        rows = page.read_text(encoding="utf-8").count("<tr>")
        print("\n".join(found["console"]), file=sys.stderr)
        return {
            "mb": page.stat().st_size / 1e6,
            "build_s": build,
            "open_s": found["open_s"],
            "console_errors": len(found["console"]),
            "rows": rows,
            "offline": int(found["loaded"] == 0),
            "tables_sorted": found["sorted"] / found["tables"],
        }
