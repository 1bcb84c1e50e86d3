"""What every score stands beside: means, ridge and a forest, on identical rows.

Each takes the training rows and the rows to predict as long tables, plus features of the lines,
and sees nothing else of the study. Penalties and leaf sizes are tuned on validation rows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.linalg import cho_factor, cho_solve
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestRegressor

from mmdrp.stats.performance import effects

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Problem:
    """One fold: measured rows ``cell, drug, y`` and what is known of lines and drugs."""

    train: pd.DataFrame
    validation: pd.DataFrame
    test: pd.DataFrame
    expression: pd.DataFrame
    """lines x genes, only lines that have it"""
    extra: pd.DataFrame
    """lines x further features of the forest (driver mutations, tissue), gap-free"""
    structure: pd.DataFrame | None = None
    """drugs x fingerprint bits, where drugs may be unseen"""
    seed: int = 0

    def tuned(self) -> "Problem":
        """Return the problem of choosing hyper-parameters: validation stands in for test."""
        return Problem(
            self.train, self.validation, self.validation, self.expression, self.extra,
            self.structure, self.seed,
        )  # fmt: skip


def drug_mean(problem: Problem) -> Array:
    """Predict the training mean of each drug; the grand mean where the drug is unseen."""
    return drug_mean_of(problem.train, problem.test)


def drug_mean_of(train: pd.DataFrame, rows: pd.DataFrame) -> Array:
    """Return the training mean of each row's drug; the grand mean where the drug is unseen."""
    mean = train.groupby("drug")["y"].mean()
    return rows["drug"].map(mean).fillna(train["y"].mean()).to_numpy(float)


def mean_effects(problem: Problem) -> Array:
    """Predict grand mean + drug effect + line effect."""
    return effects(problem.train, problem.test)


def ridge(problem: Problem, penalties: tuple[float, ...] = (1e3, 3e3, 1e4, 3e4)) -> Array:
    """Ridge on gene-wise standardised expression, one model per drug, one penalty for all.

    The penalty is the one with the least validation error. Rows whose line lacks expression, or
    whose drug is unseen, get the mean effects.
    """
    rows = pd.concat([problem.validation, problem.test])
    fallback = effects(problem.train, rows)
    inner = len(problem.validation)
    preds = [_looked_up(p, rows, fallback) for p in _ridge(problem, rows, penalties)]
    errors = [float(((p[:inner] - problem.validation["y"]) ** 2).mean()) for p in preds]
    return preds[int(np.argmin(errors))][inner:]


def forest(
    problem: Problem, trees: int = 100, components: int = 100, leaves: tuple[int, ...] = (3, 8)
) -> Array:
    """Random forest on expression components, drivers and tissue; every drug is an output.

    Unmeasured training responses are filled with the drug's training mean. The leaf size is the
    one with the least validation error. Unseen drugs are predicted by a forest over pairs.
    """
    y = problem.validation["y"]
    inner = problem.tuned()
    errors = [
        float(((_forest(inner, trees // 2, components, leaf) - y) ** 2).mean()) for leaf in leaves
    ]
    return _forest(problem, trees, components, leaves[int(np.argmin(errors))])


BASELINES: Mapping[str, Callable[..., Array]] = {
    "drug_mean": drug_mean,
    "mean_effects": mean_effects,
    "ridge": ridge,
    "forest": forest,
}


def matrix(long: pd.DataFrame) -> pd.DataFrame:
    """Return lines x drugs of a long table, NaN where unmeasured."""
    return long.pivot(index="cell", columns="drug", values="y")


def _standardised(problem: Problem, rows: pd.Index) -> pd.DataFrame:
    """Scale expression gene-wise on these training rows; a gap becomes the mean."""
    known = problem.expression.loc[rows]
    sd = known.std().replace(0.0, np.nan)
    return ((problem.expression - known.mean()) / sd).fillna(0.0)


def _ridge(
    problem: Problem, rows: pd.DataFrame, penalties: tuple[float, ...]
) -> list[pd.DataFrame]:
    """Return lines x drugs predictions for each penalty, by the kernel form of ridge."""
    y = matrix(problem.train)
    y = y.loc[y.index.isin(problem.expression.index)]
    x = _standardised(problem, y.index)
    wanted = rows["cell"].unique()
    wanted = wanted[np.isin(wanted, x.index)]
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


def _forest(problem: Problem, trees: int, components: int, leaf: int) -> Array:
    y = matrix(problem.train)
    x = _forest_features(problem, y.index, components)
    grow = RandomForestRegressor(
        trees, min_samples_leaf=leaf, max_features=0.3, n_jobs=-1, random_state=problem.seed
    )
    grow.fit(x.loc[y.index].to_numpy(np.float32), y.fillna(y.mean()).to_numpy(np.float32))
    test = problem.test["cell"].unique()
    out = grow.predict(x.loc[test].to_numpy(np.float32)).reshape(len(test), -1)
    pred = pd.DataFrame(out, index=test, columns=y.columns)
    result = _looked_up(pred, problem.test, mean_effects(problem))
    unseen = ~problem.test["drug"].isin(y.columns).to_numpy()
    if unseen.any() and problem.structure is not None:
        result[unseen] = _pair_forest(problem, x, problem.test[unseen], trees, leaf)
    return result


def _forest_features(problem: Problem, rows: pd.Index, components: int) -> pd.DataFrame:
    inside = rows[rows.isin(problem.expression.index)]
    x = _standardised(problem, inside)
    count = min(components, len(inside) - 1, x.shape[1])
    pca = PCA(count, svd_solver="randomized", random_state=problem.seed).fit(x.loc[inside])
    parts = pd.DataFrame(pca.transform(x), index=x.index).add_prefix("component")
    joined = problem.extra.join(parts)
    return joined.fillna(0.0)  # a line without expression sits at the components' mean


def _pair_forest(
    problem: Problem, x: pd.DataFrame, test: pd.DataFrame, trees: int, leaf: int
) -> Array:
    assert problem.structure is not None
    drugs = problem.structure
    seen = drugs.index.isin(problem.train["drug"].unique())
    count = min(50, int(seen.sum()) - 1)
    pca = PCA(count, random_state=problem.seed).fit(drugs[seen])
    chem = pd.DataFrame(pca.transform(drugs), index=drugs.index)
    lines = x.iloc[:, -30:]
    train = problem.train.sample(min(len(problem.train), 30_000), random_state=problem.seed)

    def pairs(rows: pd.DataFrame) -> npt.NDArray[np.float32]:
        return np.hstack(
            [lines.loc[rows["cell"]].to_numpy(), chem.loc[rows["drug"]].to_numpy()]
        ).astype(np.float32)

    grow = RandomForestRegressor(
        trees, min_samples_leaf=leaf, max_features=0.3, n_jobs=-1, random_state=problem.seed
    )
    grow.fit(pairs(train), train["y"])
    return np.asarray(grow.predict(pairs(test)), dtype=float)


def _looked_up(pred: pd.DataFrame, rows: pd.DataFrame, fallback: Array) -> Array:
    i = pred.index.get_indexer(pd.Index(rows["cell"]))
    j = pred.columns.get_indexer(pd.Index(rows["drug"]))
    found = pred.to_numpy(float)[i, j]
    found = np.where((i >= 0) & (j >= 0), found, np.nan)
    return np.where(np.isfinite(found), found, fallback)
