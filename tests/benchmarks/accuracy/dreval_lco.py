"""drevalpy's own loop, unseen lines: CTRPv2 AUC, 120 drugs, its models and ours on its folds.

``model`` is MMDRP with all omics, ``expression`` with expression alone, ``forest`` 20 trees on
three folds; ``nr`` is r with mean effects taken off both sides. The best peer is the one that is
least behind on the folds it shares. EnsembleMF takes most of an hour: MODELS=MMDRP,EnsembleMF:3.
Needs the extra dreval, and ctrpv2 in the data folder (MMDRP_DATA). About 8 minutes of processor.
"""

from tests.benchmarks._dreval import compare

MODELS = {
    "MMDRP": 5, "MMDRP-expression": 5, "NaiveTissueDrugMeanPredictor": 5, "ElasticNet": 5,
    "RandomForest": 3,
}  # fmt: skip


def main() -> dict[str, float | int | str]:
    """Leave lines out."""
    return compare("LCO", "MMDRP", MODELS)
