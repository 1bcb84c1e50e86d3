"""DepMap's copy number per gene: relative to the line's ploidy, or its log2(x + 1)."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from mmdrp.data.ingest import matrix
from mmdrp.data.ingest.matrix import Matrix
from mmdrp.data.tables import cell
from mmdrp.errors import MmdrpError

UNIT = "log2(relative copies + 1)"
LOGGED = 8.0
"""log2(x + 1) of 255 copies of what is usual: no larger logarithm is in any release"""
PLAIN = ("OmicsCNGeneWGS", "OmicsCNGeneMC_WES")
"""files that came after 25Q1, when copy number ceased to be a logarithm"""


def read(path: Path) -> Matrix:
    """Read copy number and return its log2(x + 1), whatever the file holds.

    Values above ``LOGGED`` are no logarithms. A table without any is taken for what the release
    of that name or layout holds, which ``detail`` says, for the values do not.
    """
    table = matrix.wide(path)
    known = table.values[np.isfinite(table.values)]
    if known.size and float(known.min()) < 0:
        i, j = map(int, np.argwhere(table.values < 0)[0])
        where = cell(path, table.features[j], i)
        raise MmdrpError(f"{where}: {table.values[i, j]:g} is no copy number, which is 0 or more")
    largest = float(known.max()) if known.size else 0.0
    newer = path.name.startswith(PLAIN) or (path.name.startswith("Omics") and "cell" in table.names)
    if largest > LOGGED:
        detail = f"relative copy number up to {largest:.4g}, made {UNIT}"
    elif newer and "Log2" not in path.name:
        detail = f"no value above {largest:.3g}; by name and layout relative, made {UNIT}"
    elif path.name.startswith("OmicsCNGene."):
        return replace(table, detail=f"no value above {largest:.3g}; taken for {UNIT}")
    else:
        return table
    return replace(table, values=np.log2(table.values + 1).astype(np.float32), detail=detail)
