"""Tables made of the scores of all models and folds: summaries, paired differences, ranks."""

from collections.abc import Sequence

import pandas as pd

from mmdrp.evaluation.comparison import differences, friedman_conover
from mmdrp.evaluation.metrics import INTERVAL

LOWER = {"mse", "rmse", "mae"}
"""metrics of which less is better"""
COMPARED = (
    "mse", "rmse", "mae", "r2", "pearson", "pearson_per_drug", "spearman_per_drug",
    "pearson_per_line", "pearson_normalised",
)  # fmt: skip
"""metrics that models are compared on"""
UNIT = ["split", "seed", "fold"]


def means(scores: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return model -> metric -> mean over folds and seeds, models in their order.

    Scores of intervals are those of models that have any.
    """
    mean = scores.drop(columns=["run", *UNIT]).groupby("model", sort=False).mean()
    return {
        str(model): {
            str(k): float(v) for k, v in row.items() if k not in INTERVAL or not pd.isna(v)
        }
        for model, row in mean.iterrows()
    }


def per_drug(long: pd.DataFrame) -> pd.DataFrame:
    """Return one row per model, fold and drug, metrics as columns."""
    mine = long[long["scope"] == "drug"].rename(columns={"id": "drug"})
    index = ["model", *UNIT, "drug", "n"]
    wide = mine.pivot(index=index, columns="metric", values="value").reset_index()
    return wide.rename_axis(columns=None)


def summary(long: pd.DataFrame) -> pd.DataFrame:
    """Return mean and spread per model, scope and metric.

    Within a fold the mean over drugs, lines, ... is taken; a constant prediction, which has no
    correlation, counts 0. ``sd_folds`` is over folds (and seeds), ``sd_seeds`` over the seeds'
    means.
    """
    keys = ["model", "scope", "metric"]
    # Presence patterns are different questions: their mean would say nothing.
    long = long.assign(value=long["value"].fillna(0.0), id=long["id"].where(_apart(long), "mean"))
    unit = long.groupby([*keys, "id", *UNIT], sort=False)["value"].agg(["mean", "size"])
    unit = unit.reset_index()
    whole = unit.groupby([*keys, "id"], sort=False)
    seeds = unit.groupby([*keys, "id", "seed"], sort=False)["mean"].mean()
    per_seed = seeds.groupby([*keys, "id"], sort=False)
    return pd.DataFrame(
        {
            "mean": whole["mean"].mean(),
            "sd_folds": whole["mean"].std(),
            "sd_seeds": per_seed.std(),
            "folds": whole["mean"].size(),
            "seeds": per_seed.size(),
            "groups": whole["size"].mean(),
        }
    ).reset_index()


def _apart(long: pd.DataFrame) -> pd.Series:
    return long["scope"].isin(["pooled", "presence"])


def compared(
    scores: pd.DataFrame, fold_ids: Sequence[str], ratio: float, level: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return paired differences of every two models, and ranks with Friedman and Conover.

    ``fold_ids`` tell which rows of ``scores`` are one fold; ``ratio`` is test / training.
    """
    gaps, ranks = [], []
    units = [f"{f} {s}" for f, s in zip(fold_ids, scores["seed"], strict=True)]
    table = scores.assign(unit=units)
    for metric in COMPARED:
        values = table.pivot(index="unit", columns="model", values=metric)
        values = values[list(dict.fromkeys(table["model"]))]
        gaps.append(differences(values, ratio, level, metric))
        ranked = friedman_conover(values, metric in LOWER)
        if ranked is None:
            continue
        rank = ranked.rank.rename_axis("model").rename("mean_rank").reset_index()
        conover = ranked.pairwise.add_prefix("p_conover ").reset_index(drop=True)
        rank = pd.concat([rank, conover], axis=1)
        rank["metric"], rank["folds"] = metric, ranked.folds
        rank["friedman"], rank["p"] = ranked.statistic, ranked.p
        ranks.append(rank)
    return (
        pd.concat(gaps, ignore_index=True),
        pd.concat(ranks, ignore_index=True) if ranks else pd.DataFrame(),
    )
