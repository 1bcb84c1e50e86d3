"""Structures from a tool's table of drugs."""

from pathlib import Path

import pandas as pd

from mmdrp.data.chem.standardise import standardise
from mmdrp.data.tables import cell
from mmdrp.errors import MmdrpError


def smiles_of(
    path: Path, frame: pd.DataFrame, key: str, column: str, notes: list[str]
) -> dict[str, str]:
    """Return drug -> standardised SMILES of a table's columns ``key`` and ``column``.

    A drug with two structures has none, and is listed; a SMILES that does not parse is refused.
    """
    found: dict[str, str] = {}
    two: list[str] = []
    for i, (drug, text) in enumerate(zip(frame[key], frame[column], strict=True)):
        if not text or not drug:
            continue
        try:
            one = standardise(text)
        except ValueError as error:
            raise MmdrpError(f"{cell(path, column, i, drug[:40])}: {error}") from None
        if found.setdefault(drug, one) != one:
            two.append(drug)
    if two:
        named = ", ".join(dict.fromkeys(two))
        notes.append(f"{len(set(two))} drugs have two structures and so none: {named}")
    return {drug: text for drug, text in found.items() if drug not in set(two)}
