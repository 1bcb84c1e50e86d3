"""What an evaluation writes and prints beside its long table."""

from pathlib import Path
from typing import Any

import pandas as pd

from mmdrp.cli import runs
from mmdrp.cli.table import show
from mmdrp.stats.compare import differences, friedman_conover

LOWER = {"mse", "rmse", "mae"}
COMPARED = (
    "mse", "rmse", "mae", "r2", "pearson", "pearson_per_drug", "spearman_per_drug",
    "pearson_per_line", "pearson_normalised",
)  # fmt: skip
"""metrics that models are compared on"""
UNIT = ["split", "seed", "fold"]


def write_scores(out: Path, table: pd.DataFrame, fold_ids: list[str]) -> None:
    """Write ``scores.csv`` and ``metrics.json``, and show the mean over folds and seeds."""
    table.to_csv(out / "scores.csv", index=False)
    mean = table.drop(columns=["run", *UNIT]).groupby("model", sort=False).mean()
    metrics = {
        str(model): {str(k): float(v) for k, v in row.items()} for model, row in mean.iterrows()
    }
    runs.write_json(out / runs.METRICS, metrics)
    seeds, folds = table["seed"].nunique(), len(set(fold_ids))
    over = f"{folds} fold{'s' if folds > 1 else ''}"
    show(metrics, f"Test scores, mean over {over}" + (f", {seeds} seeds" if seeds > 1 else ""))


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
    table: pd.DataFrame, fold_ids: list[str], ratio: float, level: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return paired differences of every two models, and ranks with Friedman and Conover."""
    gaps, ranks = [], []
    table = table.assign(unit=[f"{f} {s}" for f, s in zip(fold_ids, table["seed"], strict=True)])
    for metric in COMPARED:
        values = table.pivot(index="unit", columns="model", values=metric)
        values = values[list(dict.fromkeys(table["model"]))]
        gaps.append(differences(values, ratio, level, metric))
        ranked = friedman_conover(values, metric in LOWER)
        if ranked is None:
            continue
        rank = ranked.rank.rename_axis("model").rename("mean_rank").reset_index()
        conover = ranked.pairwise.add_prefix("p_conover ").reset_index(drop=True)
        said: dict[str, Any] = {
            "metric": metric,
            "folds": ranked.folds,
            "friedman": ranked.statistic,
            "p": ranked.p,
        }
        ranks.append(pd.concat([rank, conover], axis=1).assign(**said))
    return pd.concat(gaps), pd.concat(ranks) if ranks else pd.DataFrame()


def show_differences(gaps: pd.DataFrame, level: float) -> None:
    """Print the paired differences in MSE of the first model from every other one."""
    if gaps.empty:
        return
    mine = gaps[(gaps["metric"] == "mse") & (gaps["model"] == gaps["model"].iloc[0])]
    if mine["low"].isna().all():
        return
    print(f"MSE, {mine['model'].iloc[0]} minus the other, {level:.0%} interval over folds")
    for row in mine.itertuples():
        print(
            f"  {row.other!s:<14}{row.difference:>14.4f}  "
            f"[{row.low:.4f}, {row.high:.4f}]  p={row.p:.2g}"
        )
