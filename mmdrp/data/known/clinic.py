"""Drugs as the clinic writes them: brands, abbreviations, regimens and combinations.

``clinic_drugs.csv`` states brands and synonyms of drugs (``also``), what a regimen consists of
(``parts``), what is given to support a patient (``role``), and where each is from: the Food and
Drug Administration's Drugs@FDA, the European Medicines Agency, and the National Cancer Institute's
Drug Dictionary and Dictionary of Cancer Terms. Names of screens come from GDSC's list.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from mmdrp.data.drugs import drug_name, plain_name, resolve
from mmdrp.data.known.facts import gdsc_drugs
from mmdrp.errors import MmdrpError

TABLE = Path(__file__).with_name("clinic_drugs.csv")
BETWEEN = re.compile(r"\s*(?:[+/,;&|]|\b(?:and|plus|with)\b)\s*", re.IGNORECASE)
SALTS = re.compile(
    r"(?i)\s+(?:(?:di|mono)?hydrochloride|hcl|sulfate|sulphate|mesylate|tosylate|malate|citrate|"
    r"phosphate|acetate|sodium|disodium|calcium|ditosylate|liposom\w*|injection|tablets?|iv|po)\b"
)
INSIDE = re.compile(r"^(.*?)\s*[(\[]([^)\]]+)[)\]]\s*$")


@dataclass(frozen=True)
class Treatment:
    """What a patient was given, as a list of drugs."""

    drugs: tuple[tuple[str, tuple[str, ...]], ...]
    """name and ids of each drug that was predicted; several ids are several screens of it"""
    absent: tuple[str, ...] = ()
    """drugs that are known, and were not predicted"""
    unknown: tuple[str, ...] = ()
    """words that no table knows"""

    @property
    def is_combination(self) -> bool:
        """Whether there is more than one drug, predicted or not."""
        return len(self.drugs) + len(self.absent) + len(self.unknown) > 1


@cache
def clinic_drugs() -> pd.DataFrame:
    """Return ``also, parts, role, source`` as texts by name; ``;`` between several.

    >>> clinic_drugs().loc["FOLFIRI", "parts"]
    '5-Fluorouracil;Irinotecan'
    """
    return pd.read_csv(TABLE, dtype=str, keep_default_na=False).set_index("name")


class ClinicNames:
    """The drugs that were predicted (ids, and id -> name), found by what a clinic writes.

    >>> names = ClinicNames(["GDSC:11", "Gemcitabine"], {"GDSC:11": "Paclitaxel"})
    >>> names.find("Taxol + Gemzar").drugs
    (('Paclitaxel', ('GDSC:11',)), ('Gemcitabine', ('Gemcitabine',)))
    >>> names.find("Xeloda").absent, names.find("Nosuchmab").unknown
    (('Xeloda',), ('Nosuchmab',))
    """

    def __init__(self, ids: Sequence[str], names: Mapping[str, str] | None = None) -> None:
        self.ids = list(map(str, ids))
        self.names = {d: str((names or {}).get(d) or drug_name(d)) for d in self.ids}
        groups = _groups()
        self.synonyms = {d: groups.get(plain_name(n), ()) for d, n in self.names.items()}

    def find(self, text: str) -> Treatment:
        """Return the drugs of a treatment; what supports a patient only is left out."""
        drugs: dict[str, tuple[str, ...]] = {}
        absent: list[str] = []
        unknown: list[str] = []
        for word in self._words(text):
            if _role(word) == "supportive":
                continue
            if ids := self._ids(word):
                drugs.setdefault(self.names[ids[0]], ids)
            else:
                (absent if _is_known(word) else unknown).append(word)
        return Treatment(tuple(drugs.items()), tuple(absent), tuple(unknown))

    def _words(self, text: str) -> list[str]:
        text = " ".join(str(text).split())
        if word := self._known(text):
            return _parts(word)
        pieces = [p for p in BETWEEN.split(text) if p]
        if len(pieces) < 2:
            dashed = [self._known(p) for p in text.split("-")]
            if len(dashed) < 2 or not all(dashed):
                return [text]
            pieces = [str(word) for word in dashed]
        return [part for p in pieces for part in _parts(self._known(p) or p)]

    def _known(self, text: str) -> str:
        """Return the part of a text that names a drug: without salt, or within brackets."""
        bare = SALTS.sub("", text).strip()
        inside = INSIDE.match(text)
        for word in (text, bare, *(inside.groups() if inside else ())):
            if plain_name(word) and (_is_known(word) or self._ids(word)):
                return word
        return ""

    def _ids(self, word: str) -> tuple[str, ...]:
        try:
            return tuple(resolve(word, self.ids, self.names, self.synonyms))
        except MmdrpError:
            return ()


@cache
def _groups() -> dict[str, tuple[str, ...]]:
    """Return plain name -> all names of that drug, in this table and in GDSC's."""
    out: dict[str, tuple[str, ...]] = {}
    clinic = clinic_drugs()
    rows = [(name, row["also"]) for name, row in clinic[clinic["parts"] == ""].iterrows()]
    rows += [(row["name"], row["synonyms"]) for _, row in gdsc_drugs().iterrows()]
    for name, also in rows:
        words = [str(name), *filter(None, also.split(";"))]
        if out.get(plain_name(words[0])):
            words = [*out[plain_name(words[0])], *words]
        # A brand belongs to the table of the clinic: GDSC's list calls rapamycin "Torisel".
        own = tuple(w for w in dict.fromkeys(words) if _owner(w) in ("", plain_name(str(name))))
        for word in own:
            out[plain_name(word)] = own
    return out


@cache
def _owners() -> dict[str, str]:
    return {
        plain_name(word): plain_name(str(name))
        for name, also in clinic_drugs()["also"].items()
        for word in (str(name), *also.split(";"))
    }


def _owner(word: str) -> str:
    return _owners().get(plain_name(word), "")


def _is_known(word: str) -> bool:
    return plain_name(word) in _groups() or bool(_owner(word))


def _row(word: str) -> pd.Series | None:
    owner = _owner(word)
    names = [n for n in clinic_drugs().index if plain_name(n) == owner] if owner else []
    return clinic_drugs().loc[names[0]] if names else None


def _role(word: str) -> str:
    row = _row(word)
    return "" if row is None else str(row["role"])


def _parts(word: str) -> list[str]:
    """Return the drugs of a regimen, of a drug itself."""
    row = _row(word)
    parts = "" if row is None else str(row["parts"])
    return parts.split(";") if parts else [word]
