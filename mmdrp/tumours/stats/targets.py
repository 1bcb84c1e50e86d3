"""Drugs of known target: does the response differ in the known direction?"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from mmdrp.tumours.stats.association import Array, t_tests
from mmdrp.tumours.stats.modulation import RESISTANT, effect_direction

MIN_GROUP = 3
"""carriers and others needed for a test worth the name"""


@dataclass(frozen=True)
class TargetTest:
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


def compare_carriers(
    carrier: npt.NDArray[np.float64], response: Array, higher: str = RESISTANT
) -> TargetTest | str:
    """Compare carriers (1) with others (0; NaN: unknown), or say why that cannot be tested."""
    usable = np.isfinite(carrier) & np.isfinite(response)
    inside, y = carrier[usable] > 0, response[usable]
    n1, n0 = int(inside.sum()), int((~inside).sum())
    if n1 < MIN_GROUP or n0 < MIN_GROUP:
        return f"{n1} tumours with and {n0} without it, {MIN_GROUP} of each are needed"
    tests = t_tests(sparse.csr_array(inside[None].astype(float)), y[:, None])
    if not np.isfinite(tests.p_welch[0, 0]):
        return "the response is the same in all tumours"
    direction = effect_direction(tests.difference, np.array([[True]]), higher)
    return TargetTest(
        n1, n0, float(tests.difference[0, 0]), float(tests.hedges_g[0, 0]),
        float(tests.p_welch[0, 0]), float(tests.p_pooled[0, 0]), str(direction[0, 0]),
    )  # fmt: skip


def upper_half(values: Array) -> npt.NDArray[np.float64]:
    """Return 1 above the median of the measured values, 0 below, NaN where unmeasured."""
    there = np.isfinite(values)
    middle = np.median(values[there]) if there.any() else np.nan
    return np.where(there, (values > middle).astype(float), np.nan)
