"""Unseen lines, three seeds: the base, without context, and without its model of noise as well.

``before`` is the base without context, noise model and copy number kernel; ``permuted`` is told the
context of another line of the same tissue. Differences in MSE of ``base`` from each, and of
``permuted`` from ``no_context``, with their 95 % intervals over the fifteen folds; ``_r_`` is the
mean Pearson per drug. CTRPv2 knows no context (suffix ``_ctrpv2``).
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch

from mmdrp.batch import is_context
from mmdrp.evaluation.comparison import corrected_t
from mmdrp.nn.base.weights import WEIGHTS
from tests.benchmarks._bases import (
    ASIDE,
    Panel,
    cross_validated,
    folds,
    kernel,
    panel_of,
    scored,
    study_in,
)

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
        panel = panel_of(study_in(name), measure, without=ASIDE)
        figures |= {f"{key}{suffix}": v for key, v in of_seeds(panel).items()}
    return figures


def of_seeds(panel: Panel) -> dict[str, float]:
    """Return scores of each variant and seed, and how far the base is from the others."""
    context = any(map(is_context, panel.inputs))
    known = {k: v for k, v in VARIANTS.items() if context or k != "no_context"}
    figures, errors = dict[str, float](), dict[str, list[float]]()
    for seed in SEEDS:
        told = {name: (panel, options) for name, options in known.items()}
        if context:
            told["permuted"] = (permuted(panel, seed), {})
        for name, (one, options) in told.items():
            values, figures[f"{name}_r_{seed}"] = by_fold(one, options, seed)
            figures[f"{name}_mse_{seed}"] = float(np.mean(values))
            errors.setdefault(name, []).extend(values)
    for name, values in errors.items():
        figures[f"{name}_mse"] = float(np.mean(values))
        figures[f"{name}_rmse"] = figures[f"{name}_mse"] ** 0.5
        if name != "base":
            figures |= change(f"minus_{name}", errors["base"], values)
    if context:
        figures |= change("permuted_minus_no_context", errors["permuted"], errors["no_context"])
    return figures


def change(name: str, one: list[float], other: list[float]) -> Mapping[str, float]:
    """Return the difference in MSE over folds with its interval."""
    gap = corrected_t(np.array(one) - np.array(other), 1 / 4)
    return {f"{name}_{key}": getattr(gap, key) for key in ("difference", "low", "high")}


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


def by_fold(panel: Panel, options: dict[str, object], seed: int) -> tuple[list[float], float]:
    """Return the MSE of each cell-blind fold, and the mean Pearson per drug over all lines."""
    pred = cross_validated(panel, lambda: kernel(**options), seed)
    out = []
    for _, test in folds(len(panel.y), seed):
        y = panel.y[test]
        seen = torch.isfinite(y)
        out.append(float(((y - pred[test])[seen].double() ** 2).mean()))
    return out, scored(panel, pred)["r"]
