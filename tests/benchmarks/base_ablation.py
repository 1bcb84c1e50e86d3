"""GDSC v17 panel, five cell-blind folds: the closed-form base, and each of its steps left out."""

import re

from mmdrp.nn.base.kernel import Kernel
from tests.benchmarks._bases import cross_validated, kernel, panel_of, scored, study_of

WITHOUT: dict[str, dict[str, object]] = {
    "full": {},
    "fill": {"fill": False},
    "sparse": {"sparse": {}},
    "rbf": {"rbf": False},
    "components": {"components": 0},
    "power": {"power": 1.0},
    "tissue": {"tissue": 0.0},
    "mutation": {"weights": {"expression": 1.0}},
    "loo_weights": {"weights": "loo"},
}


def main() -> dict[str, float | int | str]:
    study = study_of("gdsc")
    have = set(study.modality("expression").ids) & set(study.modality("cnv").ids)
    panel = panel_of(
        study, "ic50", lambda c: c in have and not re.fullmatch(r"H\d+", c.upper().replace("-", ""))
    )
    figures: dict[str, float | int | str] = {"lines": len(panel.lines), "drugs": len(panel.drugs)}
    for name, options in WITHOUT.items():

        def make(options: dict[str, object] = options) -> Kernel:
            return kernel(**options)

        found = scored(panel, cross_validated(panel, make))
        label = "" if name == "full" else f"_without_{name}"
        figures[f"mse{label}"], figures[f"r{label}"] = round(found["mse"], 4), round(found["r"], 4)
    return figures
