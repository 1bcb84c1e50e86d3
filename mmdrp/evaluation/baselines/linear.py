"""Linear baselines at work: a model per drug, lines x drugs under each candidate setting."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.linalg import cho_factor, cho_solve
from sklearn.linear_model import enet_path

from mmdrp.evaluation.baselines.fold_data import (
    Array,
    FoldData,
    linear_features,
    predicted_lines,
    standardised,
    with_expression,
)
from mmdrp.evaluation.baselines.workers import side_by_side

Float32 = npt.NDArray[np.float32]
Rows = npt.NDArray[np.intp]
FIRST = 30
"""features that a working set takes up at once, at least"""


def ridge_tables(fold_data: FoldData, penalties: Sequence[float]) -> list[pd.DataFrame]:
    """Ridge per drug by its kernel form: one Gram matrix serves every drug and penalty."""
    y = with_expression(fold_data)
    x = linear_features(fold_data, y.index)
    asked = predicted_lines(fold_data, x)
    x_train, x_asked = x.loc[y.index].to_numpy(), x.loc[asked].to_numpy()
    inner, cross = x_train @ x_train.T, x_asked @ x_train.T
    values = y.to_numpy(float)
    enough = np.isfinite(values).sum(0) >= 2
    mean = np.full(len(enough), np.nan)
    mean[enough] = np.nanmean(values[:, enough], axis=0)
    tables = [cross @ ridge_weights(inner, values - mean, p) + mean for p in penalties]
    return [pd.DataFrame(table, index=asked, columns=y.columns) for table in tables]


def ridge_weights(inner: Array, y: Array, penalty: float) -> Array:
    """Return (K + penalty I)^-1 y on the lines that a drug was measured on, 0 on others, (n, t).

    One inverse over all lines serves every drug: with B that inverse, o the measured and m the
    other lines, the weights are B_oo y_o - B_om B_mm^-1 B_mo y_o (inverse of a part, by blocks).

    >>> k = np.array([[2.0, 1.0], [1.0, 2.0]])
    >>> ridge_weights(k, np.array([[3.0, 3.0], [np.nan, 0.0]]), 1.0)
    array([[ 1.   ,  1.125],
           [ 0.   , -0.375]])
    """
    gram = inner + penalty * np.eye(len(inner))
    inverse = cho_solve(cho_factor(gram), np.eye(len(gram)))
    weights: Array = inverse @ np.nan_to_num(y)
    for j, measured in enumerate(np.isfinite(y).T):
        seen, gone = np.flatnonzero(measured), np.flatnonzero(~measured)
        if len(gone) > len(seen):
            weights[gone, j] = 0.0
            if len(seen):
                part = cho_factor(gram[np.ix_(seen, seen)], overwrite_a=True)
                weights[seen, j] = cho_solve(part, y[seen, j])
        elif len(gone):
            part = cho_factor(inverse[np.ix_(gone, gone)], overwrite_a=True)
            weights[:, j] -= inverse[:, gone] @ cho_solve(part, weights[gone, j])
            weights[gone, j] = 0.0
    return weights


def elastic_net_tables(
    fold_data: FoldData, settings: Sequence[tuple[float, float]], genes: int
) -> list[pd.DataFrame]:
    """Elastic net per drug under each (share of the l1 penalty, alpha).

    0/1 features are scaled as genes are, over training lines.
    """
    y = with_expression(fold_data)
    spread = fold_data.expression.loc[y.index].var().nlargest(genes).index
    x = standardised(fold_data, y.index)[spread]
    extra = fold_data.extra.loc[x.index]
    sd = extra.loc[y.index].std()
    extra = (extra - extra.loc[y.index].mean()) / sd.where(sd > 0, np.inf)
    x = x.join(extra)
    asked = predicted_lines(fold_data, x)
    x_train, x_asked = (x.loc[i].to_numpy(np.float32) for i in (y.index, asked))
    nets = ElasticNets(x_train, y.to_numpy(float))
    # The strongest l1 penalty first: each solution starts from a sparser one.
    order = sorted(range(len(settings)), key=lambda k: -settings[k][0] * settings[k][1])
    tables = {k: x_asked @ nets.solve(*settings[k]) + nets.mean for k in order}
    return [pd.DataFrame(tables[k], index=asked, columns=y.columns) for k in range(len(settings))]


class ElasticNets:
    """Elastic nets of many drugs on the same features, each on the lines it was measured on.

    Zou and Hastie (2005), as scikit-learn states it. All drugs keep working sets of features: one
    matrix product finds, for every drug, features whose residual correlation exceeds the l1
    penalty; only the working set is solved, by scikit-learn's coordinate descent on its Gram
    matrix, until no feature is missing.
    """

    def __init__(self, x: Float32, y: Array) -> None:
        self.x, self.columns, self.seen = x, np.ascontiguousarray(x.T), np.isfinite(y)
        self.n = self.seen.sum(0)
        self.mean = np.full(y.shape[1], np.nan)
        """of each drug's training responses; NaN with fewer than two, which are not fitted"""
        enough = self.n >= 2
        self.mean[enough] = np.nanmean(y[:, enough], axis=0)
        self.y = np.nan_to_num(y - self.mean).astype(np.float32)
        self.weights = np.zeros((x.shape[1], y.shape[1]), dtype=np.float32)

    def solve(self, ratio: float, alpha: float) -> Float32:
        """Return the weights (features, drugs), starting from those of the last call."""
        sets = [np.flatnonzero(column) for column in self.weights.T]
        todo = np.flatnonzero(np.isfinite(self.mean)).tolist()

        def solve(j: int) -> None:
            self._solve(j, sets[j], ratio, alpha)

        first = True
        while todo:
            missing = self._missing(todo, sets, ratio * alpha)
            todo = [j for j in todo if first or len(missing[j])]
            for j in todo:
                sets[j] = np.concatenate([sets[j], missing[j]])
            side_by_side(solve, todo)
            first = False
        return self.weights.copy()

    def _missing(self, drugs: list[int], sets: list[Rows], l1: float) -> dict[int, Rows]:
        """Return the features that each drug's working set lacks most, at most as many as it has.

        A set may lack features whose correlation exceeds the penalty by a thousandth.
        """
        residual = self.y[:, drugs] - self.seen[:, drugs] * (self.x @ self.weights[:, drugs])
        excess = np.abs(self.columns @ residual) / self.n[drugs] - 1.001 * l1
        found = {}
        for k, j in enumerate(drugs):
            excess[sets[j], k] = 0.0
            above = np.flatnonzero(excess[:, k] > 0)
            most = max(FIRST, len(sets[j]))
            if len(above) > most:
                above = above[np.argpartition(-excess[above, k], most)[:most]]
            found[j] = above
        return found

    def _solve(self, j: int, features: Rows, ratio: float, alpha: float) -> None:
        if not len(features):
            return
        rows = np.flatnonzero(self.seen[:, j])
        x, y = self.columns[np.ix_(features, rows)], self.y[rows, j]
        # Products in single precision; the descent itself would stall in it.
        gram, correlation = (x @ x.T).astype(float), (x @ y).astype(float)
        self.weights[features, j] = enet_path(
            x.T.astype(float), y.astype(float), l1_ratio=ratio, alphas=[alpha], precompute=gram,
            Xy=correlation, coef_init=self.weights[features, j].astype(float), tol=1e-5,
            max_iter=10_000, check_input=False,
        )[1][:, 0]  # fmt: skip
