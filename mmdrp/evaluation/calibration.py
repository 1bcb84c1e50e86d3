"""Coverage against level: do intervals hold as many responses as they say, in every part?"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mmdrp.nn.answers import PLACE

LEVELS = tuple(round(0.05 * i, 2) for i in range(1, 20))
COLUMNS = ["model", "scope", "id", "level", "coverage", "n"]


def covered(frame: pd.DataFrame, groups: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Count responses inside the interval of each level, ``scope, id, level, inside, n``.

    ``frame`` has ``cell`` and ``pit``, a number from 0 to 1: an interval of a level holds a
    response whose ``pit`` is no further from 0.5 than half the level. ``groups`` are those of
    ``scopes.scoped``: scope -> label of each line. Empty where predictions have no ``pit``.

    >>> frame = pd.DataFrame({"cell": ["A", "B"], "pit": [0.5, 0.9]})
    >>> found = covered(frame, {}).set_index("level")["inside"]
    >>> found[[0.5, 0.75, 0.8]].tolist()
    [1, 1, 2]
    """
    if PLACE not in frame:
        return pd.DataFrame(columns=["scope", "id", "level", "inside", "n"])
    known = frame[frame[PLACE].notna()]
    away = (2 * (known[PLACE] - 0.5).abs()).to_numpy(float)
    labels = {"pooled": pd.Series("all", known.index)}
    labels |= {scope: known["cell"].map(label) for scope, label in groups.items()}
    rows = []
    for scope, label in labels.items():
        for name, places in known.groupby(label.to_numpy(), sort=True).indices.items():
            ordered = np.sort(away[places])
            inside = np.searchsorted(ordered, np.array(LEVELS) + 1e-9, side="right")
            rows += [
                (scope, str(name), level, int(count), len(ordered))
                for level, count in zip(LEVELS, inside, strict=True)
            ]
    return pd.DataFrame(rows, columns=["scope", "id", "level", "inside", "n"])


def calibration(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return ``model, scope, id, level, coverage, n`` over folds, coverage in percent.

    ``parts`` are counts of ``covered``, with a column ``model``.
    """
    some = [part for part in parts if len(part)]
    if not some:
        return pd.DataFrame(columns=COLUMNS)
    keys = ["model", "scope", "id", "level"]
    total = pd.concat(some).groupby(keys, sort=False)[["inside", "n"]].sum().reset_index()
    total["coverage"] = 100 * total["inside"] / total["n"]
    return total[COLUMNS]
