"""The two classical methods that DeepDR is compared with, on components of lines."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LinearRegression
from sklearn.svm import SVR

Array = npt.NDArray[np.float64]


def linear_regression(x: Array, y: Array, test: Array) -> Array:
    """Regress all drugs y (n, t) on components x (n, c) by least squares; predict ``test``."""
    return np.asarray(LinearRegression().fit(x, y).predict(test), dtype=float)


def svm(x: Array, y: Array, test: Array) -> Array:
    """Fit a support vector machine per drug, with scikit-learn's defaults (C = 1, RBF kernel)."""
    return np.column_stack([SVR().fit(x, target).predict(test) for target in y.T])


CLASSICAL: Mapping[str, Callable[[Array, Array, Array], Array]] = {
    "linear_regression": linear_regression,
    "svm": svm,
}
