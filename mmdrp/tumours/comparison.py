"""Two groups of responses that are compared, as a box plot shows them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SMALLEST = 1e-308
"""p under this is 0 in double precision"""


@dataclass(frozen=True)
class Comparison:
    """Responses of carriers and others, with what to write above and below their boxes."""

    title: str
    carriers: npt.NDArray[np.float64]
    others: npt.NDArray[np.float64]
    names: tuple[str, str]
    """below the boxes: carriers, others"""
    note: str = ""


def p_text(p: float) -> str:
    """Return a p as it is written in a title; one too small for a number has no other name.

    >>> p_text(0.0123), p_text(0.0)
    ('p = 1.2e-02', 'p < 1e-308')
    """
    return f"p = {p:.1e}" if p >= SMALLEST else "p < 1e-308"
