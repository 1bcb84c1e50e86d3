"""Weights of labels, from the training labels alone."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import numpy.typing as npt

from mmdrp.errors import MmdrpError
from mmdrp.options import Draws, Range

Labels = npt.NDArray[np.float32]


@dataclass(frozen=True)
class SmoothedDensity:
    """Label distribution smoothing (Yang et al. 2021, eq. 1): rare labels count for more.

    The histogram of labels is smoothed by a Gaussian window of ``kernel`` bins, and a label's
    weight is that density to the power of minus ``power``, scaled to a mean of 1.
    """

    bins: Draws = 100
    kernel: Annotated[int, Range(least=1, most=9_999)] = 5
    sigma: Annotated[float, Range(above=0)] = 2.0
    power: Annotated[float, Range(least=0)] = 1.0

    def __post_init__(self) -> None:
        if self.bins < 1 or self.kernel < 1 or self.kernel % 2 == 0 or self.sigma <= 0:
            raise MmdrpError(
                f"label_weight: bins={self.bins}, kernel={self.kernel}, sigma={self.sigma}: needs "
                "at least one bin, an odd kernel and a positive sigma"
            )

    def __call__(self, y: Labels) -> Labels:
        """Return the weight of each training label, the shape of ``y``; 0 where unmeasured."""
        measured = np.isfinite(y)
        values = y[measured].astype(np.float64)
        if not len(values):
            return np.zeros_like(y)
        edges = np.linspace(values.min(), values.max(), self.bins + 1)
        place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, self.bins - 1)
        count = np.bincount(place, minlength=self.bins).astype(np.float64)
        weight = self.smooth(count)[place] ** -self.power
        out = np.zeros_like(y)
        out[measured] = weight / weight.mean()
        return out

    def smooth(self, count: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the smoothed histogram (bins,); the window's peak is 1, beyond the ends is 0."""
        from scipy.ndimage import convolve1d  # only where labels are weighed

        offset = np.arange(self.kernel) - self.kernel // 2
        window = np.exp(-0.5 * (offset / self.sigma) ** 2)
        smoothed: npt.NDArray[np.float64] = convolve1d(count, window, mode="constant")
        return smoothed
