"""The Gene Ontology table, made from databases of the packages' own schema."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mmdrp.errors import MmdrpError
from mmdrp.tumours import gene_ontology, genesets

TERMS = [(1, "GO:1", "root", "BP"), (2, "GO:2", "cell  cycle", "BP"), (3, "GO:3", "mitosis", "BP"),
         (4, "GO:4", "regulation of mitosis", "BP"), (5, "GO:5", "binding", "MF"),
         (6, "GO:6", "membrane", "CC"), (7, "GO:7", "of no human gene", "BP"),
         (8, "all", "all", "universal")]  # fmt: skip
EDGES = [(1, 8, "isa"), (2, 1, "isa"), (3, 2, "part of"), (4, 3, "regulates"), (4, 1, "isa"),
         (7, 1, "isa")]  # fmt: skip
GENES = [(1, "CDK1"), (2, "RB1"), (3, "NOBODY")]
DIRECT = {"bp": [(1, "GO:3", "IDA"), (1, "GO:3", "IEA"), (2, "GO:4", "IMP"), (3, "GO:1", "ND")],
          "mf": [(1, "GO:5", "IPI"), (2, "GO:OLD", "IPI")]}  # fmt: skip


@pytest.fixture
def databases(tmp_path: Path) -> tuple[Path, Path]:
    org, go = tmp_path / "org.sqlite", tmp_path / "go.sqlite"
    with closing(sqlite3.connect(org)) as db, db:
        db.execute("CREATE TABLE gene_info (_id INTEGER, gene_name TEXT, symbol TEXT)")
        db.executemany("INSERT INTO gene_info VALUES (?, '', ?)", GENES)
        for name, rows in DIRECT.items():
            db.execute(f"CREATE TABLE go_{name} (_id INTEGER, go_id TEXT, evidence TEXT)")
            db.executemany(f"INSERT INTO go_{name} VALUES (?, ?, ?)", rows)
    with closing(sqlite3.connect(go)) as db, db:
        db.execute("CREATE TABLE go_term (_id INTEGER, go_id TEXT, term TEXT, ontology TEXT)")
        db.executemany("INSERT INTO go_term VALUES (?, ?, ?, ?)", TERMS)
        for name, edges in (("bp", EDGES), ("mf", [])):
            db.execute(
                f"CREATE TABLE go_{name}_parents (_id INT, _parent_id INT, relationship_type TEXT)"
            )
            db.executemany(f"INSERT INTO go_{name}_parents VALUES (?, ?, ?)", edges)
    return org, go


def test_terms_keep_genes_along_is_a_and_part_of(
    databases: tuple[Path, Path], tmp_path: Path
) -> None:
    assert gene_ontology.build(*databases, tmp_path) == {"terms": 5, "genes": 2}
    sets = {s.id: s for s in genesets.gene_ontology(folder=tmp_path)}
    assert {i: set(s.genes) for i, s in sets.items()} == {
        "GO:1": {"CDK1", "RB1"}, "GO:2": {"CDK1"}, "GO:3": {"CDK1"}, "GO:4": {"RB1"},
        "GO:5": {"CDK1"},
    }  # fmt: skip
    assert sets["GO:2"].name == "cell cycle"
    assert sets["GO:5"].kind == "MF"


def test_the_same_databases_give_the_same_bytes(
    databases: tuple[Path, Path], tmp_path: Path
) -> None:
    gene_ontology.build(*databases, tmp_path)
    first = [(tmp_path / name).read_bytes() for name in (gene_ontology.TERMS, gene_ontology.GENES)]
    gene_ontology.build(*databases, tmp_path)
    again = [(tmp_path / name).read_bytes() for name in (gene_ontology.TERMS, gene_ontology.GENES)]
    assert first == again


def test_an_absent_database_is_named(tmp_path: Path) -> None:
    with pytest.raises(MmdrpError, match=r"org\.sqlite: there is no such file"):
        gene_ontology.build(tmp_path / "org.sqlite", tmp_path / "go.sqlite", tmp_path)
