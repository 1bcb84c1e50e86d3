"""GDSC v17 panel, five cell-blind folds: the closed-form base, and each of its steps left out.

``foretold`` is what leave-one-out on the training lines says of the MSE on unseen ones. The base
reads what the default does; ``_with_racs_msi`` also GDSC's copy-number segments and MSI.
"""

import re

from mmdrp.nn.base.kernel import Kernel
from mmdrp.nn.base.weights import WEIGHTS
from tests.benchmarks._bases import (
    ASIDE,
    Panel,
    cross_validated,
    folds,
    kernel,
    panel_of,
    scored,
    study_of,
)

VARIANTS: dict[str, dict[str, object]] = {
    "": {},
    "_without_fill": {"em_impute": False},
    "_filled_once": {"n_reimpute": 0},
    "_without_sparse": {"marker_threshold": {}},
    "_without_rbf": {"rbf": False},
    "_without_components": {"components": 0},
    "_without_power": {"power": 1.0},
    "_without_tissue": {"tissue": 0.0},
    "_without_mutation": {"weights": {"expression": 1.0}},
    "_without_cnv": {"weights": {n: w for n, w in WEIGHTS.items() if n != "cnv"}},
    "_without_context": {"context_weight": 0.0},
    "_without_line_weights": {"student": None, "measured_power": 0.0},
    "_without_correlated_noise": {"correlated": 0.0},
    "_as_before": {
        "weights": {n: w for n, w in WEIGHTS.items() if n != "cnv"}, "context_weight": 0.0,
        "student": None, "measured_power": 0.0, "correlated": 0.0,
    },
    "_towards_loo": {"loo_share": 0.5},
    "_with_loo_weights": {"weights": "loo"},
}  # fmt: skip


def main() -> dict[str, float | int | str]:
    study = study_of("gdsc")
    have = set(study.modality("expression").ids) & set(study.modality("cnv").ids)

    def keep(line: str) -> bool:
        return line in have and not re.fullmatch(r"H\d+", line.upper().replace("-", ""))

    panel = panel_of(study, "ic50", keep, without=ASIDE)
    figures: dict[str, float | int | str] = {"lines": len(panel.lines), "drugs": len(panel.drugs)}
    asked = {label: (panel, options) for label, options in VARIANTS.items()}
    asked["_with_racs_msi"] = (panel_of(study, "ic50", keep), {})
    for label, (panel, options) in asked.items():

        def make(options: dict[str, object] = options) -> Kernel:
            return kernel(**options)

        found = scored(panel, cross_validated(panel, make))
        figures[f"mse{label}"], figures[f"r{label}"] = found["mse"], found["r"]
    for label in ("", "_filled_once"):
        figures[f"foretold{label}"] = foretold(asked[""][0], VARIANTS[label])
    return figures


def foretold(panel: Panel, options: dict[str, object]) -> float:
    """Return the MSE that leave-one-out on training lines tells of unseen ones, mean of folds."""
    errors = []
    for train, _ in folds(len(panel.y)):
        y = panel.y[train]
        base = kernel(**options).fit(*panel.take(train), y)
        errors.append(float(((y - base.leave_one_out) ** 2).double().nanmean()))
    return sum(errors) / len(errors)
