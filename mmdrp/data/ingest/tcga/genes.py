"""What rows of a table of genes x tumours are called: symbols, one row each."""

import re
from collections import Counter
from collections.abc import Callable, Sequence

import pandas as pd

from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.raw import Raw

PROBES = ("*.probemap", "probeMap*", "*.probeMap")  # Xena's table of gene ids and symbols


def first_column(frame: pd.DataFrame) -> list[str]:
    """Return the first column as it stands; of ``SYMBOL|ENTREZ`` the symbol; where there is a
    column of Entrez ids, that for rows without a symbol, and beside a symbol of several rows.

    >>> first_column(pd.DataFrame({"gene_id": ["TP53|7157", "?|100130426", "A|1", "A|2"]}))
    ['TP53', '?|100130426', 'A|1', 'A|2']
    """
    first = frame.iloc[:, 0].tolist()
    if frame.shape[1] > 1:
        entrez = frame.iloc[:, 1].tolist()
        full = [f"{s or e} ({e})" if e else s for s, e in zip(first, entrez, strict=True)]
        return _short(full, [s or e for s, e in zip(first, entrez, strict=True)])
    return _short(first, [re.sub(r"^([^?|]+)\|\d+$", r"\1", name) for name in first])


def symbols_of(folder: Raw) -> Callable[[pd.DataFrame], list[str]]:
    """Return what names rows by a probe map where there is one, ids with or without a version."""
    path = folder.find(PROBES)
    if path is None:
        return first_column
    frame = Delimited.open(path, "\t", ["id", "gene"]).text(["id", "gene"])
    often = Counter(frame["gene"])
    known = {i: g for i, g in frame.itertuples(index=False) if g and often[g] == 1}
    bare = {_bare(i): g for i, g in known.items()}

    def named(rows: pd.DataFrame) -> list[str]:
        ids = first_column(rows)
        return _short(ids, [known.get(i) or bare.get(_bare(i)) or i for i in ids])

    return named


def _bare(ident: str) -> str:
    return re.sub(r"^(ENSG\d+)\.\d+$", r"\1", ident)


def _short(full: Sequence[str], short: Sequence[str]) -> list[str]:
    """Return the short name of each row that no other row has, else the full one."""
    often = Counter(short)
    return [s if often[s] == 1 else f for f, s in zip(full, short, strict=True)]
