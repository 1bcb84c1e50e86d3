"""experiment=deepdr_plus beside experiment=deepdr, same shuffles: ratio of median test MSE."""

from tests.benchmarks._deepdr import compared, difference


def main() -> dict[str, float | int | str]:
    table = compared("deepdr_plus_table")
    figures: dict[str, float | int | str] = {"shuffles": int(table["shuffle"].nunique())}
    for score, suffix in (("mse_measured", ""), ("mse_imputed", "_imputed")):
        median = table.groupby("design")[score].median()
        figures[f"ratio{suffix}"] = float(median["deepdr_plus"] / median["deepdr"])
        for design in ("deepdr", "deepdr_plus", "drug_mean"):
            figures[f"{design}{suffix}"] = float(median[design])
    return figures | difference(table, "deepdr_plus", "deepdr", "mse_measured")
