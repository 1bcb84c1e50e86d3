"""Over-representation against counting, gseapy's offline result, and scikit-learn's kappa."""

from math import comb
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score, jaccard_score

from mmdrp.tumours import genesets
from mmdrp.tumours.stats.enrichment import cluster_terms, jaccard, kappa, over_represented
from mmdrp.tumours.stats.multiple import fdr

HERE = Path(__file__).parent
ALL = (1, 10**6)


def fixture() -> tuple[list[str], list[str], dict[str, frozenset[str]], pd.DataFrame]:
    """What `by_gseapy.py` wrote."""
    chosen, background = ((HERE / f"{n}.txt").read_text().split() for n in ("chosen", "background"))
    sets = {s.id: s.genes for s in genesets.gmt(HERE / "sets.gmt")}
    return chosen, background, sets, pd.read_csv(HERE / "gseapy.csv").set_index("Term")


def test_agrees_with_gseapy() -> None:
    chosen, background, sets, theirs = fixture()
    ours = over_represented(chosen, background, sets, *ALL).set_index("term")
    hit = ours[ours["hits"] > 0].reindex(theirs.index)
    assert len(theirs) == (ours["hits"] > 0).sum()
    np.testing.assert_allclose(hit["p"], theirs["P-value"], rtol=1e-12)
    overlap = hit["hits"].astype(str) + "/" + hit["size"].astype(str)
    assert overlap.tolist() == theirs["Overlap"].tolist()
    assert [set(g.split("/")) for g in hit["genes"]] == [set(g.split(";")) for g in theirs["Genes"]]
    # gseapy corrects over the sets that were hit, we over all that were tested.
    np.testing.assert_allclose(fdr(hit["p"].to_numpy()), theirs["Adjusted P-value"], rtol=1e-12)
    assert (hit["p_fdr"] >= theirs["Adjusted P-value"] - 1e-15).all()


def test_p_is_the_share_of_draws_with_as_many_hits() -> None:
    background = [f"G{i}" for i in range(12)]
    table = over_represented(["G0", "G1", "G2", "G9"], background, {"S": background[:5]}, *ALL)
    draws = sum(comb(5, k) * comb(7, 4 - k) for k in (3, 4)) / comb(12, 4)
    assert table["p"].iloc[0] == pytest.approx(draws, rel=1e-12)
    assert table["expected"].iloc[0] == pytest.approx(5 * 4 / 12)
    assert table["fold"].iloc[0] == pytest.approx(3 / (5 * 4 / 12))


def test_only_the_background_counts() -> None:
    background = [f"G{i}" for i in range(20)]
    sets = {"S": background[:6], "T": background[4:12]}
    plain = over_represented(background[:5], background, sets, *ALL)
    more = {name: [*members, "elsewhere"] for name, members in sets.items()}
    wider = over_represented([*background[:5], "elsewhere"], background, more, *ALL)
    pd.testing.assert_frame_equal(plain, wider)


def test_sizes_are_counted_within_the_background() -> None:
    background = [f"G{i}" for i in range(20)]
    sets = {"small": ["G1", "G2", "x", "y"], "fits": background[:5], "large": background}
    table = over_represented(["G1"], background, sets, 3, 10)
    assert table["term"].tolist() == ["fits"]


def test_nothing_to_test_is_an_empty_table() -> None:
    table = over_represented(["A"], ["A", "B"], {}, *ALL)
    assert table.empty
    assert cluster_terms(table).empty


def test_p_of_random_genes_are_seldom_small() -> None:
    rng = np.random.default_rng(0)
    background = [f"G{i}" for i in range(400)]
    sets = {f"S{i}": list(rng.choice(background, 30, replace=False)) for i in range(200)}
    table = over_represented(list(rng.choice(background, 60, replace=False)), background, sets)
    assert (table["p"] < 0.05).mean() < 0.08
    assert (table["p_fdr"] < 0.05).sum() == 0


def test_similarities_agree_with_scikit_learn() -> None:
    member = np.random.default_rng(1).random((5, 40)) < 0.4
    for i in range(5):
        for j in range(5):
            assert kappa(member)[i, j] == pytest.approx(cohen_kappa_score(member[i], member[j]))
            assert jaccard(member)[i, j] == pytest.approx(jaccard_score(member[i], member[j]))
    assert kappa(np.ones((2, 3), dtype=bool)).tolist() == [[1, 1], [1, 1]]
    assert jaccard(np.zeros((2, 3), dtype=bool)).tolist() == [[1, 1], [1, 1]]


@pytest.mark.parametrize("similarity", ["kappa", "jaccard"])
def test_redundant_terms_share_a_cluster_and_the_strongest_is_first(similarity: str) -> None:
    background = [f"G{i}" for i in range(300)]
    one, two = background[:20], background[40:70]
    sets = {"a": one, "a again": one[:-1], "a wider": [*one, "G200"], "b": two, "b again": two[1:],
            "alone": background[90:110]}  # fmt: skip
    chosen = [*one[:12], *two, *background[90:98]]
    found = cluster_terms(over_represented(chosen, background, sets, *ALL), similarity, 0.5)
    groups = found.groupby("cluster")["term"].agg(lambda terms: sorted(terms)).tolist()
    assert groups == [["b", "b again"], ["a", "a again", "a wider"], ["alone"]]
    score = found.drop_duplicates("cluster")["score"]
    assert score.is_monotonic_decreasing
    strength = -np.log10(found.loc[found["cluster"] == 1, "p"])
    assert score.iloc[0] == pytest.approx(strength.mean())
    assert cluster_terms(found.drop(columns=["cluster", "score"]).head(1))["cluster"].tolist() == [
        1
    ]
