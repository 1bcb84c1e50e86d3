"""DeepDR's Table 1 on GDSC v17 and TCGA: median test MSE of every variant over repeats.

DEEPDR_REPEATS (10) repeats; ``_imputed`` keys are scored on imputed values, as the paper does.
"""

from tests.benchmarks._deepdr import compared


def main() -> dict[str, float | int | str]:
    table = compared("deepdr_table1")
    grouped = table.groupby("variant", sort=False)
    figures: dict[str, float | int | str] = {"repeats": int(table["repeat"].nunique())}
    for score, suffix in (("mse_measured", ""), ("mse_imputed", "_imputed")):
        for variant, median in grouped[score].median().items():
            figures[f"{variant}{suffix}"] = float(median)
        for variant, spread in grouped[score].std().items():
            figures[f"{variant}{suffix}_sd"] = float(spread)
    for variant, epochs in grouped["epochs"].median().dropna().items():
        figures[f"{variant}_epochs"] = float(epochs)
    return figures
