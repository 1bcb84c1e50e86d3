"""Unseen lines, three seeds: the base, without context, and without its model of noise as well.

``before`` is the base without context, noise model and copy number kernel; ``permuted`` is told the
context of another line of the same tissue. Differences in MSE with
their 95 % intervals over the fifteen folds; CTRPv2 knows no context (suffix ``_ctrpv2``).
"""

from dataclasses import replace

import numpy as np
import torch

from mmdrp.batch import is_context
from mmdrp.evaluation.comparison import corrected_t
from mmdrp.nn.base.weights import WEIGHTS
from tests.benchmarks._bases import Panel, cross_validated, folds, kernel, panel_of, study_in

SEEDS = (0, 1, 2)
VARIANTS: dict[str, dict[str, object]] = {
    "base": {},
    "no_context": {"context_weight": 0.0},
    "before": {
        "context_weight": 0.0, "student": None, "measured_power": 0.0, "correlated": 0.0,
        "weights": {name: weight for name, weight in WEIGHTS.items() if name != "cnv"},
    },
}  # fmt: skip


def main() -> dict[str, float | int | str]:
    figures: dict[str, float | int | str] = {}
    for name, measure, suffix in (("gdsc", "ic50", ""), ("ctrpv2", "auc", "_ctrpv2")):
        panel = panel_of(study_in(name), measure)
        known = {k: v for k, v in VARIANTS.items() if not suffix or k != "no_context"}
        errors = {k: np.array([e for s in SEEDS for e in by_fold(panel, v, s)])
                  for k, v in known.items()}  # fmt: skip
        if not suffix:
            errors["permuted"] = np.array(
                [e for s in SEEDS for e in by_fold(permuted(panel, s), {}, s)]
            )
        for variant, values in errors.items():
            for i, seed in enumerate(SEEDS):
                figures[f"{variant}_mse_{seed}{suffix}"] = float(values[5 * i : 5 * i + 5].mean())
            if variant != "base":
                gap = corrected_t(errors["base"] - values, 1 / 4)
                for key in ("difference", "low", "high"):
                    figures[f"minus_{variant}_{key}{suffix}"] = getattr(gap, key)
    return figures


def permuted(panel: Panel, seed: int) -> Panel:
    """Return the panel with the context of lines dealt out anew within each tissue."""
    tissue = panel.inputs["tissue"].argmax(1).numpy()
    rng = np.random.default_rng(seed)
    order = np.arange(len(tissue))
    for kind in np.unique(tissue):
        members = np.flatnonzero(tissue == kind)
        order[members] = rng.permutation(members)
    inputs, present = dict(panel.inputs), dict(panel.present)
    for name in filter(is_context, panel.inputs):
        inputs[name], present[name] = panel.inputs[name][order], panel.present[name][order]
    return replace(panel, inputs=inputs, present=present)


def by_fold(panel: Panel, options: dict[str, object], seed: int) -> list[float]:
    """Return the MSE of each cell-blind fold."""
    pred = cross_validated(panel, lambda: kernel(**options), seed)
    out = []
    for _, test in folds(len(panel.y), seed):
        y = panel.y[test]
        seen = torch.isfinite(y)
        out.append(float(((y - pred[test])[seen].double() ** 2).mean()))
    return out
