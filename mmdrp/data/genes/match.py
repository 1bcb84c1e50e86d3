"""Columns named by any kind of gene name, matched to the features of a model."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from mmdrp.data.genes.table import genes

SAME, CASE = "same name", "other case"
TRUST = (SAME, CASE, "symbol with id", "symbol", "Ensembl id", "Entrez id", "alias")
"""kinds of names, the most trusted first: where several columns mean one feature, the best win"""
NOT_USED = "not in the model"
MOSTLY = 0.5
"""share of a model's features that must be known genes for ids to be looked up"""


@dataclass(frozen=True)
class Matched:
    """Which feature each given name means."""

    place: npt.NDArray[np.int64]
    """(names,): the place of the feature, -1 for none"""
    kinds: dict[str, int]
    """how many names were matched by each kind, and how many were ambiguous, unknown, unused"""
    examples: dict[str, str]
    """of ambiguous, unknown and spreadsheet-made names, one each"""

    def words(self) -> str:
        """Say how the names were matched: ``16,012 Ensembl ids, 20 aliases; 3 ambiguous``."""
        used = [f"{self.kinds[k]:,} by {k}" for k in TRUST if self.kinds.get(k)]
        left = [
            f"{n:,} {'spreadsheet dates' if k == 'date' else k}{self._such(k)}"
            for k, n in self.kinds.items() if k not in TRUST
        ]  # fmt: skip
        return "; ".join(filter(None, [", ".join(used) or "no name matched", ", ".join(left)]))

    def _such(self, kind: str) -> str:
        return f" (such as {self.examples[kind][:30]})" if kind in self.examples else ""


def are_genes(features: Sequence[str]) -> bool:
    """Whether features are named as genes, so that other names of genes can be matched to them."""
    if not features:
        return False
    table = genes()
    known = sum(bool(table.find(name)[1]) for name in features)
    return known > MOSTLY * len(features)


def match(names: Sequence[str], features: Sequence[str]) -> Matched:
    """Match names to features: the same text, another case, or two names of one gene.

    Ambiguous names (an alias of several genes, an id of several) are left out and counted.

    >>> found = match(["ENSG00000141510.18", "braf", "furlong"], ["TP53", "BRAF", "KRAS"])
    >>> found.place.tolist(), found.kinds
    ([0, 1, -1], {'other case': 1, 'Ensembl id': 1, 'unknown': 1})
    """
    return _match(tuple(names), tuple(features))


@lru_cache(maxsize=4)  # a table is looked at for its direction, and then laid out
def _match(names: tuple[str, ...], features: tuple[str, ...]) -> Matched:
    exact = {name: j for j, name in enumerate(features)}
    folded = _once([name.upper() for name in features])
    place = np.full(len(names), -1, dtype=np.int64)
    kinds: list[str] = []
    by_gene: dict[str, int] | None = None
    for i, name in enumerate(names):
        if name in exact:
            place[i], kind = exact[name], SAME
        elif (j := folded.get(name.strip().upper())) is not None:
            place[i], kind = j, CASE
        else:
            by_gene = _by_gene(features) if by_gene is None else by_gene
            kind, ids = genes().find(name)
            if len(ids) == 1:
                place[i] = by_gene.get(next(iter(ids)), -1)
                kind = kind if place[i] >= 0 else NOT_USED
        kinds.append(kind)
    _best_only(place, kinds)
    place.setflags(write=False)
    counts = Counter(kinds)
    order = [*TRUST, "ambiguous", "date", "unknown", NOT_USED, "less trusted"]
    examples = {k: next(n for n, have in zip(names, kinds, strict=True) if have == k)
                for k in ("ambiguous", "date", "unknown") if counts[k]}  # fmt: skip
    return Matched(place, {k: counts[k] for k in order if counts[k]}, examples)


def _by_gene(features: Sequence[str]) -> dict[str, int]:
    """Return Entrez id -> feature, for features that mean one gene each, one feature a gene."""
    table = genes()
    ids = [found if len(found := table.find(name)[1]) == 1 else None for name in features]
    return _once([next(iter(found)) if found else None for found in ids])


def _once(keys: Sequence[str | None]) -> dict[str, int]:
    often = Counter(keys)
    return {k: j for j, k in enumerate(keys) if k is not None and often[k] == 1}


def _best_only(place: npt.NDArray[np.int64], kinds: list[str]) -> None:
    """Of the names of one feature keep the most trusted kind."""
    best: dict[int, int] = {}
    for j, kind in zip(place.tolist(), kinds, strict=True):
        if j >= 0:
            best[j] = min(best.get(j, len(TRUST)), TRUST.index(kind))
    for i, (j, kind) in enumerate(zip(place.tolist(), kinds, strict=True)):
        if j >= 0 and TRUST.index(kind) > best[j]:
            place[i], kinds[i] = -1, "less trusted"
