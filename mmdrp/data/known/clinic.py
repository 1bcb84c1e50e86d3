"""Drugs as the clinic writes them: brands, abbreviations, regimens and combinations.

What they are called stands in ``mmdrp.data.known.names``.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from mmdrp.data.drugs import drug_name, plain_name, resolve
from mmdrp.data.known.names import drug_names, owner, synonyms
from mmdrp.errors import MmdrpError

BETWEEN = re.compile(r"\s*(?:[+/,;&|]|\b(?:and|plus|with)\b)\s*", re.IGNORECASE)
SALTS = re.compile(
    r"(?i)\s+(?:(?:di|mono)?hydrochloride|hcl|sulfate|sulphate|mesylate|tosylate|(?:s-|l-)?malate|"
    r"citrate|tartrate|phosphate|acetate|sodium|disodium|calcium|ditosylate|liposom\w*|injection|"
    r"tablets?|capsules?|wafers?|oral|weekly|iv|po)\b"
)
DOSES = re.compile(
    r"(?i)[\s,]*\b(?:\d[\d,]*(?:\.\d+)?\s*(?:mg|mcg|ug|g|iu|units?|%)(?:\s*/\s*(?:m2|m\^2|m²|kg|day|d))?|"
    r"auc\s*=?\s*\d+(?:\.\d+)?)(?!\w)"
)
"""as ``175 mg/m2`` or ``AUC 5`` behind a drug"""
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
        self.synonyms = {d: synonyms(n) for d, n in self.names.items()}

    def find(self, text: str) -> Treatment:
        """Return the drugs of a treatment; what supports a patient only is left out."""
        drugs: dict[str, tuple[str, ...]] = {}
        absent: list[str] = []
        unknown: list[str] = []
        for word in self._words(text):
            if _role(word):  # supportive, or no drug
                continue
            if ids := self._ids(word):
                drugs.setdefault(self.names[ids[0]], ids)
            else:
                (absent if _is_known(word) else unknown).append(word)
        return Treatment(tuple(drugs.items()), tuple(absent), tuple(unknown))

    def _words(self, text: str) -> list[str]:
        text = DOSES.sub("", " ".join(str(text).split())).strip()
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


def like(word: str) -> str:
    """Return the name that a word may be a misspelling of, "" if none is near.

    >>> like("5-Flourouracil"), like("Carbo"), like("Nosuchmab")
    ('5-Fluorouracil', 'Carboplatin', '')
    """
    names = {plain_name(n): str(n) for n in drug_names().index}
    key = plain_name(word)
    begun = [name for plain, name in names.items() if len(key) > 3 and plain.startswith(key)]
    near = begun[:2] if begun else [names[k] for k in get_close_matches(key, list(names), 1, 0.82)]
    return near[0] if len(near) == 1 else ""


def _is_known(word: str) -> bool:
    return bool(synonyms(word) or owner(word))


def _role(word: str) -> str:
    return str(drug_names().at[owner(word), "role"]) if owner(word) else ""


def _parts(word: str) -> list[str]:
    """Return the drugs of a regimen, of a drug itself."""
    parts = str(drug_names().at[owner(word), "parts"]) if owner(word) else ""
    return parts.split(";") if parts else [word]
