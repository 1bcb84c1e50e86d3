"""Symbols for genes that a table names by Ensembl or Entrez id."""

from collections import Counter
from collections.abc import Sequence

from mmdrp.data.genes.table import genes


def symbols_of(ids: Sequence[str]) -> tuple[list[str], int]:
    """Return the approved symbol of each id, and how many ids have none.

    An id that is unknown, means several genes, or has the symbol of another one stays as it is.

    >>> symbols_of(["ENSG00000141510.18", "1956", "ENSG00000000000"])
    (['TP53', 'EGFR', 'ENSG00000000000'], 1)
    """
    table = genes()
    found = [table.find(name)[1] for name in ids]
    known = [table.names[next(iter(keys))] if len(keys) == 1 else "" for keys in found]
    often = Counter(known)
    named = [s if s and often[s] == 1 else i for i, s in zip(ids, known, strict=True)]
    return named, sum(not symbol for symbol in known)
