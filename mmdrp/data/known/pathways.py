"""Pathways that drugs act on, as a 0/1 table that the base compares unseen drugs by."""

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd

from mmdrp.data.known.facts import NO_PATHWAY, gdsc_drugs
from mmdrp.data.source import Table
from mmdrp.data.targets import COLUMNS as TARGET_COLUMNS
from mmdrp.data.targets import named

COLUMNS = ("pathways", "pathway")
"""names that the column of a drugs table may have"""


@cache
def of_target() -> dict[str, frozenset[str]]:
    """Return target, upper-case -> pathways that GDSC puts drugs of that target in.

    >>> sorted(of_target()["BRAF"])
    ['ERK MAPK signaling']
    """
    found: dict[str, set[str]] = {}
    for _, row in gdsc_drugs().iterrows():
        for target in named(row["target"]):
            found.setdefault(target, set()).update({row["pathway"]} - {*NO_PATHWAY})
    return {target: frozenset(pathways) for target, pathways in found.items() if pathways}


def pathways_table(
    drugs: pd.DataFrame, ids: Sequence[str], features: Sequence[str] | None = None
) -> Table | None:
    """Return drugs (those of ``ids`` with a pathway) x pathways; None where none is known.

    A drug has those of its row (a column ``pathway``; ``;`` or ``|`` between several) and those of
    its targets, by GDSC's list. With ``features`` the columns are those.
    """
    own = next((c for c in COLUMNS if c in drugs), None)
    target = next((c for c in TARGET_COLUMNS if c in drugs), None)
    known: dict[str, set[str]] = {}
    for column, read in ((own, _stated), (target, _by_targets)):
        if column is not None:
            text = drugs[column].reindex(list(ids)).fillna("").astype(str)
            for drug, words in text.items():
                known.setdefault(str(drug), set()).update(read(words))
    known = {drug: pathways for drug, pathways in known.items() if pathways}
    columns = sorted(set().union(*known.values())) if features is None else list(features)
    if not known or not columns:
        return None
    values = np.array([[name in found for name in columns] for found in known.values()], "f4")
    return Table("drug", list(known), columns, values.reshape(len(known), len(columns)))


def _stated(text: str) -> set[str]:
    return {word.strip() for word in re.split(r"[;|]", text)} - {*NO_PATHWAY}


def _by_targets(text: str) -> set[str]:
    return set().union(*(of_target().get(target, frozenset()) for target in named(text)))
