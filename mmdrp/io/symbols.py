"""Names of genes as releases write them."""

import re
from collections import Counter
from collections.abc import Sequence


def symbols(columns: Sequence[str]) -> list[str]:
    """Turn ``SYMBOL (ENTREZ)`` into SYMBOL, except where two columns would then be one.

    >>> symbols(["A2M (2)", "TWIN (1)", "TWIN (3)"])
    ['A2M', 'TWIN (1)', 'TWIN (3)']
    """
    short = [re.sub(r" \(\d+\)$", "", name) for name in columns]
    often = Counter(short)
    return [s if often[s] == 1 else name for s, name in zip(short, columns, strict=True)]


def distinct_symbols(ids: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return the symbol of each id, or the id where it has none or another id has the same."""
    often = Counter(names)
    return [n if n and often[n] == 1 else i for i, n in zip(ids, names, strict=True)]
