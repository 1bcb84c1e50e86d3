"""Baselines by name: what ``evaluate(baselines=[...])`` may choose."""

from collections.abc import Callable, Mapping

from mmdrp.evaluation.baselines.fold_data import Array
from mmdrp.evaluation.baselines.means import (
    drug_mean,
    global_mean,
    line_mean,
    mean_effects,
    tissue_mean,
)
from mmdrp.evaluation.baselines.models import boosting, elastic_net, forest, kernel_ridge, ridge
from mmdrp.registry import register

BASELINES: Mapping[str, Callable[..., Array]] = {
    "global_mean": global_mean,
    "drug_mean": drug_mean,
    "line_mean": line_mean,
    "tissue_mean": tissue_mean,
    "mean_effects": mean_effects,
    "ridge": ridge,
    "elastic_net": elastic_net,
    "kernel_ridge": kernel_ridge,
    "forest": forest,
    "boosting": boosting,
}
MEANS = ("global_mean", "drug_mean", "line_mean", "tissue_mean", "mean_effects")
"""those that read no features"""

for _name, _baseline in BASELINES.items():
    register("baseline", _name, _baseline)
