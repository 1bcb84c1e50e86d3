"""DeepDR (Chiu et al. 2019): its published settings, Table 1 and Figure 2.

>>> from mmdrp.experiments import deepdr
>>> deepdr.spec().model.head
(128, 128, 128)
"""

from mmdrp.experiments.deepdr.compare import table1
from mmdrp.experiments.deepdr.published import (
    PAPER,
    VARIANTS,
    model,
    plus_model,
    plus_spec,
    spec,
)
from mmdrp.experiments.deepdr.result import Table1

__all__ = ["PAPER", "VARIANTS", "Table1", "model", "plus_model", "plus_spec", "spec", "table1"]
