"""Many tests at once: Bonferroni and false discovery rate, over the tests that were possible."""

import numpy as np
import numpy.typing as npt
from scipy import stats

Array = npt.NDArray[np.float64]


def bonferroni(p: Array) -> Array:
    """Multiply by the number of tests, at most 1; a NaN is no test and stays NaN."""
    out: Array = np.minimum(p * max(int(np.isfinite(p).sum()), 1), 1.0)
    return out


def fdr(p: Array) -> Array:
    """Return Benjamini and Hochberg's (1995) adjusted p, of the shape of ``p``; NaN stays NaN."""
    out = np.full(p.shape, np.nan)
    tested = np.isfinite(p)
    if tested.any():
        out[tested] = stats.false_discovery_control(p[tested], method="bh")
    return out
