"""What a drug is called: one table of names, brands, abbreviations and regimens, and its reader.

``drug_names.csv`` states further names of drugs (``also``), what a regimen consists of (``parts``),
what supports a patient or is no drug (``role``), and where each is from: the Food and Drug
Administration's Drugs@FDA, the European Medicines Agency, the National Cancer Institute's Drug
Dictionary and Dictionary of Cancer Terms, GDSC's list of screened compounds, or the reference of
the drug's marker. Markers, patients' tables and pairs of studies all read names here.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from mmdrp.data.drugs import plain_name
from mmdrp.data.known.facts import gdsc_drugs

TABLE = Path(__file__).with_name("drug_names.csv")


@cache
def drug_names() -> pd.DataFrame:
    """Return ``also, parts, role, source`` as texts by name; ``;`` between several.

    >>> drug_names().loc["FOLFIRI", "parts"]
    '5-Fluorouracil;Irinotecan'
    """
    return pd.read_csv(TABLE, dtype=str, keep_default_na=False).set_index("name")


def synonyms(word: str) -> tuple[str, ...]:
    """Return all names of the drug that is called so, in this table and in GDSC's; () if none is.

    Case, blanks and hyphens do not matter.

    >>> synonyms("vp16")[:3]
    ('Etoposide', 'VP-16', 'VP16')
    """
    return _groups().get(plain_name(word), ())


def owner(word: str) -> str:
    """Return the row of the table that a name, or a regimen, belongs to; "" if none.

    >>> owner("gemzar"), owner("mFOLFOX6"), owner("Nosuchmab")
    ('Gemcitabine', 'FOLFOX', '')
    """
    return _owners().get(plain_name(word), "")


@cache
def _owners() -> Mapping[str, str]:
    return MappingProxyType({
        plain_name(word): str(name)
        for name, also in drug_names()["also"].items()
        for word in (str(name), *also.split(";"))
        if word
    })  # fmt: skip


@cache
def _groups() -> Mapping[str, tuple[str, ...]]:
    """Return plain name -> all names of that drug."""
    out: dict[str, tuple[str, ...]] = {}
    table = drug_names()
    rows = [(name, row["also"]) for name, row in table[table["parts"] == ""].iterrows()]
    rows += [(row["name"], row["synonyms"]) for _, row in gdsc_drugs().iterrows()]
    for name, also in rows:
        words = [str(name), *filter(None, also.split(";"))]
        known = out.get(plain_name(words[0]), ())
        # A name belongs to the row that states it: GDSC's list calls rapamycin "Torisel".
        of = owner(words[0]) or str(name)
        own = tuple(w for w in dict.fromkeys((*known, *words)) if owner(w) in ("", of))
        for word in own:
            out[plain_name(word)] = own
    return MappingProxyType({key: names for key, names in out.items() if key})
