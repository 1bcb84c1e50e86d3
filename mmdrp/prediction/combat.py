"""ComBat with the lines of training as the reference batch (Johnson 2007; Zhang 2018)."""

import numpy as np
import numpy.typing as npt

from mmdrp.training.reference import Array

TOLERANCE = 1e-4
"""largest relative change of an estimate at which the iteration ends, as in sva"""
ROUNDS = 1000
FEWEST = 2
"""samples; one says nothing of a spread"""


def combat(x: Array, mean: Array, sd: Array) -> Array:
    """Return samples x features with location and scale moved to those of the reference.

    Shifts and scales of the features are shrunk towards their common mean, as far as they differ
    no more than chance would (parametric empirical Bayes). ``mean`` and ``sd`` (features,) are the
    reference's; NaN is unmeasured. Features constant in the reference, or with a single value,
    stay as they are.

    >>> x = np.random.default_rng(0).normal(5.0, 2.0, (200, 40))
    >>> moved = combat(x, np.zeros(40), np.ones(40))
    >>> bool(abs(moved.mean()) < 0.01), bool(abs(moved.std() - 1) < 0.05)
    (True, True)
    """
    n = np.isfinite(x).sum(0)
    used = np.flatnonzero((n >= FEWEST) & (sd > 0))
    out = x.copy()
    if len(used) < FEWEST:
        return out
    z = (x[:, used] - mean[used]) / sd[used]
    shift, scale = np.nanmean(z, 0), np.nanvar(z, 0, ddof=1)
    shift, scale = _shrunk(z, n[used].astype(np.float64), shift, scale)
    out[:, used] = (z - shift) / np.sqrt(scale) * sd[used] + mean[used]
    return out


def _shrunk(
    z: Array, n: npt.NDArray[np.float64], shift: Array, scale: Array
) -> tuple[Array, Array]:
    """Iterate the posterior means of Johnson et al. (2007), equations 4 and 5."""
    prior_shift, prior_spread = shift.mean(), shift.var(ddof=1)
    m, s2 = scale.mean(), scale.var(ddof=1)
    if s2 <= 0:
        return shift, np.maximum(scale, np.finfo(float).tiny)
    a, b = (2 * s2 + m**2) / s2, (m * s2 + m**3) / s2
    first, old, old_scale = shift, shift, scale
    for _ in range(ROUNDS):
        new = (n * prior_spread * first + old_scale * prior_shift) / (n * prior_spread + old_scale)
        squares = np.nansum((z - new) ** 2, 0)
        new_scale = (0.5 * squares + b) / (n / 2 + a - 1)
        change = max(_change(new, old), _change(new_scale, old_scale))
        old, old_scale = new, new_scale
        if change < TOLERANCE:
            break
    return old, old_scale


def _change(new: Array, old: Array) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.abs(new - old) / np.abs(old)
    return float(np.nanmax(ratio))
