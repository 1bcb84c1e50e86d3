"""Names of genes: what each means, and which columns a model gets from them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmdrp.data.genes import are_genes, genes, match

TP53, BRAF = "7157", "673"


@pytest.mark.parametrize(
    ("name", "kind", "ids"),
    [
        ("TP53", "symbol", {TP53}),
        ("tp53", "symbol", {TP53}),
        (" TP53 ", "symbol", {TP53}),
        ('"TP53"', "symbol", {TP53}),
        ("ENSG00000141510", "Ensembl id", {TP53}),
        ("ENSG00000141510.18", "Ensembl id", {TP53}),
        ("ENSG00000141510.18_PAR_Y", "Ensembl id", {TP53}),
        ("7157", "Entrez id", {TP53}),
        ("X7157", "Entrez id", {TP53}),
        ("TP53 (7157)", "symbol with id", {TP53}),
        ("P53 (ENSG00000141510)", "symbol with id", {TP53}),
        ("TP53|7157", "symbol with id", {TP53}),
        ("?|7157", "symbol with id", {TP53}),
        ("ENSG00000141510.18|TP53", "symbol with id", {TP53}),
        ("MARCH1", "alias", {"55016"}),
        ("C1orf112", "symbol", {"55732"}),
        ("HLA.A", "symbol", {"3105"}),
        ("1-Mar", "date", set()),
        ("furlong", "unknown", set()),
        ("", "unknown", set()),
        ("999999999", "unknown", set()),
    ],
)
def test_a_name_means_one_gene(name: str, kind: str, ids: set[str]) -> None:
    assert genes().find(name) == (kind, frozenset(ids))


def test_an_alias_of_two_genes_means_neither() -> None:
    kind, ids = genes().find("MLL2")
    assert kind == "ambiguous"
    assert len(ids) == 2
    found = match(["MLL2"], ["KMT2D", "KMT2B", "TP53"])
    assert found.place.tolist() == [-1]
    assert "ambiguous (such as MLL2)" in found.words()


def test_the_most_trusted_name_of_a_gene_wins_and_equals_stay_together() -> None:
    names = ["ENSG00000141510.1", "TP53", "ENSG00000157764.1", "ENSG00000157764.2"]
    found = match(names, ["BRAF", "TP53"])
    assert found.place.tolist() == [-1, 1, 0, 0]
    assert found.kinds == {"same name": 1, "Ensembl id": 2, "less trusted": 1}


def test_a_model_of_old_symbols_is_given_new_ones() -> None:
    assert match(["MARCHF1", "673"], ["BRAF", "MARCH1"]).place.tolist() == [1, 0]


def test_features_that_are_no_genes_are_matched_by_name_alone() -> None:
    assert not are_genes(["PC aa C36:1", "lactate", "alanine"])
    assert are_genes(["TP53", "BRAF", "lactate"])
    assert not are_genes([])


@given(st.lists(st.text(max_size=12), max_size=8), st.lists(st.text(max_size=12), max_size=8))
def test_any_text_is_matched_or_counted(names: list[str], features: list[str]) -> None:
    found = match(names, features)
    assert sum(found.kinds.values()) == len(names)
    assert np.all((found.place >= -1) & (found.place < len(features)))
    for name, j in zip(names, found.place, strict=True):
        assert name not in features or j >= 0 or features.count(name) > 1
