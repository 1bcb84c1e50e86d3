"""The tuned baselines at work: lines x drugs under each candidate setting, one after the other."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy.linalg import cho_factor, cho_solve
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import enet_path

from mmdrp.evaluation.baselines.fold_data import (
    Array,
    FoldData,
    design,
    linear_features,
    matrix,
    standardised,
)
from mmdrp.evaluation.baselines.workers import side_by_side


def ridge_tables(fold_data: FoldData, penalties: Sequence[float]) -> list[pd.DataFrame]:
    """Ridge per drug by its kernel form: one Gram matrix serves every drug and penalty."""
    y = _with_expression(fold_data)
    x = linear_features(fold_data, y.index)
    asked = _predicted_lines(fold_data, x)
    x_train, x_asked = x.loc[y.index].to_numpy(), x.loc[asked].to_numpy()
    inner, cross = x_train @ x_train.T, x_asked @ x_train.T
    out = np.full((len(penalties), len(asked), y.shape[1]), np.nan)
    for j, target in enumerate(y.to_numpy(float).T):
        measured = np.flatnonzero(np.isfinite(target))
        if len(measured) < 2:
            continue
        mean = target[measured].mean()
        for k, penalty in enumerate(penalties):
            gram = inner[np.ix_(measured, measured)]
            gram[np.diag_indices_from(gram)] += penalty
            weight = cho_solve(cho_factor(gram, overwrite_a=True), target[measured] - mean)
            out[k, :, j] = cross[:, measured] @ weight + mean
    return [pd.DataFrame(block, index=asked, columns=y.columns) for block in out]


def elastic_net_tables(
    fold_data: FoldData, alphas: Sequence[float], ratios: Sequence[float], genes: int
) -> list[pd.DataFrame]:
    """Elastic net per drug, a warm-started path per share of the l1 penalty.

    0/1 features are scaled as genes are, over training lines.
    """
    y = _with_expression(fold_data)
    spread = fold_data.expression.loc[y.index].var().nlargest(genes).index
    x = standardised(fold_data, y.index)[spread]
    extra = fold_data.extra.loc[x.index]
    sd = extra.loc[y.index].std()
    extra = (extra - extra.loc[y.index].mean()) / sd.where(sd > 0, np.inf)
    x = x.join(extra)
    asked = _predicted_lines(fold_data, x)
    # float32 gives the same coefficients to seven digits in a third of the time.
    x_train, x_asked = (x.loc[i].to_numpy(np.float32) for i in (y.index, asked))
    out = np.full((len(ratios) * len(alphas), len(asked), y.shape[1]), np.nan)

    def paths(given: tuple[int, Array]) -> None:
        j, target = given
        measured = np.isfinite(target)
        if measured.sum() < 2:
            return
        mean, rows = target[measured].mean(), np.asfortranarray(x_train[measured])
        left = (target[measured] - mean).astype(np.float32)
        for k, ratio in enumerate(ratios):
            path = enet_path(rows, left, l1_ratio=ratio, alphas=alphas, tol=1e-3)
            block = slice(k * len(alphas), (k + 1) * len(alphas))
            out[block, :, j] = (x_asked @ path[1] + mean).T

    side_by_side(paths, enumerate(y.to_numpy(float).T))
    return [pd.DataFrame(block, index=asked, columns=y.columns) for block in out]


def kernel_ridge_tables(
    fold_data: FoldData, settings: Sequence[tuple[float, float]]
) -> Iterator[pd.DataFrame]:
    """Yield kernel ridge under each (gamma, penalty)."""
    y = _with_expression(fold_data)
    x = standardised(fold_data, y.index)
    asked = _predicted_lines(fold_data, x)
    x_train, x_asked = x.loc[y.index].to_numpy(), x.loc[asked].to_numpy()
    mean = y.mean()
    filled = y.fillna(mean) - mean
    for gamma, penalty in settings:
        model = KernelRidge(alpha=penalty, kernel="rbf", gamma=gamma / x.shape[1])
        pred = model.fit(x_train, filled.to_numpy(float)).predict(x_asked)
        yield pd.DataFrame(pred + mean.to_numpy(float), index=asked, columns=y.columns)


def fitted_tables(
    fold_data: FoldData, components: int, models: Sequence[Any]
) -> Iterator[pd.DataFrame]:
    """Yield each multi-output scikit-learn model on components, drivers and tissue."""
    y = matrix(fold_data.train)
    x = design(fold_data, y.index, components)
    asked = _predicted_lines(fold_data, x)
    x_train, x_asked = (x.loc[i].to_numpy(np.float32) for i in (y.index, asked))
    filled = y.fillna(y.mean()).to_numpy(np.float32)
    for model in models:
        pred = model.fit(x_train, filled).predict(x_asked).reshape(len(asked), -1)
        yield pd.DataFrame(pred, index=asked, columns=y.columns)


def boosted(seed: int, leaves: int, rounds: int, rate: float) -> HistGradientBoostingRegressor:
    """Return gradient boosting whose trees have ``leaves`` leaves."""
    return HistGradientBoostingRegressor(
        max_iter=rounds, learning_rate=rate, max_leaf_nodes=leaves, min_samples_leaf=10,
        early_stopping=False, random_state=seed,
    )  # fmt: skip


def boosting_tables(
    fold_data: FoldData, sizes: Sequence[int], rounds: Sequence[int], rate: float,
    components: int, responses: int,
) -> list[pd.DataFrame]:  # fmt: skip
    """Boost each leading response component; every number of rounds is a stage of one fit."""
    y = matrix(fold_data.train)
    x = design(fold_data, y.index, components)
    asked = _predicted_lines(fold_data, x)
    x_train, x_asked = (x.loc[i].to_numpy(np.float32) for i in (y.index, asked))
    mean = y.mean()
    residual = (y.fillna(mean) - mean).to_numpy(float)
    left, size, right = np.linalg.svd(residual, full_matrices=False)
    count = min(responses, len(size))
    scores = left[:, :count] * size[:count]
    out = np.zeros((len(sizes), len(rounds), len(asked), count))

    def boost(given: tuple[int, int]) -> None:
        s, c = given
        model = boosted(fold_data.seed, sizes[s], max(rounds), rate).fit(x_train, scores[:, c])
        stages: list[Array] = list(model.staged_predict(x_asked))
        out[s, :, :, c] = [stages[r - 1] for r in rounds]

    side_by_side(boost, product(range(len(sizes)), range(count)))
    tables = out @ right[:count] + mean.to_numpy(float)
    return [
        pd.DataFrame(table, index=asked, columns=y.columns)
        for table in tables.reshape(-1, len(asked), y.shape[1])
    ]


def _with_expression(fold_data: FoldData) -> pd.DataFrame:
    y = matrix(fold_data.train)
    return y.loc[y.index.isin(fold_data.expression.index)]


def _predicted_lines(fold_data: FoldData, x: pd.DataFrame) -> pd.Index:
    """Return the lines of validation and test that have features."""
    lines = pd.Index(fold_data.rows["cell"].unique())
    described: pd.Index = lines[lines.isin(x.index)]
    return described
