"""The tuned baselines at work: lines x drugs under each candidate setting, one after the other."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.linalg import cho_factor, cho_solve
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import enet_path

from mmdrp.stats.problem import Array, Problem, design, matrix, standardised


def ridge_tables(problem: Problem, penalties: Sequence[float]) -> list[pd.DataFrame]:
    """Ridge per drug by its kernel form: one Gram matrix serves every drug and penalty."""
    y = _with_expression(problem)
    x = standardised(problem, y.index)
    wanted = _asked(problem, x)
    known, asked = x.loc[y.index].to_numpy(), x.loc[wanted].to_numpy()
    inner, cross = known @ known.T, asked @ known.T
    out = np.full((len(penalties), len(wanted), y.shape[1]), np.nan)
    for j, target in enumerate(y.to_numpy(float).T):
        seen = np.flatnonzero(np.isfinite(target))
        if len(seen) < 2:
            continue
        mean = target[seen].mean()
        for k, penalty in enumerate(penalties):
            gram = inner[np.ix_(seen, seen)]
            gram[np.diag_indices_from(gram)] += penalty
            weight = cho_solve(cho_factor(gram, overwrite_a=True), target[seen] - mean)
            out[k, :, j] = cross[:, seen] @ weight + mean
    return [pd.DataFrame(block, index=wanted, columns=y.columns) for block in out]


def elastic_net_tables(
    problem: Problem, alphas: Sequence[float], ratios: Sequence[float], genes: int
) -> list[pd.DataFrame]:
    """Elastic net per drug, a warm-started path per share of the l1 penalty.

    0/1 features are scaled as genes are, over training lines.
    """
    y = _with_expression(problem)
    spread = problem.expression.loc[y.index].var().nlargest(genes).index
    x = standardised(problem, y.index)[spread]
    extra = problem.extra.loc[x.index]
    sd = extra.loc[y.index].std()
    extra = (extra - extra.loc[y.index].mean()) / sd.where(sd > 0, np.inf)
    x = x.join(extra)
    wanted = _asked(problem, x)
    known, asked = x.loc[y.index].to_numpy(float), x.loc[wanted].to_numpy(float)
    out = np.full((len(ratios) * len(alphas), len(wanted), y.shape[1]), np.nan)
    for j, target in enumerate(y.to_numpy(float).T):
        seen = np.isfinite(target)
        if seen.sum() < 2:
            continue
        mean, rows = target[seen].mean(), np.asfortranarray(known[seen])
        for k, ratio in enumerate(ratios):
            path = enet_path(rows, target[seen] - mean, l1_ratio=ratio, alphas=alphas, tol=1e-3)
            block = slice(k * len(alphas), (k + 1) * len(alphas))
            out[block, :, j] = (asked @ path[1] + mean).T
    return [pd.DataFrame(block, index=wanted, columns=y.columns) for block in out]


def kernel_ridge_tables(
    problem: Problem, settings: Sequence[tuple[float, float]]
) -> Iterator[pd.DataFrame]:
    """Yield kernel ridge under each (gamma, penalty)."""
    y = _with_expression(problem)
    x = standardised(problem, y.index)
    wanted = _asked(problem, x)
    known, asked = x.loc[y.index].to_numpy(), x.loc[wanted].to_numpy()
    mean = y.mean()
    filled = y.fillna(mean) - mean
    for gamma, penalty in settings:
        model = KernelRidge(alpha=penalty, kernel="rbf", gamma=gamma / x.shape[1])
        pred = model.fit(known, filled.to_numpy(float)).predict(asked)
        yield pd.DataFrame(pred + mean.to_numpy(float), index=wanted, columns=y.columns)


def fitted_tables(
    problem: Problem, components: int, models: Sequence[Any]
) -> Iterator[pd.DataFrame]:
    """Yield each multi-output scikit-learn model on components, drivers and tissue."""
    y = matrix(problem.train)
    x = design(problem, y.index, components)
    wanted = _asked(problem, x)
    known, asked = (x.loc[i].to_numpy(np.float32) for i in (y.index, wanted))
    filled = y.fillna(y.mean()).to_numpy(np.float32)
    for model in models:
        pred = model.fit(known, filled).predict(asked).reshape(len(wanted), -1)
        yield pd.DataFrame(pred, index=wanted, columns=y.columns)


def boosted(seed: int, leaves: int, rounds: int, rate: float) -> HistGradientBoostingRegressor:
    """Return gradient boosting whose trees have ``leaves`` leaves."""
    return HistGradientBoostingRegressor(
        max_iter=rounds, learning_rate=rate, max_leaf_nodes=leaves, min_samples_leaf=10,
        early_stopping=False, random_state=seed,
    )  # fmt: skip


def boosting_tables(
    problem: Problem, sizes: Sequence[int], rounds: Sequence[int], rate: float,
    components: int, responses: int,
) -> list[pd.DataFrame]:  # fmt: skip
    """Boost each leading response component; every number of rounds is a stage of one fit."""
    y = matrix(problem.train)
    x = design(problem, y.index, components)
    wanted = _asked(problem, x)
    known, asked = (x.loc[i].to_numpy(np.float32) for i in (y.index, wanted))
    mean = y.mean()
    rest = (y.fillna(mean) - mean).to_numpy(float)
    left, size, right = np.linalg.svd(rest, full_matrices=False)
    count = min(responses, len(size))
    scores = left[:, :count] * size[:count]
    out = np.zeros((len(sizes), len(rounds), len(wanted), count))
    for s, leaves in enumerate(sizes):
        for c, target in enumerate(scores.T):
            model = boosted(problem.seed, leaves, max(rounds), rate).fit(known, target)
            stages: list[Array] = list(model.staged_predict(asked))
            out[s, :, :, c] = [stages[r - 1] for r in rounds]
    tables = out @ right[:count] + mean.to_numpy(float)
    return [
        pd.DataFrame(table, index=wanted, columns=y.columns)
        for table in tables.reshape(-1, len(wanted), y.shape[1])
    ]


def _with_expression(problem: Problem) -> pd.DataFrame:
    y = matrix(problem.train)
    return y.loc[y.index.isin(problem.expression.index)]


def _asked(problem: Problem, x: pd.DataFrame) -> pd.Index:
    lines = pd.Index(problem.rows["cell"].unique())
    asked: pd.Index = lines[lines.isin(x.index)]
    return asked
