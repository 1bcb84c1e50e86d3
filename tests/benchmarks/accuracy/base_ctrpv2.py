"""CTRPv2 AUC, five cell-blind folds: the base beside a tuned forest, ridge and the drug mean.

``model_``, ``forest_`` and ``ridge_`` come through the command line on identical rows: a tenth of
the training lines is taken for validation, on which forest and ridge are tuned; ``nr_over_`` are
paired differences over folds with their intervals. ``all_rows_``, ``loo_`` and ``plain_`` (ridge)
are fitted on all training lines, as ``base_ablation`` does. ``seeds_`` are the base on all training
lines over three seeds, beside what it was before (``context_noise``). PARTS=seeds takes one part:
seeds, rows (fitted on all training lines), beside (through the command line).
"""

import json
import os
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from mmdrp.cli import main as mmdrp
from mmdrp.errors import MmdrpError
from mmdrp.nn.base.fitted import Base
from mmdrp.nn.base.mean import Mean
from tests.benchmarks._bases import Panel, cross_validated, kernel, panel_of, scored, study_of
from tests.benchmarks.research import context_noise

RIDGE: dict[str, object] = {
    "weights": {"expression": 1.0}, "marker_threshold": {}, "tissue": 0.0,
    "em_impute": False, "rbf": False,
    "power": 1.0, "components": 0,
}  # fmt: skip
MODELS: dict[str, dict[str, object]] = {"all_rows": {}, "loo": {"weights": "loo"}, "plain": RIDGE}


def main() -> dict[str, float | int | str]:
    study = study_of("ctrpv2")
    panel = panel_of(study, "auc")
    parts = os.environ.get("PARTS", "seeds,rows,beside").split(",")
    figures: dict[str, float | int | str] = {"lines": len(panel.lines), "drugs": len(panel.drugs)}
    if "seeds" in parts:
        seeds = context_noise.of_seeds(panel)
        figures |= {f"seeds_{key}": value for key, value in seeds.items()}
    if "rows" in parts:
        figures |= every_row(panel)
    if "beside" in parts:
        figures |= beside(study.folder, study.modalities)
    return figures


def every_row(panel: Panel) -> dict[str, float]:
    """Return scores of bases fitted on all training lines."""
    figures = {"mean_rmse": float(np.sqrt(scored(panel, cross_validated(panel, Mean))["mse"]))}
    for name, options in MODELS.items():

        def make(options: dict[str, object] = options) -> Base:
            return kernel(**options)

        found = scored(panel, cross_validated(panel, make))
        figures[f"{name}_rmse"] = float(np.sqrt(found["mse"]))
        figures[f"{name}_r"], figures[f"{name}_nr"] = found["r"], found["nr"]
    return figures


def beside(root: Path, modalities: list[str]) -> dict[str, float | int | str]:
    """Train the base alone on five folds by the command line, and evaluate it."""
    words = [
        "study=folder", f"study.path={root}", "response=auc", "response.layout=by_cell",
        "sampler=random", f"modality=[{','.join(modalities)}]", "net=false",
    ]  # fmt: skip
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as scratch:
        sweep, out = Path(scratch) / "sweep", Path(scratch) / "evaluation"
        train = ["train", "-m", "fold=0,1,2,3,4", f"hydra.sweep.dir={sweep}", *words]
        if mmdrp(train) or mmdrp(["evaluate", f"run={sweep}", f"out={out}"]):
            raise MmdrpError("the run failed")
        metrics = json.loads((out / "metrics.json").read_text())
        gaps = pd.read_csv(out / "differences.csv")
    figures: dict[str, float | int | str] = {}
    for name in ("model", "forest", "ridge"):
        figures[f"{name}_rmse"] = metrics[name]["rmse"]
        figures[f"{name}_r"] = metrics[name]["pearson_per_drug"]
        figures[f"{name}_nr"] = metrics[name]["pearson_normalised"]
    mine = gaps[(gaps["metric"] == "pearson_normalised") & (gaps["model"] == "model")]
    for row in mine[mine["other"].isin(["ridge", "forest"])].to_dict("records"):
        figures[f"nr_over_{row['other']}"] = row["difference"]
        figures |= {f"nr_over_{row['other']}_{k}": row[k] for k in ("low", "high")}
    return figures
