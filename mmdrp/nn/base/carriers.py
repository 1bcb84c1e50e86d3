"""Which features of 0 and 1 can be told apart at all: one rule for selection and for tests."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt
from torch import Tensor

Values = TypeVar("Values", Tensor, npt.NDArray[np.floating])


def enough_carriers(x: Values, min_count: int) -> Values:
    """Say which features (d,) of x (n, d) at least ``min_count`` rows carry (1), and lack (0).

    NaN is neither. Of a mutation in two lines, one extreme response makes a large effect.

    >>> enough_carriers(np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 0.0], [np.nan, 0.0]]), 1).tolist()
    [True, True]
    >>> enough_carriers(np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]), 2).tolist()
    [True, False]
    """
    out: Values = ((x == 1).sum(0) >= min_count) & ((x == 0).sum(0) >= min_count)
    return out
