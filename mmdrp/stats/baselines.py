"""What every score stands beside: means, linear models, kernels and trees, on identical rows.

Each takes a ``Problem``: training rows and the rows to predict as long tables, features of the
lines, and nothing else of the study. Settings are tuned on validation rows; how many are tried is
the budget that ``conf/model/`` states.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import ElasticNet, Ridge

from mmdrp.stats.multioutput import (
    boosted,
    boosting_tables,
    elastic_net_tables,
    fitted_tables,
    kernel_ridge_tables,
    ridge_tables,
)
from mmdrp.stats.performance import effects
from mmdrp.stats.problem import Array, Pairs, Problem, looked_up

log = logging.getLogger(__name__)
S = TypeVar("S")


def global_mean(problem: Problem) -> Array:
    """Predict the mean of all training rows."""
    return np.full(len(problem.test), problem.known["y"].mean())


def drug_mean(problem: Problem) -> Array:
    """Predict the training mean of each drug; the grand mean where the drug is unseen."""
    return drug_mean_of(problem.known, problem.test)


def drug_mean_of(train: pd.DataFrame, rows: pd.DataFrame) -> Array:
    """Return the training mean of each row's drug; the grand mean where the drug is unseen."""
    return _group_mean(train, rows, "drug")


def line_mean(problem: Problem) -> Array:
    """Predict the training mean of each line; the grand mean where the line is unseen."""
    return _group_mean(problem.known, problem.test, "cell")


def tissue_mean(problem: Problem) -> Array:
    """Predict the training mean of each drug in the line's tissue, else the drug's mean."""
    train, rows = (_with_tissue(problem, f) for f in (problem.known, problem.test))
    mean = train.dropna(subset="tissue").groupby(["tissue", "drug"])["y"].mean().rename("mean")
    found = rows.join(mean, on=["tissue", "drug"])["mean"].to_numpy(float)
    return np.where(np.isfinite(found), found, drug_mean(problem))


def mean_effects(problem: Problem) -> Array:
    """Predict grand mean + drug effect + line effect."""
    return effects(problem.known, problem.test)


def ridge(problem: Problem, penalties: Sequence[float] = (1e3, 3e3, 1e4, 3e4)) -> Array:
    """Ridge on gene-wise standardised expression, one model per drug, one penalty for all.

    Rows whose line lacks expression get the mean effects; an unseen drug, ridge over pairs.
    """
    return _tuned(problem, penalties, ridge_tables, lambda p: Ridge(alpha=p))


def elastic_net(
    problem: Problem,
    alphas: Sequence[float] = (1.0, 0.5, 0.25),
    ratios: Sequence[float] = (0.2, 0.5),
    genes: int = 1500,
) -> Array:
    """Elastic net per drug on the most variable genes, drivers and tissue; one setting for all."""

    def tables(given: Problem, settings: Sequence[tuple[float, float]]) -> list[pd.DataFrame]:
        shares, sizes = ([*dict.fromkeys(column)] for column in zip(*settings, strict=True))
        return elastic_net_tables(given, sizes, shares, genes)

    settings = list(product(ratios, sorted(alphas, reverse=True)))
    return _tuned(problem, settings, tables, lambda s: ElasticNet(alpha=s[1] / 10, l1_ratio=s[0]))


def kernel_ridge(
    problem: Problem,
    penalties: Sequence[float] = (0.1, 0.3, 1.0),
    gammas: Sequence[float] = (0.1, 0.25, 0.5),
) -> Array:
    """Kernel ridge, RBF exp(-gamma d^2 / genes), on standardised expression, every drug an output.

    Unmeasured training responses are filled with the drug's training mean.
    """

    def pair(setting: tuple[float, float]) -> KernelRidge:
        return KernelRidge(alpha=setting[1], kernel="rbf", gamma=setting[0] / 80)

    settings = list(product(gammas, penalties))
    return _tuned(problem, settings, kernel_ridge_tables, pair, most=3000)


