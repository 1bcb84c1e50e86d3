"""Baselines of several outputs at work: lines x drugs under each candidate setting."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics.pairwise import euclidean_distances

from mmdrp.evaluation.baselines.fold_data import (
    FoldData,
    design,
    matrix,
    predicted_lines,
    standardised,
    with_expression,
)
from mmdrp.evaluation.baselines.small_trees import MIN_LEAF, Bins, boosted_stages
from mmdrp.evaluation.baselines.workers import side_by_side


def kernel_ridge_tables(
    fold_data: FoldData, settings: Sequence[tuple[float, float]]
) -> Iterator[pd.DataFrame]:
    """Yield kernel ridge under each (gamma, penalty); distances are computed once."""
    y = with_expression(fold_data)
    x = standardised(fold_data, y.index)
    asked = predicted_lines(fold_data, x)
    x_train, x_asked = x.loc[y.index].to_numpy(), x.loc[asked].to_numpy()
    mean = y.mean()
    filled = (y.fillna(mean) - mean).to_numpy(float)
    inner = euclidean_distances(x_train, squared=True)
    cross = euclidean_distances(x_asked, x_train, squared=True)
    for gamma, penalty in settings:
        scale = -gamma / x.shape[1]
        model = KernelRidge(alpha=penalty, kernel="precomputed")
        pred = model.fit(np.exp(scale * inner), filled).predict(np.exp(scale * cross))
        yield pd.DataFrame(pred + mean.to_numpy(float), index=asked, columns=y.columns)


def fitted_tables(
    fold_data: FoldData, components: int, models: Sequence[Any]
) -> Iterator[pd.DataFrame]:
    """Yield each multi-output scikit-learn model on components, drivers and tissue."""
    y = matrix(fold_data.train)
    x = design(fold_data, y.index, components)
    asked = predicted_lines(fold_data, x)
    x_train, x_asked = (x.loc[i].to_numpy(np.float32) for i in (y.index, asked))
    filled = y.fillna(y.mean()).to_numpy(np.float32)
    for model in models:
        pred = model.fit(x_train, filled).predict(x_asked).reshape(len(asked), -1)
        yield pd.DataFrame(pred, index=asked, columns=y.columns)


def boosted(seed: int, leaves: int, rounds: int, rate: float) -> HistGradientBoostingRegressor:
    """Return gradient boosting whose trees have ``leaves`` leaves."""
    return HistGradientBoostingRegressor(
        max_iter=rounds, learning_rate=rate, max_leaf_nodes=leaves, min_samples_leaf=MIN_LEAF,
        early_stopping=False, random_state=seed,
    )  # fmt: skip


def boosting_tables(
    fold_data: FoldData, sizes: Sequence[int], rounds: Sequence[int], rate: float,
    components: int, responses: int,
) -> list[pd.DataFrame]:  # fmt: skip
    """Boost each leading response component; every number of rounds is a stage of one fit."""
    y = matrix(fold_data.train)
    x = design(fold_data, y.index, components)
    asked = predicted_lines(fold_data, x)
    # Single precision, as scikit-learn's other trees have it, decides what counts as equal.
    x_train, x_asked = (x.loc[i].to_numpy(np.float32).astype(float) for i in (y.index, asked))
    bins = Bins.of(x_train)
    mean = y.mean()
    residual = (y.fillna(mean) - mean).to_numpy(float)
    left, size, right = np.linalg.svd(residual, full_matrices=False)
    count = min(responses, len(size))
    scores = left[:, :count] * size[:count]
    out = np.zeros((len(sizes), len(rounds), len(asked), count))

    def boost(given: tuple[int, int]) -> None:
        s, c = given
        out[s, :, :, c] = boosted_stages(
            bins, scores[:, c], x_asked, leaves=sizes[s], rounds=rounds, rate=rate
        )

    side_by_side(boost, product(range(len(sizes)), range(count)))
    tables = out @ right[:count] + mean.to_numpy(float)
    return [
        pd.DataFrame(table, index=asked, columns=y.columns)
        for table in tables.reshape(-1, len(asked), y.shape[1])
    ]
