"""What the numbers of an expression table are: a measure, logged or not, as a unit names it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

LINEAR = ("TPM", "FPKM", "RPKM", "CPM", "counts", "normalised counts", "CP10k")
"""measures of RNA-seq, of which parts of one gene add up"""
WITHIN, PER_FEATURE, INTENSITY = "z-score within line", "z-score per feature", "log2 intensity"
CPM_NOTE = "counts: TPM would need the genes' lengths, so counts per million are taken"


@dataclass(frozen=True)
class Scale:
    """A measure, and how it is written: ``log_base(measure + offset)``, or plain (base None)."""

    measure: str
    """one of ``LINEAR``, "" for one that need not be known, or a score or an intensity"""
    base: float | None = None
    offset: float = 1.0

    @property
    def additive(self) -> bool:
        """Whether the measure is RNA-seq's, with a zero and sums."""
        return self.measure in LINEAR or (self.measure == "" and self.base is not None)

    def words(self) -> str:
        """Return the unit's name: ``log2(TPM + 1)``.

        >>> Scale("TPM", 2.0, 0.001).words(), Scale("", 2.0).words(), Scale("counts").words()
        ('log2(TPM + 0.001)', 'log2(x + 1)', 'counts')
        """
        if self.base is None:
            return self.measure
        name = {2.0: "log2", 10.0: "log10"}.get(self.base, "ln")
        return f"{name}({self.measure or 'x'} + {self.offset:g})"

    def linear(self, values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Return the measure itself, at least 0; NaN stays."""
        x = values.astype(np.float64)
        if self.base is None:
            return x
        out: npt.NDArray[np.float64] = np.maximum(np.exp(x * np.log(self.base)) - self.offset, 0.0)
        return out


def of_unit(unit: str) -> Scale | None:
    """Return the scale that a unit of the closed list names, None where it is none of these.

    >>> of_unit("log2(TPM + 1)")
    Scale(measure='TPM', base=2.0, offset=1.0)
    """
    if unit in (*LINEAR, WITHIN, PER_FEATURE, INTENSITY):
        return Scale(unit)
    if unit in ("log10 intensity", "intensity"):
        return None
    for start, base in (("log2(", 2.0), ("log10(", 10.0), ("ln(", float(np.e))):
        if unit.startswith(start) and unit.endswith(")") and " + " in unit:
            measure, offset = unit[len(start) : -1].rsplit(" + ", 1)
            return Scale(measure, base, float(offset)) if measure in LINEAR else None
    return None
