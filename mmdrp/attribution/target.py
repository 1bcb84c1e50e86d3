"""What is asked of an attribution: one drug over some lines, and how to explain it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from mmdrp.attribution.baseline import Baseline
from mmdrp.attribution.methods.integrated import Integrated, Method

TEXT = {"drug": "str", "source": "str", "feature": "str"}
"""columns of a ranking that are names"""


@dataclass(frozen=True)
class Target:
    """One drug to attribute: its output, its lines, and its column in the base."""

    drug: str
    output_index: int
    cells: Sequence[str]
    base_index: int
    """the drug's column in the base, -1 for one never screened (its structure is asked)"""
    y: npt.NDArray[np.float32] | None = None
    """(lines,): measured responses, for what is known without a model"""
    reference: Sequence[str] = ()
    """training lines least sensitive to the drug, for ``baseline=insensitive``"""


@dataclass(frozen=True)
class Options:
    """How to explain: method, baseline, whether the base joins, lines per block."""

    method: Method = field(default_factory=Integrated)
    baseline: Baseline = field(default_factory=Baseline)
    base: bool = True
    block: int = 256
