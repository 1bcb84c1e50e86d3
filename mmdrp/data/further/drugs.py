"""Drugs of two studies that are one drug, whatever they are called."""

from functools import lru_cache

import pandas as pd
from rdkit import Chem

from mmdrp.data.chem.standardise import standardise
from mmdrp.data.drugs import plain_name
from mmdrp.data.known.names import owner, synonyms

NAMES = ("name", "synonyms")
"""columns of a drugs table that say what a drug is called"""


def same_drugs(own: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Return pairs ``drug, other`` of drugs (both tables indexed by id) that are one drug.

    They are where their structures are one without salt, charge and stereochemistry, which
    databases do not agree on, or where an id, name or synonym, of the tables or known of the drug
    (``mmdrp.data.known.names``), is the same without case and hyphens.

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
    names = drugs["name"] if "name" in drugs else named[0]
    called = dict(zip(map(str, drugs.index), map(str, names), strict=True))
    for column in named:
        said = column.name == "synonyms"
        for drug, text in column.items():
            for name in ("" if pd.isna(text) else str(text)).replace("|", ";").split(";"):
                for word in _called(name.strip(), called[str(drug)], said):
                    key = plain_name(word)
                    if any(map(str.isalpha, key)):  # a number alone is a catalogue's, not a name
                        rows.append((str(drug), f"name {key}"))
    return pd.DataFrame(rows, columns=["drug", "key"]).drop_duplicates()


def _called(name: str, drug: str, said: bool) -> tuple[str, ...]:
    """Return a name of a drug and what else it is called; ``said``: a table calls it a synonym."""
    if not said:
        return name, *synonyms(name)
    # GDSC's list calls rapamycin "Torisel", which is temsirolimus.
    other = {owner(name), owner(drug)} - {""}
    return () if len(other) > 1 else (name,)


@lru_cache(maxsize=1 << 16)
def _structure(smiles: str) -> str:
    try:
        return Chem.MolToSmiles(Chem.MolFromSmiles(standardise(smiles)), isomericSmiles=False)
    except ValueError:
        return ""
