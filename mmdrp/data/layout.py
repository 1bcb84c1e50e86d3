"""Sources laid out for a list of ids: features and presence, row by row."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mmdrp.data.source import Source


def laid_out(
    sources: Mapping[str, Source], ids: Sequence[str] | npt.NDArray[np.str_]
) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return each source's features for these n ids, and which of them have it, (n,) bool.

    Features are a tensor (n, d) whose rows are NaN where an id has none, or a ``MolBatch`` of n
    molecules.

    >>> from mmdrp.data.source import Table
    >>> table = Table("cell", ["A549"], ["TP53"], np.ones((1, 1), dtype=np.float32))
    >>> inputs, present = laid_out({"mutation": table}, ["HL60", "A549"])
    >>> inputs["mutation"].tolist(), present["mutation"].tolist()
    ([[nan], [1.0]], [False, True])
    """
    inputs, present = {}, {}
    for name, source in sources.items():
        rows = source.locate(ids)
        inputs[name], present[name] = source.take(rows), torch.from_numpy(rows >= 0)
    return inputs, present
