"""experiment=deepdr_plus beside experiment=deepdr, same lines: ratio of median test MSE."""

from tests.benchmarks._deepdr import compared, difference


def main() -> dict[str, float | int | str]:
    table = compared("deepdr_plus_table")
    figures: dict[str, float | int | str] = {"repeats": int(table["repeat"].nunique())}
    for score, suffix in (("mse_measured", ""), ("mse_imputed", "_imputed")):
        median = table.groupby("variant")[score].median()
        figures[f"ratio{suffix}"] = float(median["deepdr_plus"] / median["deepdr"])
        for variant in ("deepdr", "deepdr_plus", "drug_mean"):
            figures[f"{variant}{suffix}"] = float(median[variant])
    return figures | difference(table, "deepdr_plus", "deepdr", "mse_measured")
