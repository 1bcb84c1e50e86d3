"""Folders of ``mmdrp evaluate``: scores beside baselines, and what test may know."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mmdrp.reporting.chapters.training import unit_of
from mmdrp.reporting.charts import bars, histogram
from mmdrp.reporting.folders import Folder
from mmdrp.reporting.numbers import figure, table_of
from mmdrp.reporting.page import Block, Figure, Head, Section, Table, Text
from mmdrp.reporting.pictures import pictures

SCORES = {
    "model": "",
    "mse": "mean squared error; lower is better",
    "rmse": "its root, in the unit of the response",
    "pearson_per_drug": "Pearson's r within each drug, mean over drugs: does it order lines?",
    "spearman_per_drug": "the same with ranks",
    "pearson_normalised": "r after the mean effects of drugs and lines are taken out",
    "coverage": "per cent of responses inside the interval; meant to be 90",
    "width": "mean width of the interval",
    "n": "responses scored",
    "folds": "folds that the figures are means over",
}
GROUPS = ("mse", "rmse", "pearson", "spearman", "coverage")
MAX_LEAKS = 200


def scores(folders: Sequence[Folder], every: Sequence[Folder]) -> list[Section]:
    """Return the sections of an evaluation."""
    folder = folders[0]
    table = folder.frame("scores.csv", "run", "model", text=("run", "model"))
    long = folder.frame("evaluation.parquet", "model", "scope", "id", "metric", "value", "n")
    assert long is not None
    runs = set(table["run"]) if table is not None else set()
    unit = unit_of([f for f in every if f.kind == "train" and f.name in runs])
    sections = [] if table is None else [Section("Scores beside baselines", _means(table, unit))]
    return [
        *sections,
        Section("Is the difference real?", _differences(folder, unit)),
        Section("Per drug", _per(long, "drug", unit)),
        Section("Per tissue", _per(long, "tissue", unit)),
        Section("Per set of modalities that a line has", _sets(folder, long, unit)),
        Section("Leakage", _leakage(folder)),
    ]


def _sets(folder: Folder, long: pd.DataFrame, unit: str) -> list[Block]:
    """Return a table of scores per set, and the picture where an evaluation drew one."""
    there = (folder.path / "modalities.png").exists()
    drawn = pictures(folder, "modalities.png", "error by what a line has") if there else []
    return [*_per(long, "presence", unit), *drawn]


def _means(table: pd.DataFrame, unit: str) -> list[Block]:
    mean = table.groupby("model", sort=False).mean(numeric_only=True).reset_index()
    mean["folds"] = mean["model"].map(table.groupby("model")["fold"].nunique())
    title = f"Mean squared error of {len(mean)} models ({unit}, squared)"
    ordered = mean.sort_values("mse")
    drawn = bars(ordered["model"].tolist(), ordered["mse"].tolist(), "mean squared error", title)
    return [
        table_of(mean, f"Test scores, means over folds; errors in {unit}", SCORES),
        Figure(drawn, f"{title}; shorter is better."),
    ]


def _differences(folder: Folder, unit: str) -> list[Block]:
    table = folder.frame("differences.csv", "metric", "model", "other", "difference", "low", "high",
                         text=("metric", "model", "other"))  # fmt: skip
    if table is None or table.empty:
        return [Text("Not in this folder: one model alone has nothing to differ from.", True)]
    first = table[(table["model"] == table["model"].iloc[0])]
    about = {
        "metric": "", "other": "the model it stands beside", "difference": "first minus other",
        "low": "of the interval", "high": "of the interval", "p": "corrected resampled t-test",
        "folds": "",
    }  # fmt: skip
    name = str(table["model"].iloc[0])
    blocks: list[Block] = [table_of(first, f"{name} minus each other model", about)]
    part = first[first["metric"] == "mse"]
    if part["low"].isna().all():
        few = "One fold alone has no interval: train several (mmdrp train -m fold=0,1,2,3,4)."
        blocks.append(Text(few, missing=True))
    if len(part):
        title = f"Mean squared error of {name} minus that of each other ({unit}, squared)"
        drawn = bars(part["other"].tolist(), part["difference"].tolist(), "difference", title,
                     part["low"].tolist(), part["high"].tolist())  # fmt: skip
        blocks.append(
            Figure(drawn, f"{title}; to the left, {name} is better. Lines are intervals.")
        )
    return blocks


def _per(long: pd.DataFrame, scope: str, unit: str) -> list[Block]:
    part = long[(long["scope"] == scope) & (long["id"] != "mean")]
    if part.empty:
        return [Text(f"Not in this folder: no scores per {scope}.", missing=True)]
    model = str(long["model"].iloc[0])
    others = [m for m in part["model"].unique() if m != model]
    own = part[part["model"] == model]
    wide = own.pivot_table(index="id", columns="metric", values="value").reindex(columns=[*GROUPS])
    wide.insert(0, "n", own[own["metric"] == "mse"].groupby("id")["n"].sum())
    metric = "mse"
    rest = part[part["model"].isin(others) & (part["metric"] == metric)]
    if len(rest):
        means = rest.pivot_table(index="id", columns="model", values="value")
        wide["best other"] = means.min(axis=1)
        wide["which"] = means.idxmin(axis=1)
    frame = wide.sort_values("n", ascending=False).reset_index().rename(columns={"id": scope})
    about = {
        scope: "modalities of the lines" if scope == "presence" else "", "n": "responses",
        "mse": "mean squared error", "rmse": f"its root, {unit}", "pearson": "Pearson's r",
        "spearman": "rank correlation", "coverage": "per cent inside the interval",
        "best other": "the least MSE of the other models", "which": "that model",
    }  # fmt: skip
    blocks: list[Block] = [table_of(frame, f"Scores of {model} per {scope}", about,
                                    {"presence": "modalities"})]  # fmt: skip
    if scope == "drug":
        r = frame["pearson"].dropna().to_numpy(np.float64)
        if len(r):
            title = f"Pearson's r of {model} within each of {len(r)} drugs"
            drawn = histogram(r, "Pearson's r within a drug", title)
            blocks.insert(0, Figure(drawn, f"{title}; median {figure(float(np.median(r)))}."))
        return blocks
    shown = frame.head(30)
    names = [f"{name} (n={n:.0f})" for name, n in zip(shown[scope], shown["n"], strict=True)]
    title = f"Root mean squared error of {model} per {scope} ({unit})"
    drawn = bars(names, shown["rmse"].tolist(), f"RMSE ({unit})", title)
    return [*blocks, Figure(drawn, f"{title}; n is the number of responses.")]


def _leakage(folder: Folder) -> list[Block]:
    counts = folder.json("leakage.json")
    if not counts:
        return [Text("Not in this folder: leakage was not looked for.", missing=True)]
    rows = [
        (kind.replace("_", " "), ", ".join(f"{k}: {v}" for k, v in pairs.items()) or "none")
        for kind, pairs in counts.items() if isinstance(pairs, dict)
    ]  # fmt: skip
    heads = [Head("kind"), Head("between parts of the folds")]
    blocks: list[Block] = [Table("What test may know from training", heads, rows)]
    names = folder.frame("leakage.csv", "kind", "one", "other", text=("kind", "one", "part",
                                                                      "other"))  # fmt: skip
    if names is not None and len(names):
        few = f" (the first {MAX_LEAKS})" if len(names) > MAX_LEAKS else ""
        about = {"one": "", "part": "", "other": "", "other_part": "", "kind": "", "value":
                 "correlation of expression, where it is that", "fold": ""}  # fmt: skip
        blocks.append(table_of(names.head(MAX_LEAKS), f"{len(names)} cases by name{few}", about))
    return blocks
