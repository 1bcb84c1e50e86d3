"""Gene sets from GMT files and from the shipped Gene Ontology."""

import gzip
from pathlib import Path

import pytest

from mmdrp.errors import MmdrpError
from mmdrp.tumours import genesets


@pytest.fixture(scope="module")
def shipped() -> dict[str, genesets.GeneSet]:
    return {s.id: s for s in genesets.read_gene_sets("go")}


def test_the_shipped_ontology_is_small_and_complete(shipped: dict[str, genesets.GeneSet]) -> None:
    assert sum(p.stat().st_size for p in genesets.GO.iterdir()) < 4e6
    assert (genesets.GO / "NOTICE.md").read_text().count("CC BY 4.0") == 1
    assert {s.kind for s in shipped.values()} == {"BP", "MF"}
    assert len(shipped) > 15_000
    assert len(set().union(*(s.genes for s in shipped.values()))) > 18_000


def test_genes_of_a_term_are_genes_of_its_parents(shipped: dict[str, genesets.GeneSet]) -> None:
    narrow, middle, wide = (shipped[i] for i in ("GO:0000278", "GO:0007049", "GO:0008150"))
    assert (narrow.name, middle.name) == ("mitotic cell cycle", "cell cycle")
    assert narrow.genes < middle.genes < wide.genes
    assert {"CDK1", "CCNB1", "PLK1"} <= narrow.genes
    assert "COL1A1" in shipped["GO:0005201"].genes  # extracellular matrix structural constituent
    # "regulates" carries no gene: what regulates the cell cycle need not be part of it.
    assert not shipped["GO:0051726"].genes <= middle.genes


def test_one_ontology_alone(shipped: dict[str, genesets.GeneSet]) -> None:
    only = genesets.gene_ontology(["MF"])
    assert {s.kind for s in only} == {"MF"}
    assert all(shipped[s.id].genes == s.genes for s in only)
    with pytest.raises(MmdrpError, match="choose among BP, MF"):
        genesets.gene_ontology(["CC"])


def test_a_gmt_file_plain_or_gzipped(tmp_path: Path) -> None:
    text = "ONE\tthe first set\tA\tB\tA\nTWO\thttps://x.org/TWO\tC,1.0\t\n\nTHREE\tna\tD\n"
    plain, packed = tmp_path / "my.sets.gmt", tmp_path / "my.gmt.gz"
    plain.write_text(text)
    packed.write_bytes(gzip.compress(text.encode()))
    for path in (plain, packed):
        one, two, three = genesets.read_gene_sets(path)
        assert one == genesets.GeneSet("ONE", "the first set", "my", frozenset("AB"))
        assert two == genesets.GeneSet("TWO", "TWO", "my", frozenset("C"))
        assert three.name == "THREE"


@pytest.mark.parametrize(("content", "said"), [
    (b"ONE\tna\tA\nTWO\n", "row 2: a GMT row is"),
    (b"ONE\tna\tA\nONE\tna\tB\n", "row 2: the set 'ONE' stands there twice"),
    (b"", "holds no gene set"),
    (b"\x1f\x8bbroken", "not a readable text file"),
    (b"\xff\xfe\x00", "not a readable text file"),
])  # fmt: skip
def test_damaged_gmt_files_are_named(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.gmt"
    path.write_bytes(content)
    with pytest.raises(MmdrpError, match=said) as caught:
        genesets.read_gene_sets(path)
    assert "bad.gmt" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MmdrpError, match="there is no such file"):
        genesets.read_gene_sets(tmp_path / "none.gmt")
