"""What pre-training on tumours gains: test MSE of DeepDR minus that of random initialisation.

Negative: pre-training helps. Interval: corrected resampled t-test over the repeats of Table 1.
"""

from tests.benchmarks._deepdr import compared, difference


def main() -> dict[str, float | int | str]:
    table = compared("deepdr_table1")
    figures: dict[str, float | int | str] = {"repeats": int(table["repeat"].nunique())}
    for score, suffix in (("mse_measured", ""), ("mse_imputed", "_imputed")):
        found = difference(table, "deepdr", "random_init", score)
        figures |= {f"{name}{suffix}": value for name, value in found.items()}
    epochs = table.groupby("variant")["epochs"].median()
    figures["epochs"], figures["epochs_random"] = epochs["deepdr"], epochs["random_init"]
    return figures
