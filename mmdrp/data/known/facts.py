"""What GDSC says of its drugs: names, synonyms, targets, pathways; facts, one row a drug id.

``gdsc_drugs.csv`` states what the list of screened compounds of Genomics of Drug Sensitivity in
Cancer (cancerrxgene.org, with the release of Iorio et al., Cell 2016) says of 267 drugs.
"""

from functools import cache
from pathlib import Path

import pandas as pd

from mmdrp.data.drugs import plain_name

TABLE = Path(__file__).with_name("gdsc_drugs.csv")
SOURCE = "GDSC list of screened compounds"
NO_PATHWAY = ("", "Other", "Unclassified")
"""what stands for a pathway that is none"""


@cache
def gdsc_drugs() -> pd.DataFrame:
    """Return ``name, synonyms, target, pathway`` as texts by GDSC id; ``;`` between several.

    >>> gdsc_drugs().loc["GDSC:1003", "name"], gdsc_drugs().loc["GDSC:1", "target"]
    ('Camptothecin', 'EGFR')
    """
    frame = pd.read_csv(TABLE, dtype=str, keep_default_na=False)
    return frame.set_index("drug_id")


@cache
def _by_name() -> dict[str, str]:
    frame = gdsc_drugs()
    names: dict[str, set[str]] = {}
    for drug, row in frame[["name", "synonyms"]].iterrows():
        for name in (row["name"], *row["synonyms"].split(";")):
            names.setdefault(plain_name(name), set()).add(str(drug))
    names.pop("", None)
    return {name: min(ids) for name, ids in names.items() if _alike(ids)}


def _alike(ids: set[str]) -> bool:
    """Whether ids are screens of one drug, so that any of them may stand for it."""
    return gdsc_drugs().loc[sorted(ids), "target"].nunique() == 1


def known_drug(gdsc_id: str, *names: str) -> dict[str, str] | None:
    """Return what is known of a drug by its GDSC id, else by the first of its names; None: nothing.

    >>> known_drug("", "erlotinib")["pathway"]
    'EGFR signaling'
    """
    if gdsc_id in gdsc_drugs().index:
        return _row(gdsc_id)
    for name in names:
        if (found := _by_name().get(plain_name(name))) is not None:
            return _row(found)
    return None


def _row(drug: str) -> dict[str, str]:
    return {column: str(gdsc_drugs().at[drug, column]) for column in gdsc_drugs().columns}
