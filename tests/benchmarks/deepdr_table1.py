"""DeepDR's Table 1 on GDSC v17 and TCGA: median test MSE of every design over shuffles.

DEEPDR_SHUFFLES (10) shuffles; ``_imputed`` keys are scored on imputed values, as the paper does.
"""

from tests.benchmarks._deepdr import compared


def main() -> dict[str, float | int | str]:
    table = compared("deepdr_table1")
    grouped = table.groupby("design", sort=False)
    figures: dict[str, float | int | str] = {"shuffles": int(table["shuffle"].nunique())}
    for score, suffix in (("mse_measured", ""), ("mse_imputed", "_imputed")):
        for design, median in grouped[score].median().items():
            figures[f"{design}{suffix}"] = float(median)
        for design, spread in grouped[score].std().items():
            figures[f"{design}{suffix}_sd"] = float(spread)
    for design, epochs in grouped["epochs"].median().dropna().items():
        figures[f"{design}_epochs"] = float(epochs)
    return figures
