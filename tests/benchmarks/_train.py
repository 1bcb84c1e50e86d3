"""One ``mmdrp train`` on the real CTRPv2 study, in this process; its scores come back."""

import contextlib
import io
import json
import logging
import sys
import tempfile
import time
from pathlib import Path

from mmdrp.cli import main
from mmdrp.errors import MmdrpError
from tests.benchmarks._bases import study_of

MODALITIES = "modality=[expression,mutation,cnv,rppa,metabolomics,histone,methylation]"


def trained(*words: str, study: str = "ctrpv2") -> dict[str, dict[str, float]]:
    """Train with these options and return model -> score -> value on the test part."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch, contextlib.redirect_stdout(io.StringIO()):
        out = Path(scratch) / "run"
        logging.disable(logging.INFO)
        code = main(["train", f"study={study}",
                     f"study.path={study_of(study).folder}", f"out={out}",
                     *words])  # fmt: skip
        logging.disable(logging.NOTSET)
        if code:
            raise MmdrpError(f"mmdrp train {' '.join(words)} ended with {code}")
        scores: dict[str, dict[str, float]] = json.loads((out / "metrics.json").read_text())
    print(f"{time.monotonic() - started:6.0f} s  {' '.join(words)}", file=sys.stderr)
    return scores


def row(name: str, scores: dict[str, float]) -> str:
    """Return one line of a table: RMSE, r within a drug, r after mean effects."""
    kept = ("rmse", "pearson_per_drug", "pearson_normalised")
    return f"{name:<44}" + "".join(f"{scores.get(k, float('nan')):>10.4f}" for k in kept)
