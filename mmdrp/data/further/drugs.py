"""Drugs of two studies that are one drug, whatever they are called."""

from functools import lru_cache

import pandas as pd
from rdkit import Chem

from mmdrp.data.chem.standardise import standardise
from mmdrp.data.drugs import plain_name

NAMES = ("name", "synonyms")
"""columns of a drugs table that say what a drug is called"""


def same_drugs(own: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Return pairs ``drug, other`` of drugs (both tables indexed by id) that are one drug.

    They are where their structures are one without salt, charge and stereochemistry, which
    databases do not agree on, or where an id, name or synonym is the same without case and hyphens.

    >>> own = pd.DataFrame({"smiles": ["CC(=O)O", "CCO"]}, index=["acid", "Ethanol"])
    >>> other = pd.DataFrame({"smiles": ["CC(=O)[O-].[Na+]", ""]}, index=["salt", "ethanol"])
    >>> same_drugs(own, other).values.tolist()
    [['Ethanol', 'ethanol'], ['acid', 'salt']]
    """
    mine, theirs = _keys(own), _keys(other)
    pairs = mine.merge(theirs, on="key", suffixes=("", "_other"))
    out = pairs[["drug", "drug_other"]].drop_duplicates().sort_values(["drug", "drug_other"])
    return out.rename(columns={"drug_other": "other"}).reset_index(drop=True)


def _keys(drugs: pd.DataFrame) -> pd.DataFrame:
    """Return ``drug, key``: all by which a drug is known."""
    rows: list[tuple[str, str]] = []
    smiles = drugs["smiles"] if "smiles" in drugs else pd.Series("", drugs.index)
    for drug, text in smiles.items():
        if key := _structure("" if pd.isna(text) else str(text)):
            rows.append((str(drug), f"structure {key}"))
    named = [pd.Series(drugs.index, drugs.index), *(drugs[c] for c in NAMES if c in drugs)]
    for column in named:
        for drug, text in column.items():
            for name in ("" if pd.isna(text) else str(text)).replace("|", ";").split(";"):
                key = plain_name(name.strip())
                if any(map(str.isalpha, key)):  # a number alone is a catalogue's, not a name
                    rows.append((str(drug), f"name {key}"))
    return pd.DataFrame(rows, columns=["drug", "key"]).drop_duplicates()


@lru_cache(maxsize=1 << 16)
def _structure(smiles: str) -> str:
    try:
        return Chem.MolToSmiles(Chem.MolFromSmiles(standardise(smiles)), isomericSmiles=False)
    except ValueError:
        return ""