def forest(
    problem: Problem, trees: int = 100, components: int = 100, leaves: Sequence[int] = (3, 8)
) -> Array:
    """Random forest on expression components, drivers and tissue; every drug is an output.

    Unmeasured training responses are filled with the drug's training mean.
    """

    def grown(leaf: int) -> RandomForestRegressor:
        return RandomForestRegressor(
            trees, min_samples_leaf=leaf, max_features=0.3, n_jobs=-1, random_state=problem.seed
        )

    def tables(given: Problem, leaves: Sequence[int]) -> Iterator[pd.DataFrame]:
        return fitted_tables(given, components, [grown(leaf) for leaf in leaves])

    return _tuned(problem, leaves, tables, grown)


def boosting(
    problem: Problem,
    sizes: Sequence[int] = (3, 5),
    rounds: Sequence[int] = (50, 100, 200),
    rate: float = 0.1,
    components: int = 100,
    responses: int = 20,
) -> Array:
    """Gradient boosted trees on the features of the forest, for the leading response components.

    A model per drug would cost the number of drugs; the components, a singular value decomposition
    of the training responses (gaps at the drug's mean), carry what drugs share.
    """

    def tables(given: Problem, settings: Sequence[tuple[int, int]]) -> list[pd.DataFrame]:
        leaves, counts = ([*dict.fromkeys(column)] for column in zip(*settings, strict=True))
        return boosting_tables(given, leaves, counts, rate, components, responses)

    settings = list(product(sizes, sorted(rounds)))
    return _tuned(problem, settings, tables, lambda s: boosted(problem.seed, *s, rate))


BASELINES: Mapping[str, Callable[..., Array]] = {
    "global_mean": global_mean,
    "drug_mean": drug_mean,
    "line_mean": line_mean,
    "tissue_mean": tissue_mean,
    "mean_effects": mean_effects,
    "ridge": ridge,
    "elastic_net": elastic_net,
    "kernel_ridge": kernel_ridge,
    "forest": forest,
    "boosting": boosting,
}


def _group_mean(train: pd.DataFrame, rows: pd.DataFrame, axis: str) -> Array:
    mean = train.groupby(axis)["y"].mean()
    return rows[axis].map(mean).fillna(train["y"].mean()).to_numpy(float)


def _with_tissue(problem: Problem, rows: pd.DataFrame) -> pd.DataFrame:
    tissue = pd.Series(dtype=object) if problem.tissue is None else problem.tissue
    return rows.assign(tissue=rows["cell"].map(tissue))


def _tuned(
    problem: Problem,
    settings: Sequence[S],
    tables: Callable[[Problem, Sequence[S]], Iterable[pd.DataFrame]],
    pair: Callable[[S], Any],
    most: int = 30_000,
) -> Array:
    """Return the test predictions of the setting with the least validation error.

    ``tables`` gives lines x drugs under each setting; ``pair`` a scikit-learn model for rows of
    unseen drugs. What neither predicts gets the mean effects.
    """
    inner = len(problem.validation)
    preds = _predicted(problem, settings, tables, pair, most)
    errors = [float(((p[:inner] - problem.validation["y"]) ** 2).mean()) for p in preds]
    best = int(np.argmin(errors))
    log.debug("%d settings tried, chosen: %s", len(settings), settings[best])
    if problem.refit:
        preds[best] = _predicted(problem.decided, [settings[best]], tables, pair, most)[0]
    return preds[best][inner:]


def _predicted(
    problem: Problem,
    settings: Sequence[S],
    tables: Callable[[Problem, Sequence[S]], Iterable[pd.DataFrame]],
    pair: Callable[[S], Any],
    most: int,
) -> list[Array]:
    """Return the predictions of validation and test rows under each setting."""
    rows = problem.rows
    fallback = effects(problem.train, rows)
    unseen = _with_structure(problem, rows)
    given = Pairs(problem, most) if unseen.any() else None
    preds = []
    for table, setting in zip(tables(problem, settings), settings, strict=True):
        pred = looked_up(table, rows, fallback)
        if given is not None:
            asked, model = rows[unseen], pair(setting).fit(given.x, given.y)
            pred[unseen] = given.start(asked) + model.predict(given.of(asked))
        preds.append(pred)
    return preds


def _with_structure(problem: Problem, rows: pd.DataFrame) -> Any:
    if problem.structure is None:
        return np.zeros(len(rows), dtype=bool)
    known = rows["drug"].isin(problem.structure.index)
    return (known & ~rows["drug"].isin(problem.train["drug"].unique())).to_numpy()
