"""What a run is made of, said before it learns: examples per part, and who has which modality."""

import logging

import numpy as np
import pandas as pd

from mmdrp.batch import is_annotation, is_base_only
from mmdrp.data.batches.datamodule import ResponseData

log = logging.getLogger(__name__)
MOST = 6


def describe(data: ResponseData) -> None:
    """Log the size of each part, how many have each source, and which sources go together."""
    examples = data.dataset.examples
    for name, rows in data.rows.items():
        lines = len(set(examples.ids["cell"][rows]))
        log.info("%s: %d examples, %d lines", name, len(rows), lines)
    for name, source in data.dataset.sources.items():
        if is_base_only(name):
            continue
        entities = data.dataset.entities(source.axis)
        have = int((source.locate(entities) >= 0).sum())
        what = {"cell": "lines", "drug": "drugs"}[source.axis]
        log.info("%s: present for %d of %d %s", name, have, len(entities), what)
    counts = patterns(data).value_counts()
    if len(counts) > 1:
        shown = [f"{pattern} {count}" for pattern, count in counts.head(MOST).items()]
        rest = f"; {len(counts) - MOST} rarer patterns" if len(counts) > MOST else ""
        log.info("Lines by what they have: %s%s", "; ".join(shown), rest)


def patterns(data: ResponseData) -> pd.Series:
    """Return for each line the modalities it has, joined by "+"."""
    lines = data.dataset.entities("cell")
    omics = {
        name: source.locate(lines) >= 0
        for name, source in data.dataset.sources.items()
        if source.axis == "cell" and not is_annotation(name)
    }
    names = np.array(list(omics))
    here = np.stack(list(omics.values()), axis=1)
    return pd.Series(["+".join(names[row]) or "nothing" for row in here], index=lines)
