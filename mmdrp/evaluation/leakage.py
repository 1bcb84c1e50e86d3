"""What test may know from training: shared entities, lines alike, one structure under two names."""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.data.chem.standardise import standardise
from mmdrp.data.source import Table
from mmdrp.data.split import Fold, Part

Pair = tuple[str, str, float]
"""two entities, and how alike they are"""
COLUMNS = ["kind", "axis", "one", "part", "other", "other_part", "value"]
PARTS = (("train", "test"), ("train", "validation"), ("validation", "test"))


def entities(part: Part, axis: str) -> frozenset[str] | None:
    """Return the ids of a part on an axis; None where the split does not name that axis."""
    if axis in part.ids:
        return part.ids[axis]
    if "pair" in part.ids:
        place = ("cell", "drug").index(axis)
        return frozenset(pair.split("\t")[place] for pair in part.ids["pair"])
    return None


def shared(fold: Fold, axis: str) -> pd.DataFrame:
    """List the entities that two parts have in common (value 1), along an axis that is split."""
    rows = []
    for part, other in PARTS:
        a, b = (entities(fold.parts()[name], axis) or frozenset() for name in (part, other))
        rows += [("shared", axis, i, part, i, other, 1.0) for i in sorted(a & b)]
    return pd.DataFrame(rows, columns=COLUMNS)


def alike(table: Table, min_correlation: float) -> list[Pair]:
    """Return pairs of lines that correlate by at least ``min_correlation``, the closest first.

    Features are standardised over all lines first: plain profiles of any two lines are alike,
    because the same genes are high in both.
    """
    x = table.values.astype(np.float64)
    sd = np.nanstd(x, axis=0)
    z = np.nan_to_num((x - np.nanmean(x, axis=0)) / np.where(sd > 0, sd, np.inf))
    z -= z.mean(1, keepdims=True)
    z /= np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-12)
    near: npt.NDArray[np.float64] = z @ z.T
    i, j = np.nonzero(np.triu(near >= min_correlation, 1))
    order = np.argsort(-near[i, j], kind="stable")
    return [(table.ids[i[k]], table.ids[j[k]], float(near[i[k], j[k]])) for k in order]


def same_structure(smiles: Mapping[str, str]) -> list[Pair]:
    """Return pairs of drugs with one standardised structure (value 1); unreadable ones are none.

    >>> same_structure({"acid": "CC(=O)O", "salt": "CC(=O)[O-].[Na+]", "ethanol": "CCO"})
    [('acid', 'salt', 1.0)]
    """
    groups: dict[str, list[str]] = {}
    for drug in sorted(smiles):
        try:
            groups.setdefault(standardise(smiles[drug]), []).append(drug)
        except ValueError:
            continue
    return [(a, b, 1.0) for drugs in groups.values() for a, b in combinations(drugs, 2)]


def across(fold: Fold, kind: str, axis: str, pairs: list[Pair]) -> pd.DataFrame:
    """Keep the pairs of entities whose two members lie in different parts of the fold."""
    home = {
        name: part
        for part, ids in ((n, entities(p, axis)) for n, p in fold.parts().items())
        for name in ids or ()
    }
    rows = [
        (kind, axis, a, home[a], b, home[b], value)
        for a, b, value in pairs
        if a in home and b in home and home[a] != home[b]
    ]
    return pd.DataFrame(rows, columns=COLUMNS)
