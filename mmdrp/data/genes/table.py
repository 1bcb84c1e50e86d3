"""Genes by any of their names: approved symbols, aliases, Ensembl and Entrez ids."""

import lzma
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

TABLE = Path(__file__).with_name("genes.tsv.xz")
ENSEMBL = re.compile(r"(ENSG\d{11})(?:\.\d+)?(?:_PAR_Y)?", re.IGNORECASE)
WITH_ID = re.compile(r"(?P<symbol>.+?)\s*(?:\((?P<inside>[^()]+)\)|\|(?P<after>[^|]+))")
DATE = re.compile(r"\d{1,2}-(mar|sep|sept|dec|oct|apr|feb)(-\d+)?", re.IGNORECASE)
"""what a spreadsheet makes of MARCH1, SEPT2 or DEC1"""


@dataclass(frozen=True)
class Genes:
    """Names of human genes (NCBI Gene and Ensembl, by org.Hs.eg.db), each to its Entrez ids."""

    symbols: dict[str, str]
    """approved symbol in capitals -> Entrez id"""
    aliases: dict[str, frozenset[str]]
    """other and previous symbols in capitals -> Entrez ids, often several"""
    ensembl: dict[str, frozenset[str]]
    entrez: frozenset[str]
    names: dict[str, str]
    """Entrez id -> approved symbol"""

    def find(self, name: str) -> tuple[str, frozenset[str]]:
        """Return what kind of name a text is, and the Entrez ids that it may mean.

        >>> genes().find("ENSG00000141510.18")
        ('Ensembl id', frozenset({'7157'}))
        >>> genes().find("MLL2")[0], genes().find("1-Mar")[0], genes().find("furlong")[0]
        ('ambiguous', 'date', 'unknown')
        """
        text = name.strip().strip("\"'")
        if match := ENSEMBL.fullmatch(text):
            return _named("Ensembl id", self.ensembl.get(match[1].upper(), frozenset()))
        if text.isdigit():
            return _named("Entrez id", frozenset({text}) & self.entrez)
        if match := WITH_ID.fullmatch(text):
            return self._with_id(match["symbol"], match["inside"] or match["after"])
        found = self._symbol(text)
        if found[1] or found[0] == "ambiguous":
            return found
        if "." in text:  # what R's make.names does to HLA-A
            found = self._symbol(text.replace(".", "-"))
        elif re.fullmatch(r"X\d+", text):  # and to 7157
            found = _named("Entrez id", frozenset({text[1:]}) & self.entrez)
        if not found[1] and DATE.fullmatch(text):
            return "date", frozenset()
        return found

    def _symbol(self, text: str) -> tuple[str, frozenset[str]]:
        key = text.upper()
        if key in self.symbols:
            return "symbol", frozenset({self.symbols[key]})
        return _named("alias", self.aliases.get(key, frozenset()))

    def _with_id(self, first: str, second: str) -> tuple[str, frozenset[str]]:
        """Read ``TP53 (7157)``, ``TP53 (ENSG...)``, ``TP53|7157``, ``ENSG...|TP53``."""
        for text in (second.strip(), first.strip()):
            if text.isdigit() or ENSEMBL.fullmatch(text):
                _, ids = self.find(text)
                if len(ids) == 1:
                    return "symbol with id", ids
        return self._symbol(second.strip() if ENSEMBL.fullmatch(first.strip()) else first.strip())


def _named(kind: str, ids: frozenset[str]) -> tuple[str, frozenset[str]]:
    if not ids:
        return "unknown", ids
    return (kind, ids) if len(ids) == 1 else ("ambiguous", ids)


@lru_cache(maxsize=1)
def genes() -> Genes:
    """Return the table that the package carries, made by ``mmdrp.data.genes.build``."""
    symbols: dict[str, str] = {}
    aliases: dict[str, set[str]] = defaultdict(set)
    ensembl: dict[str, set[str]] = defaultdict(set)
    entrez: dict[str, str] = {}
    lines = lzma.decompress(TABLE.read_bytes()).decode().splitlines()
    for line in lines[2:]:
        key, symbol, ids, others = line.split("\t")
        entrez[key] = symbol
        symbols.setdefault(symbol.upper(), key)  # the older id where two share a symbol
        for name in ids.split("|"):
            ensembl[name].add(key)
        for name in others.split("|"):
            aliases[name.upper()].add(key)
    for names in (aliases, ensembl):
        names.pop("", None)
    return Genes(
        symbols, {name: frozenset(ids) for name, ids in aliases.items()},
        {name: frozenset(ids) for name, ids in ensembl.items()}, frozenset(entrez), entrez,
    )  # fmt: skip
