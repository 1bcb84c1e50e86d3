"""Kernel weights given or chosen by leave-one-out: GDSC and CTRPv2, cell-blind, three seeds.

Needs both studies in the data folder (MMDRP_DATA). The interval of the difference in MSE (chosen
minus given) is over fifteen folds, corrected for their overlap (Nadeau & Bengio 2003).
"""

import re

import numpy as np

from mmdrp.evaluation.comparison import corrected_t
from mmdrp.nn.base.kernel import Kernel
from tests.benchmarks._bases import Panel, cross_validated, folds, kernel, panel_of, study_in

SEEDS = (0, 1, 2)


def main() -> dict[str, float | int | str]:
    figures: dict[str, float | int | str] = {}
    for name, panel in (("gdsc", gdsc()), ("ctrpv2", panel_of(study_in("ctrpv2"), "auc"))):
        gaps = []
        for seed in SEEDS:
            given, chosen = errors(panel, seed, {}), errors(panel, seed, {"weights": "loo"})
            figures[f"{name}_given_{seed}"] = float(given.mean())
            figures[f"{name}_loo_{seed}"] = float(chosen.mean())
            print(
                f"{name}, seed {seed}: given {given.mean():.5f}, chosen {chosen.mean():.5f}",
                flush=True,
            )
            gaps.append(chosen - given)
        found = corrected_t(np.concatenate(gaps), 0.25)
        figures[f"{name}_difference"] = found.difference
        figures[f"{name}_low"], figures[f"{name}_high"] = found.low, found.high
    return figures


def gdsc() -> Panel:
    """Return the panel of the recipe: lines with expression and copy number."""
    study = study_in("gdsc")
    have = set(study.modality("expression").ids) & set(study.modality("cnv").ids)
    return panel_of(
        study, "ic50", lambda c: c in have and not re.fullmatch(r"H\d+", c.upper().replace("-", ""))
    )


def errors(panel: Panel, seed: int, options: dict[str, object]) -> np.ndarray:
    """Return the MSE of each fold."""

    def make() -> Kernel:
        return kernel(**options)

    square = ((panel.y - cross_validated(panel, make, seed)) ** 2).double()
    return np.array([float(square[test].nanmean()) for _, test in folds(len(panel.y), seed)])
