"""drevalpy's own loop, unseen drugs: CTRPv2 AUC, 96 drugs to learn from, its models and ours.

``model`` is MMDRP-expression: drugs by MiniMol's embedding where the extra minimol is installed,
``without_minimol`` by Morgan bits; neither is told targets. ``forest`` is 20 trees on two folds;
``rmse_minus_mean_effects`` has a 95 % interval over folds, corrected for their overlap.
Needs the extra dreval, and ctrpv2 in the data folder (MMDRP_DATA). About 6 minutes of processor.
"""

from tests.benchmarks._dreval import compare

MODELS = {
    "MMDRP-expression": 5, "MMDRP-expression+morgan": 5, "ElasticNet": 5, "RandomForest": 2,
}  # fmt: skip


def main() -> dict[str, float | int | str]:
    """Leave drugs out."""
    return compare("LDO", "MMDRP-expression", MODELS)
