"""Known targets of drugs, as a 0/1 table that the base compares unseen drugs by."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from mmdrp.data.source import Table

COLUMNS = ("targets", "target")
"""names that the column of a drugs table may have"""
NOTHING = {"", "NAN", "NONE", "NA", "N/A", "UNKNOWN"}


def targets_table(
    drugs: pd.DataFrame, ids: Sequence[str], features: Sequence[str] | None = None
) -> Table | None:
    """Return drugs (those of ``ids`` with a known target) x targets; None without such a column.

    ``drugs`` is indexed by id; a cell lists targets such as ``BCL2;BCL2L1``. With ``features``
    the columns are those, and targets not among them are dropped.
    """
    column = next((c for c in COLUMNS if c in drugs), None)
    if column is None:
        return None
    text = drugs[column].reindex(list(ids)).fillna("").astype(str)
    known = {str(drug): names for drug, t in text.items() if (names := named(t))}
    columns = sorted(set().union(*known.values())) if features is None else list(features)
    values = np.array([[name in names for name in columns] for names in known.values()], "f4")
    return Table("drug", list(known), columns, values.reshape(len(known), len(columns)))


def named(text: str) -> set[str]:
    """Return the targets in one cell, upper-case."""
    return {word.strip().upper() for word in re.split(r"[;,|]", text)} - NOTHING
