"""How strongly each feature goes with a response, by methods that know no model of ours.

Each takes features x (n, p), NaN where unmeasured, and a response y (n,), and returns one score per
feature, (p,); the larger its size, the stronger. Its sign is that of the effect where there is one.
Seed and number of trees are the forest's alone.
"""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import RidgeCV

from mmdrp.attribution.significance.mixed import filled

Array = npt.NDArray[np.float64]
Features = npt.NDArray[np.floating]
PENALTIES = np.geomspace(1e2, 1e7, 21)


def correlation(x: Features, y: Array, seed: int = 0, trees: int = 0) -> Array:
    """Return t = r sqrt((n - 2) / (1 - r^2)) of Pearson's r, over lines measured in both.

    Within one count of lines it orders features as |r| does; across modalities that fewer lines
    have, it asks for more.
    """
    read = np.isfinite(x)
    count = read.sum(0)
    mean = read.T @ y / np.maximum(count, 1)
    rest = np.where(read, y[:, None] - mean, 0.0)
    z = filled(x)
    size = np.sqrt((z**2).sum(0) * (rest**2).sum(0))
    r = np.where(size > 1e-9, (z * rest).sum(0) / np.maximum(size, 1e-9), 0.0)
    r = np.clip(r, -1 + 1e-12, 1 - 1e-12)
    out: Array = r * np.sqrt(np.maximum(count - 2, 0) / (1 - r**2))
    return out


def probability(t: Array, lines: int) -> Array:
    """Return the two-sided p of a correlation's t over so many lines."""
    return np.asarray(2 * student.sf(np.abs(t), max(lines - 2, 1)))


def ridge(x: Features, y: Array, seed: int = 0, trees: int = 0) -> Array:
    """Return the weights of a ridge on standardised features, its penalty by leave-one-out."""
    z = filled(x)
    sd = z.std(0)
    z = np.divide(z, sd, out=np.zeros_like(z), where=sd > 1e-6)
    return np.asarray(RidgeCV(alphas=PENALTIES).fit(z, y).coef_, dtype=float)


def forest(x: Features, y: Array, seed: int = 0, trees: int = 100) -> Array:
    """Return the impurity importance in a random forest: 0 or above, without a direction."""
    grow = RandomForestRegressor(trees, max_features="sqrt", min_samples_leaf=5, random_state=seed)
    return np.asarray(grow.fit(filled(x).astype(np.float32), y).feature_importances_, dtype=float)


METHODS: Mapping[str, Callable[[Features, Array, int, int], Array]] = {
    "correlation": correlation,
    "ridge": ridge,
    "forest": forest,
}
