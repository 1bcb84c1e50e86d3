"""Score tables on screen."""

from collections.abc import Mapping

COLUMNS = {
    "mse": "MSE",
    "rmse": "RMSE",
    "pearson": "r",
    "pearson_per_drug": "r per drug",
    "spearman_per_drug": "rho per drug",
    "pearson_normalised": "r normalised",
}


def show(scores: Mapping[str, Mapping[str, float]], title: str) -> None:
    """Print one row per model."""
    print(title)
    width = max([14, *(len(model) + 1 for model in scores)])
    print(f"  {'':<{width}}" + "".join(f"{label:>14}" for label in COLUMNS.values()))
    for model, values in scores.items():
        cells = "".join(f"{values[key]:>14.4f}" for key in COLUMNS)
        print(f"  {model:<{width}}{cells}")
