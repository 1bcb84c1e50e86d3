"""CTRPv2 AUC, five cell-blind folds: the base with given weights, with chosen ones, and ridge."""

import numpy as np

from mmdrp.nn.base.fitted import Base
from mmdrp.nn.base.mean import Mean
from tests.benchmarks._bases import cross_validated, kernel, panel_of, scored, study_of

RIDGE: dict[str, object] = {
    "weights": {"expression": 1.0}, "sparse": {}, "tissue": 0.0, "fill": False, "rbf": False,
    "power": 1.0, "components": 0,
}  # fmt: skip
MODELS: dict[str, dict[str, object]] = {"model": {}, "loo": {"weights": "loo"}, "ridge": RIDGE}


def main() -> dict[str, float | int | str]:
    panel = panel_of(study_of("ctrpv2"), "auc")
    figures: dict[str, float | int | str] = {"lines": len(panel.lines), "drugs": len(panel.drugs)}
    figures["mean_rmse"] = float(np.sqrt(scored(panel, cross_validated(panel, Mean))["mse"]))
    for name, options in MODELS.items():

        def make(options: dict[str, object] = options) -> Base:
            return kernel(**options)

        found = scored(panel, cross_validated(panel, make))
        figures[f"{name}_rmse"] = float(np.sqrt(found["mse"]))
        figures[f"{name}_r"], figures[f"{name}_nr"] = found["r"], found["nr"]
    return figures
