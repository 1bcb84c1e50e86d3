"""What a checkpoint remembers of the lines of training, to compare new samples with."""

from typing import Any

import numpy as np

from mmdrp.data.align import Reference
from mmdrp.data.datamodule import ResponseData
from mmdrp.data.source import Table
from mmdrp.parts import TISSUE

KEPT = 201
"""quantiles of the response"""


def reference_of(name: str, table: object, data: ResponseData) -> dict[str, Any]:
    """Return mean, spread and quantiles of a line source's features over training lines."""
    if not isinstance(table, Table) or table.axis != "cell" or name == TISSUE:
        return {}
    rows = table.select(data.roster["cell"])
    return {"reference": Reference.of(rows).plain()} if len(rows.ids) else {}


def measured_of(data: ResponseData) -> list[float]:
    """Return evenly spaced quantiles of all measured responses of training."""
    y = data.measured.y[data.rows["train"]]
    found = np.quantile(y[np.isfinite(y)].astype(np.float64), np.linspace(0, 1, KEPT))
    return [float(value) for value in found]
