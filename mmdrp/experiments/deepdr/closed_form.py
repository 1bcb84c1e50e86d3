"""What DeepDR is compared with and needs no network: means of drugs, models on components."""

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LinearRegression
from sklearn.svm import SVR

Array = npt.NDArray[np.float64]
ClosedForm = Literal["linear_regression", "svm", "drug_mean", "mean_effects"]
MEANS = ("drug_mean", "mean_effects")
"""of a line never seen, both predict the mean of each drug"""


def linear_regression(x: Array, y: Array, test: Array) -> Array:
    """Regress all drugs y (n, t) on components x (n, c) by least squares; predict ``test``.

    >>> x = np.array([[0.0], [1.0], [2.0]])
    >>> linear_regression(x, 2 * x, np.array([[3.0]])).round(6).tolist()
    [[6.0]]
    """
    return np.asarray(LinearRegression().fit(x, y).predict(test), dtype=float)


def svm(x: Array, y: Array, test: Array) -> Array:
    """Fit a support vector machine per drug, with scikit-learn's defaults (C = 1, RBF kernel)."""
    return np.column_stack([SVR().fit(x, target).predict(test) for target in y.T])


def drug_means(y: Array, lines: int) -> Array:
    """Return the mean of each drug over measured values of y (n, t), for every one of ``lines``.

    >>> drug_means(np.array([[1.0, np.nan], [3.0, 5.0]]), 1).tolist()
    [[2.0, 5.0]]
    """
    return np.tile(np.nanmean(y, axis=0), (lines, 1))


ON_COMPONENTS: Mapping[str, Callable[[Array, Array, Array], Array]] = {
    "linear_regression": linear_regression,
    "svm": svm,
}
"""the classical methods of the paper, which read principal components of the lines"""
