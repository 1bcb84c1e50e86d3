"""Drugs as people write them: by id or name, in any case, with or without hyphens."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import pandas as pd

from mmdrp.errors import MmdrpError

SCREEN = re.compile(r"\s*\((GDSC:\d+)\)\s*$", re.IGNORECASE)
"""what stands behind the name of a drug that was screened more than once"""


def resolve(
    wanted: str | Sequence[str],
    ids: Sequence[str],
    names: Mapping[str, str] | None = None,
    synonyms: Mapping[str, Sequence[str]] | None = None,
) -> list[str]:
    """Return the ids of drugs given by id, name or synonym, in the order asked, each once.

    ``names`` (id -> name) and ``synonyms`` (id -> other names) may lack ids. An id or name as it is
    written wins over one that differs in case, and that over one that differs in hyphens, spaces
    and the number of the screen. A name that was screened under several ids gives all of them.

    Raises MmdrpError where nothing fits, naming up to five similar drugs, and where drugs of
    different names fit, listing them.

    >>> resolve(["nutlin 3a", "GDSC:1"], ["GDSC:1", "GDSC:2"], {"GDSC:2": "Nutlin-3a"})
    ['GDSC:2', 'GDSC:1']
    >>> resolve("plx4720", ["PLX-4720 (GDSC:1036)", "PLX-4720 (GDSC:1371)"])
    ['PLX-4720 (GDSC:1036)', 'PLX-4720 (GDSC:1371)']
    """
    asked = [wanted] if isinstance(wanted, str) else list(wanted)
    catalogue = _Catalogue(ids, names or {}, synonyms or {})
    return list(dict.fromkeys(drug for given in asked for drug in catalogue.find(str(given))))


def synonyms_of(drugs: pd.DataFrame) -> dict[str, list[str]]:
    """Return id -> the other names that a drugs table has in ``synonyms``, ``;`` or ``|`` between.

    >>> synonyms_of(pd.DataFrame({"synonyms": ["AY-22989; Sirolimus", ""]}, index=["a", "b"]))
    {'a': ['AY-22989', 'Sirolimus']}
    """
    texts = (
        drugs["synonyms"].fillna("").astype(str) if "synonyms" in drugs else pd.Series(dtype=str)
    )
    found = {str(drug): re.split(r"[;|]", text) for drug, text in texts.items()}
    found = {
        drug: [name.strip() for name in names if name.strip()] for drug, names in found.items()
    }
    return {drug: names for drug, names in found.items() if names}


def drug_name(name: str) -> str:
    """Return a drug's name without the number of its screen.

    >>> drug_name("PLX-4720 (GDSC:1036)")
    'PLX-4720'
    """
    return SCREEN.sub("", name) or name


def plain_name(name: str) -> str:
    """Return a name in lower case, letters and digits only, without the number of its screen.

    >>> plain_name("Nutlin-3a (GDSC:1047)")
    'nutlin3a'
    """
    return _plain(drug_name(name))


class _Catalogue:
    """Drugs by all that they are called, from the strictest spelling to the loosest."""

    def __init__(
        self,
        ids: Sequence[str],
        names: Mapping[str, str],
        synonyms: Mapping[str, Sequence[str]],
    ) -> None:
        self.ids = list(map(str, ids))
        self.name = {d: str(names.get(d) or drug_name(d)) for d in self.ids}
        own = {d: (d, self.name[d]) for d in self.ids}
        others = {d: tuple(map(str, synonyms.get(d, ()))) for d in self.ids}
        self._levels: list[tuple[Callable[[str], str], dict[str, list[str]]]] = [
            (str, _index(self.ids, {d: (d,) for d in self.ids}, str)),
            *(
                (spelled, _index(self.ids, words, spelled))
                for spelled in (str, str.casefold, _plain, plain_name)
                for words in (own, others)
            ),
        ]
        self._words = {w: d for words in (others, own) for d in self.ids for w in words[d]}

    def find(self, given: str) -> list[str]:
        """Return the ids of one drug."""
        for spelled, index in self._levels:
            found = self._same_screen(given, index.get(spelled(given), []))
            if found:
                return self._one_name(given, found)
        raise MmdrpError(f"drugs: there is no drug {given!r}{self._hint(given)}")

    def _same_screen(self, given: str, drugs: list[str]) -> list[str]:
        """Leave out drugs of a screen other than the one that is asked for."""
        asked = SCREEN.search(given)
        if not asked:
            return drugs
        screens = {d: SCREEN.search(d) for d in drugs}
        return [d for d, s in screens.items() if not s or s[1].upper() == asked[1].upper()]

    def _one_name(self, given: str, drugs: list[str]) -> list[str]:
        distinct = {drug_name(self.name[d]) for d in drugs}
        if len(distinct) > 1:
            listed = [self.name[d] if self.name[d] == d else f"{self.name[d]} ({d})" for d in drugs]
            more = f" and {len(listed) - 5} others" if len(listed) > 5 else ""
            raise MmdrpError(
                f"drugs: {given!r} may be {', '.join(listed[:5])}{more}; give the name as it is "
                "written there, or the id"
            )
        return drugs

    def _hint(self, given: str) -> str:
        words: dict[str, str] = {}
        for word in self._words:
            words.setdefault(plain_name(word) or word, word)
        key = plain_name(given) or given
        near = difflib.get_close_matches(key, list(words), 5, 0.6)
        near += [w for w in words if len(key) >= 3 and w.startswith(key[:3]) and w not in near]
        if not near:
            return f"; there are {len(self.ids)} others"
        return f"; similar: {', '.join(words[w] for w in near[:5])}"


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


def _index(
    ids: Iterable[str], words: Mapping[str, Sequence[str]], spelled: Callable[[str], str]
) -> dict[str, list[str]]:
    """Return the drugs of each spelling; what is spelled with no letter at all names none."""
    out: dict[str, list[str]] = {}
    for drug in ids:
        for key in {spelled(word) for word in words[drug]} - {""}:
            out.setdefault(key, []).append(drug)
    return out
