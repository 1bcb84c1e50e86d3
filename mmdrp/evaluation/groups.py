"""Groups of lines that are scored apart: by which modalities they have."""

from collections.abc import Iterable

import pandas as pd

from mmdrp.data.study import Study


def presence(study: Study, modalities: Iterable[str]) -> pd.Series:
    """Return which of the modalities each line has, such as ``cnv+expression``, else ``none``."""
    lines = {name: set(study.modality(name).ids) for name in sorted(modalities)}
    pattern = ["+".join(n for n, ids in lines.items() if line in ids) for line in study.cells.index]
    return pd.Series([p or "none" for p in pattern], index=study.cells.index)
