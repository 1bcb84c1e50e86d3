"""Sets of genes: any GMT file, or the human Gene Ontology that the package ships."""

import gzip
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmdrp.errors import MmdrpError
from mmdrp.tumours.gene_ontology import GENES, TERMS

GO = Path(__file__).parent / "go"
ONTOLOGIES = ("BP", "MF")


@dataclass(frozen=True)
class GeneSet:
    """A named set of gene symbols."""

    id: str
    name: str
    kind: str
    """BP or MF; for a GMT file its name"""
    genes: frozenset[str]


def read_gene_sets(
    source: str | Path | Mapping[str, Collection[str]] | Sequence[GeneSet],
    ontologies: Iterable[str] = ONTOLOGIES,
) -> list[GeneSet]:
    """Return ``go`` (the shipped table), a GMT file, plain or gzipped, or name -> genes as sets.

    >>> read_gene_sets({"pair": ["A", "B"]})[0].name
    'pair'
    """
    if isinstance(source, Mapping):
        return [GeneSet(name, name, "", frozenset(genes)) for name, genes in source.items()]
    if not isinstance(source, str | Path):
        return list(source)
    if str(source) == "go":
        return gene_ontology(ontologies)
    return gmt(Path(source))


def gmt(path: Path) -> list[GeneSet]:
    """Read a GMT file: per line a set's name, a description, and its genes, parted by tabs."""
    sets: dict[str, GeneSet] = {}
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        name, *rest = line.split("\t")
        genes = frozenset(g for word in rest[1:] if (g := word.split(",")[0].strip()))
        if not name.strip() or not genes:
            raise MmdrpError(
                f"{path.name}: row {number}: a GMT row is a name, a description and genes, parted "
                "by tabs"
            )
        if name in sets:
            raise MmdrpError(f"{path.name}: row {number}: the set {name!r} stands there twice")
        # A description is a text or a link; links say nothing in a table.
        description = rest[0].strip()
        described = description and description != "na" and "://" not in description
        sets[name] = GeneSet(
            name, description if described else name, path.name.split(".")[0], genes
        )
    if not sets:
        raise MmdrpError(f"{path.name}: holds no gene set")
    return list(sets.values())


def gene_ontology(ontologies: Iterable[str] = ONTOLOGIES, folder: Path = GO) -> list[GeneSet]:
    """Return the shipped terms, each with the genes of all terms below it.

    Genes go up along "is a" and "part of" (docs/associations.md says what is in the table).
    """
    wanted = set(ontologies)
    if not wanted or not wanted <= set(ONTOLOGIES):
        raise MmdrpError(f"ontologies: choose among {', '.join(ONTOLOGIES)}")
    terms: dict[str, tuple[str, str, list[str]]] = {}
    for line in _lines(folder / TERMS):
        term, kind, name, parents = line.split("\t")
        terms[term] = (kind, name, [p for p in parents.split(",") if p])
    above = _closure({term: parents for term, (_, _, parents) in terms.items()})
    genes: dict[str, set[str]] = defaultdict(set)
    for line in _lines(folder / GENES):
        symbol, ids = line.split("\t")
        for term in set().union(*(above[t] for t in ids.split(","))):
            genes[term].add(symbol)
    return [
        GeneSet(term, name, kind, frozenset(genes[term]))
        for term, (kind, name, _) in terms.items()
        if kind in wanted
    ]


def _closure(parents: dict[str, list[str]]) -> dict[str, frozenset[str]]:
    """Return each term with all its ancestors."""
    done: dict[str, frozenset[str]] = {}
    for start in parents:
        stack = [start]
        while stack:
            term = stack[-1]
            missing = [p for p in parents[term] if p not in done]
            if missing:
                stack += missing
                continue
            done[stack.pop()] = frozenset({term}).union(*(done[p] for p in parents[term]))
    return done


def _lines(path: Path) -> Iterator[str]:
    try:
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        text = data.decode("utf-8-sig")
    except FileNotFoundError:
        raise MmdrpError(f"{path}: there is no such file") from None
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise MmdrpError(f"{path.name}: not a readable text file: {error}") from error
    yield from text.splitlines()
