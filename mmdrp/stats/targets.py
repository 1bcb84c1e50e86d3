"""Drugs of known target: does the response differ in the known direction?"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from mmdrp.stats.association import Array, associate
from mmdrp.stats.modulation import RESISTANT, SENSITIVE

LEAST = 3
"""carriers and others needed for a test worth the name"""


@dataclass(frozen=True)
class Check:
    """One known target in one drug: carriers of the mark against all others."""

    carriers: int
    others: int
    difference: float
    """mean response of carriers minus others"""
    hedges_g: float
    p_welch: float
    p_pooled: float
    found: str
    """direction found: sensitive or resistant"""


def check(
    carrier: npt.NDArray[np.float64], response: Array, higher: str = RESISTANT
) -> Check | str:
    """Compare carriers (1) with others (0; NaN: unknown), or say why that cannot be tested."""
    usable = np.isfinite(carrier) & np.isfinite(response)
    inside, y = carrier[usable] > 0, response[usable]
    n1, n0 = int(inside.sum()), int((~inside).sum())
    if n1 < LEAST or n0 < LEAST:
        return f"{n1} tumours with and {n0} without it, {LEAST} of each are needed"
    result = associate(sparse.csr_array(inside[None].astype(float)), y[:, None])
    if not np.isfinite(result.p_welch[0, 0]):
        return "the response is the same in all tumours"
    difference = float(result.difference[0, 0])
    up, down = (RESISTANT, SENSITIVE) if higher == RESISTANT else (SENSITIVE, RESISTANT)
    return Check(
        n1, n0, difference, float(result.hedges_g[0, 0]), float(result.p_welch[0, 0]),
        float(result.p_pooled[0, 0]), up if difference > 0 else down,
    )  # fmt: skip


def upper_half(values: Array) -> npt.NDArray[np.float64]:
    """Return 1 above the median of the measured values, 0 below, NaN where unmeasured."""
    there = np.isfinite(values)
    middle = np.median(values[there]) if there.any() else np.nan
    return np.where(there, (values > middle).astype(float), np.nan)
