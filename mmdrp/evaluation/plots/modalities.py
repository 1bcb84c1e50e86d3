"""Errors by which modalities a line has, model beside model."""

import pandas as pd
from matplotlib.figure import Figure

from mmdrp.data.plots.upset import modality_sets
from mmdrp.errors import OptionError


def performance_by_modalities(long: pd.DataFrame, most: int = 12) -> Figure:
    """Draw each model's RMSE on lines that have one set of modalities, the most frequent sets.

    ``long`` is that of an evaluation; folds count by their rows. Raises OptionError where lines
    were not told apart by modality.
    """
    table = long[(long["scope"] == "presence") & (long["metric"] == "mse")]
    if table.empty:
        raise OptionError("modalities: no scores by set of modalities in this evaluation")
    weighted = table.assign(sum=table["value"] * table["n"])
    total = weighted.groupby(["id", "model"], sort=False)[["sum", "n"]].sum()
    scores = (total["sum"] / total["n"]).pow(0.5).unstack("model")
    models = list(dict.fromkeys(table["model"]))
    counts = total["n"].groupby("id").max().astype(int)
    title = f"Error by what a line has, n = {counts.sum():,} responses"
    return modality_sets(
        counts, title, "responses", most=most, scores=scores[models[:6]],
        metric="RMSE (unit of the response)",
    )  # fmt: skip
