"""Human Gene Ontology as two small tables, from the databases of GO.db and org.Hs.eg.db.

`docs/examples/go_table.py` calls this; `mmdrp.tumours.genesets` reads what it writes.
"""

import gzip
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from mmdrp.errors import MmdrpError
from mmdrp.io.files import whole

ONTOLOGIES = ("bp", "mf")
UP = ("isa", "part of")
"""a gene of a term is a gene of these parents (GO's true path rule); "regulates" does not carry"""
NO_DATA = "ND"
"""evidence code: looked, and found nothing"""
TERMS, GENES = "terms.tsv.gz", "genes.tsv.gz"


def build(org: str | Path, go: str | Path, folder: str | Path) -> dict[str, int]:
    """Write ``terms.tsv.gz`` and ``genes.tsv.gz``; return how many there are.

    Terms: id, ontology, name, parents. Genes: symbol, ids of its direct annotations. Biological
    process and molecular function only; a term without any human gene below it is left out.
    """
    with closing(_open(Path(org))) as annotations, closing(_open(Path(go))) as ontology:
        direct = _annotations(annotations)
        terms, parents = _terms(ontology)
    used: set[str] = set()
    waiting = [t for ids in direct.values() for t in ids if t in terms]
    while waiting:
        term = waiting.pop()
        if term not in used:
            used.add(term)
            waiting += parents[term]
    folder = Path(folder)
    _write(folder / TERMS, ((t, *terms[t], ",".join(parents[t])) for t in sorted(used)))
    kept = {gene: sorted(ids & used) for gene, ids in direct.items()}
    _write(folder / GENES, ((g, ",".join(ids)) for g, ids in sorted(kept.items()) if ids))
    return {"terms": len(used), "genes": sum(bool(ids) for ids in kept.values())}


def _open(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise MmdrpError(f"{path}: there is no such file; see docs/associations.md")
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def _annotations(database: sqlite3.Connection) -> dict[str, set[str]]:
    genes: dict[str, set[str]] = defaultdict(set)
    for name in ONTOLOGIES:
        query = (
            f"SELECT DISTINCT symbol, go_id FROM go_{name} JOIN gene_info USING (_id) "
            "WHERE evidence <> ?"
        )
        for symbol, term in database.execute(query, (NO_DATA,)):
            genes[symbol].add(term)
    return genes


def _terms(
    database: sqlite3.Connection,
) -> tuple[dict[str, tuple[str, str]], dict[str, list[str]]]:
    query = "SELECT go_id, ontology, term FROM go_term WHERE ontology IN ('BP', 'MF')"
    terms = {i: (kind, " ".join(name.split())) for i, kind, name in database.execute(query)}
    parents: dict[str, set[str]] = defaultdict(set)
    for name in ONTOLOGIES:
        query = (
            "SELECT child.go_id, parent.go_id, relationship_type "
            f"FROM go_{name}_parents AS edge JOIN go_term AS child ON child._id = edge._id "
            "JOIN go_term AS parent ON parent._id = edge._parent_id"
        )
        for child, parent, kind in database.execute(query):
            if kind in UP and parent in terms:
                parents[child].add(parent)
    return terms, {term: sorted(parents[term]) for term in terms}


def _write(path: Path, rows: Iterable[tuple[str, ...]]) -> None:
    text = "".join("\t".join(row) + "\n" for row in rows)
    # No time and no name in the archive, so that the same input gives the same bytes.
    with whole(path) as half:
        half.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
