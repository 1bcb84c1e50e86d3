"""Association of single features with a response of related lines: a mixed model.

The t is that by which the base selects its single features (``mmdrp.nn.base.markers``), there on
tensors and within the selection, here for every feature of every modality.
"""

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve

from mmdrp.nn.base.carriers import enough_carriers

Array = npt.NDArray[np.float64]
BLOCK = 4096  # features at a time


def conditional(kernel: Array, x: npt.NDArray[np.floating], y: Array, noise: float = 32.0) -> Array:
    """Return t (p, m) of each feature x (n, p) with each y (n, m), given the lines' kernel (n, n).

    t = z'V^-1 y / sqrt(z'V^-1 z s^2), V = K + noise, s^2 = mean(y V^-1 y): the fixed effect of one
    feature beside a random effect of everything that makes lines alike (Kang et al. 2008, EMMA;
    Lippert et al. 2011, FaST-LMM). A large noise gives the plain correlation, a small one what the
    kernel cannot explain. NaN in x counts as the feature's mean; a constant feature has t = 0.
    """
    K, r = _centred(kernel), y - y.mean(0)
    V = cho_factor(K + noise * np.eye(len(y)))
    Vr = cho_solve(V, r)
    scale = np.sqrt((r * Vr).mean(0))
    # A constant response goes with nothing.
    Vr = np.divide(Vr, scale, out=np.zeros_like(Vr), where=scale > 1e-6)
    out = np.zeros((x.shape[1], y.shape[1]))
    for i in range(0, x.shape[1], BLOCK):
        out[i : i + BLOCK] = _t(filled(x[:, i : i + BLOCK]), V, Vr)
    return out


def can_be_tested(x: npt.NDArray[np.floating], min_count: int) -> npt.NDArray[np.bool_]:
    """Say which features (p,) can be tested: those of 0 and 1 need enough carriers, and others.

    Of a rare mutation one extreme line makes a large t. A feature of other values can always be
    tested.
    """
    binary = ((x == 0) | (x == 1)).sum(0) == np.isfinite(x).sum(0)
    return np.asarray(~binary | enough_carriers(x, min_count))


def relation(x: npt.NDArray[np.floating]) -> Array:
    """Return the linear kernel (n, n) of lines on features x (n, p), its mean diagonal 1.

    Each feature is standardised; NaN counts as the mean. For a model that has no kernel itself.
    """
    z = filled(x)
    sd = z.std(0)
    z = z[:, sd > 1e-6] / sd[sd > 1e-6]
    out: Array = z @ z.T / max(1, z.shape[1])
    return out


def filled(x: npt.NDArray[np.floating]) -> Array:
    """Return x (n, p) centred, its gaps at the mean, which is 0."""
    read = np.isfinite(x)
    mean = np.where(read, x, 0.0).sum(0, dtype=float) / np.maximum(read.sum(0), 1)
    return np.where(read, x - mean, 0.0)


def _t(z: Array, V: tuple[Array, bool], Vr: Array) -> Array:
    own = (z * cho_solve(V, z)).sum(0)[:, None]
    return np.where(own > 1e-9, z.T @ Vr / np.sqrt(np.maximum(own, 1e-9)), 0.0)


def _centred(kernel: Array) -> Array:
    """Take the lines' mean off both sides, as an intercept does."""
    half = kernel - kernel.mean(0)
    out: Array = half - half.mean(1, keepdims=True)
    return out
