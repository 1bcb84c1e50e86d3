"""Baselines that read no features: a model that is not better has learned nothing of lines."""

import numpy as np
import pandas as pd

from mmdrp.evaluation.baselines.fold_data import Array, FoldData
from mmdrp.evaluation.metrics import effects, group_mean


def global_mean(fold_data: FoldData) -> Array:
    """Predict the mean of all training rows, (n,)."""
    return np.full(len(fold_data.test), fold_data.measured["y"].mean())


def drug_mean(fold_data: FoldData) -> Array:
    """Predict the training mean of each drug, (n,); the grand mean where the drug is unseen."""
    return group_mean(fold_data.measured, fold_data.test, "drug")


def line_mean(fold_data: FoldData) -> Array:
    """Predict the training mean of each line, (n,); the grand mean where the line is unseen."""
    return group_mean(fold_data.measured, fold_data.test, "cell")


def tissue_mean(fold_data: FoldData) -> Array:
    """Predict the training mean of each drug in the line's tissue, (n,), else the drug's mean."""
    train, rows = (_with_tissue(fold_data, f) for f in (fold_data.measured, fold_data.test))
    mean = train.dropna(subset="tissue").groupby(["tissue", "drug"])["y"].mean().rename("mean")
    pred = rows.join(mean, on=["tissue", "drug"])["mean"].to_numpy(float)
    return np.where(np.isfinite(pred), pred, drug_mean(fold_data))


def mean_effects(fold_data: FoldData) -> Array:
    """Predict grand mean + drug effect + line effect, (n,) (DrEval)."""
    return effects(fold_data.measured, fold_data.test)


def _with_tissue(fold_data: FoldData, rows: pd.DataFrame) -> pd.DataFrame:
    tissue = pd.Series(dtype=object) if fold_data.tissue is None else fold_data.tissue
    return rows.assign(tissue=rows["cell"].map(tissue))
