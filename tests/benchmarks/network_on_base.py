"""CTRPv2: what ``mmdrp train``'s network adds to the base, on unseen lines and on unseen drugs.

Five folds of each SEEDS (default 0). The network is kept wherever its best epoch is lower on
validation at all (margin=0); nothing is refitted. ``kept`` counts those folds, ``sure`` those in
which it would be kept by default too. CASES chooses among the cases.
"""

import contextlib
import io
import json
import logging
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

from mmdrp.cli import main as mmdrp
from mmdrp.errors import MmdrpError
from mmdrp.stats.compare import corrected_t
from tests.benchmarks._bases import study_of

SAME = (
    "study=ctrpv2", "response=auc", "modality=[expression,rppa,metabolomics]", "refit=false",
    "trainer.max_epochs=12", "patience=4", "batch_size=8192",
)  # fmt: skip
CASES = {
    "lines_concat": ("split=cell",),
    "lines_attention": ("split=cell", "fusion=attention"),
    "drugs_morgan": ("split=drug",),
    "drugs_graph": ("split=drug", "drug=graph"),
    "drugs_graph_no_targets": ("split=drug", "drug=graph", "drug_targets=false"),
}


def main() -> dict[str, float | int | str]:
    root = study_of("ctrpv2").root
    seeds = [int(s) for s in os.environ.get("SEEDS", "0").split(",")]
    figures: dict[str, float | int | str] = {"folds": 5 * len(seeds)}
    for case in os.environ.get("CASES", ",".join(CASES)).split(","):
        alone, learned, kept, sure = [], [], 0, 0
        for seed in seeds:
            for fold in range(5):
                words = (*SAME, f"study.path={root}", f"seed={seed}", f"fold={fold}", *CASES[case])
                alone.append(trained(*words, "net=false")[0])
                mse, gain = trained(*words, "margin=0")
                learned.append(mse)
                kept, sure = kept + (gain > 0), sure + (gain > 2)
                print(
                    f"{case} seed {seed} fold {fold}: base alone {alone[-1]:.4f}, with the network "
                    f"{mse:.4f}, gain on validation {gain:.2f} standard errors",
                    file=sys.stderr, flush=True,
                )  # fmt: skip
        found = corrected_t(np.array(alone) - np.array(learned), 1 / 4)
        figures |= {
            f"{case}_base_mse": float(np.mean(alone)),
            f"{case}_gain": found.difference,
            f"{case}_low": found.low,
            f"{case}_high": found.high,
            f"{case}_kept": kept,
            f"{case}_sure": sure,
        }
    return figures


def trained(*words: str) -> tuple[float, float]:
    """Return the test MSE, and the network's gain on validation in standard errors."""
    with tempfile.TemporaryDirectory() as scratch, contextlib.redirect_stdout(io.StringIO()):
        out = Path(scratch) / "run"
        logging.disable(logging.INFO)
        code = mmdrp(["train", f"out={out}", *words])
        logging.disable(logging.NOTSET)
        if code:
            raise MmdrpError(f"mmdrp train {' '.join(words)} ended with {code}")
        mse = float(json.loads((out / "metrics.json").read_text())["model"]["mse"])
        choice = json.loads((out / "run.json").read_text())["network"]
    gain = choice["base_alone"] - choice["with_network"]
    return mse, gain / choice["standard_error"] if choice["standard_error"] else 0.0
