"""What ``mmdrp train``'s network adds to the base, on unseen lines and on unseen drugs.

Five folds of each SEEDS (default 0). The network is kept wherever its best epoch is lower on
validation at all (margin=0); nothing is refitted. ``kept`` counts those folds, ``sure`` those in
which it would be kept by default too. CASES chooses among the cases: CTRPv2, and GDSC's AUC with
the options of the demo. Needs the studies in the data folder (MMDRP_DATA).
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
from mmdrp.evaluation.comparison import corrected_t
from tests.benchmarks._bases import study_in

CTRPV2 = (
    "study=ctrpv2", "modality=[expression,rppa,metabolomics]",
    "trainer.max_epochs=12", "patience=4", "batch_size=8192",
)  # fmt: skip
CASES = {
    "lines_concat": (*CTRPV2, "split=cell"),
    "lines_attention": (*CTRPV2, "split=cell", "fusion=attention"),
    "drugs_morgan": (*CTRPV2, "split=drug"),
    "drugs_graph": (*CTRPV2, "split=drug", "drug=graph"),
    "drugs_graph_no_targets": (*CTRPV2, "split=drug", "drug=graph", "drug_targets=false"),
    "gdsc_lines": ("study=gdsc", "trainer.max_epochs=30"),
}


def main() -> dict[str, float | int | str]:
    seeds = [int(s) for s in os.environ.get("SEEDS", "0").split(",")]
    figures: dict[str, float | int | str] = {"folds": 5 * len(seeds)}
    for case in os.environ.get("CASES", ",".join(CASES)).split(","):
        alone, learned, kept, sure = [], [], 0, 0
        root = study_in("gdsc" if case.startswith("gdsc") else "ctrpv2").root
        for seed in seeds:
            for fold in range(5):
                words = (*CASES[case], "response=auc", "refit=false", f"study.path={root}",
                         f"seed={seed}", f"fold={fold}")  # fmt: skip
                alone.append(trained(*words, "net=false")[0])
                mse, gain = trained(*words, "margin=0")
                learned.append(mse)
                kept, sure = kept + (gain > 0), sure + (gain > 2)
                print(
                    f"{case} seed {seed} fold {fold}: base alone {alone[-1]:.6g}, with the network "
                    f"{mse:.6g}, gain on validation {gain:.2f} standard errors",
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
