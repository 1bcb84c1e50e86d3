"""GDSC v17 panel, five cell-blind folds: the default model beside drug mean, ridge and forest.

Twice: on the lines that have both expression and copy number (keys without suffix), and on all
lines (suffix ``_all``). ``plain`` is the default without context (``base.context=[]``), ``blind``
the default where no test line's context is known; ``ridge_context`` and ``forest_context`` are
given it. The plain network of ``base=none`` can be measured by OVERRIDES. ``seeds_`` are the base
alone on all lines over three seeds, beside what it was before (``context_noise``). PARTS=all takes
one part: seeds, complete (lines that have both), all.
"""

import json
import os
import re
import shlex
import tempfile
from pathlib import Path

import pandas as pd

from mmdrp.cli import main as mmdrp
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from tests.benchmarks._bases import ASIDE, panel_of
from tests.benchmarks.research import context_noise

MODELS = {
    "model": "model", "blind": "model without context", "drug_mean": "drug_mean", "ridge": "ridge",
    "forest": "forest", "ridge_context": "ridge_context", "forest_context": "forest_context",
}  # fmt: skip


def complete_lines(study: Study) -> list[str]:
    """Lines of the panel with expression and copy number, whose two spellings agree."""
    have = set(study.modality("expression").ids) & set(study.modality("cnv").ids)
    have &= set(study.response("ic50")["cell"])
    return sorted(c for c in have if not re.fullmatch(r"H\d+", c.upper().replace("-", "")))


def evaluated(folder: Path, *overrides: str, few: bool = False) -> dict[str, dict[str, float]]:
    """Train five folds, evaluate them, return the mean scores of each model.

    ``few`` leaves baselines out that take long, and then there is no ``gap``.
    ``gap`` is the difference in MSE from ridge with its 95 % interval over folds (corrected
    resampled t-test, Nadeau & Bengio 2003).
    """
    extra = shlex.split(os.environ.get("OVERRIDES", ""))
    sweep = folder / "sweep"
    words = ["train", "-m", "fold=0,1,2,3,4", f"hydra.sweep.dir={sweep}", *overrides, *extra]
    more = ["baseline=[drug_mean]"] if few else []
    if mmdrp(words) or mmdrp(["evaluate", f"run={sweep}", f"out={folder / 'evaluation'}", *more]):
        raise MmdrpError("the run failed")
    found: dict[str, dict[str, float]] = json.loads(
        (folder / "evaluation" / "metrics.json").read_text()
    )
    if few:
        return found
    gaps = pd.read_csv(folder / "evaluation" / "differences.csv")
    mine = gaps[(gaps["metric"] == "mse") & (gaps["model"] == "model") & (gaps["other"] == "ridge")]
    found["gap"] = {k: float(mine[k].iloc[0]) for k in ("difference", "low", "high", "p")}
    return found


def main() -> dict[str, float | int | str]:
    if mmdrp(["data", "fetch", "study=gdsc"]):
        raise MmdrpError("the study could not be fetched")
    study = Study.read(Path(os.environ.get("MMDRP_DATA", "data")) / "gdsc")
    parts = os.environ.get("PARTS", "seeds,complete,all").split(",")
    figures: dict[str, float | int | str] = {}
    if "seeds" in parts:
        seeds = context_noise.of_seeds(panel_of(study, "ic50", without=ASIDE))
        figures |= {f"seeds_{key}": value for key, value in seeds.items()}
    with tempfile.TemporaryDirectory() as scratch:
        if "complete" in parts:
            listed = Path(scratch) / "lines.txt"
            lines = complete_lines(study)
            listed.write_text("\n".join(lines))
            figures["lines"] = len(lines)
            figures |= beside(Path(scratch) / "complete", f"lines={listed}")
        if "all" in parts:
            found = beside(Path(scratch) / "all")
            figures |= {f"{key}_all": value for key, value in found.items()}
    return figures


def beside(folder: Path, *words: str) -> dict[str, float]:
    """Return the scores of the model and the baselines on some lines, and of it without context."""
    figures: dict[str, float] = {}
    found = evaluated(folder / "run", *words)
    for key, model in MODELS.items():
        if model in found:
            figures[f"{key}_mse"] = found[model]["mse"]
            figures[f"{key}_r"] = found[model]["pearson_per_drug"]
    alone = evaluated(folder / "plain", *words, "base.context=[]", few=True)
    figures["plain_mse"] = alone["model"]["mse"]
    figures["plain_r"] = alone["model"]["pearson_per_drug"]
    figures["forest_ratio"] = found["model"]["mse"] / found["forest"]["mse"]
    return figures | {f"ridge_{k}": v for k, v in found["gap"].items()}
