"""DepMap's signatures of whole genomes (``OmicsSignatures.csv``): microsatellites, ploidy, ..."""

from pathlib import Path

import numpy as np

from mmdrp.data.ingest import matrix
from mmdrp.data.ingest.matrix import Matrix
from mmdrp.errors import MmdrpError

COLUMNS: dict[str, tuple[str, float, float]] = {
    "MSIScore": ("% of microsatellites unstable", 0, 100),
    "Ploidy": ("copies", 0, 20),
    "CIN": ("fraction of the genome altered", 0, 1),
    "WGD": ("0/1, whole-genome doubling", 0, 1),
    "LoHFraction": ("fraction of the genome", 0, 1),
    "Aneuploidy": ("chromosome arms", 0, 46),
}
"""column -> what it is in, and the least and the most it can be"""


def read(path: Path) -> Matrix:
    """Read lines x signatures; gaps stay. Columns that are none of ``COLUMNS`` are named only."""
    table = matrix.wide(path)
    places = {name: j for j, name in enumerate(table.features) if name in COLUMNS}
    if not places:
        raise MmdrpError(
            f"{path.name}: has none of {', '.join(COLUMNS)}; it has "
            f"{', '.join(table.features[:3])[:60]}"
        )
    for name, j in places.items():
        _, least, most = COLUMNS[name]
        values = table.values[:, j]
        bad = (values < least) | (values > most)
        if bad.any():
            i = int(np.argmax(bad))
            who = next(iter(table.names.values()))[i]
            raise MmdrpError(
                f"{path.name}: column {name!r} ({who}): {values[i]:g} is not in {least:g} to "
                f"{most:g}"
            )
    others = [name for name in table.features if name not in places]
    detail = "; ".join(f"{name}: {COLUMNS[name][0]}" for name in places)
    detail += f"; not read: {', '.join(others)[:80]}" if others else ""
    return Matrix(table.names, list(places), table.values[:, list(places.values())], detail)
