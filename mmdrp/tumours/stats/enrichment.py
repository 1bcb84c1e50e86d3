"""Over-representation of chosen genes in named sets, against a stated background."""

from collections.abc import Collection, Iterable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from mmdrp.tumours.stats.multiple import bonferroni, fdr

Array = npt.NDArray[np.float64]
COLUMNS = ("term", "hits", "size", "chosen", "background", "expected", "fold", "p", "p_bonferroni",
           "p_fdr", "genes")  # fmt: skip


def over_represented(
    chosen: Collection[str],
    background: Iterable[str],
    sets: Mapping[str, Collection[str]],
    min_size: int = 10,
    max_size: int = 500,
) -> pd.DataFrame:
    """Return one row per tested set, ordered by p: the upper tail of the hypergeometric.

    Only background genes count, in ``chosen`` and in the sets; sets with ``min_size`` to
    ``max_size`` of them are tested. A set without a chosen gene is
    tested too (its p is 1) and counts in the false discovery rate.
    """
    universe = frozenset(background)
    query = universe.intersection(chosen)
    rows = []
    for name, members in sets.items():
        inside = universe.intersection(members)
        if min_size <= len(inside) <= max_size:
            hits = sorted(inside & query)
            rows.append((name, len(hits), len(inside), "/".join(hits)))
    table = pd.DataFrame(rows, columns=["term", "hits", "size", "genes"])
    n, drawn = len(universe), len(query)
    count, size = table["hits"].to_numpy(int), table["size"].to_numpy(int)
    table["p"] = stats.hypergeom.sf(count - 1, n, size, drawn) if len(table) else np.array([])
    table["expected"] = size * (drawn / max(n, 1))
    table["fold"] = table["hits"] / table["expected"].where(table["expected"] > 0)
    table["chosen"], table["background"] = drawn, n
    p = table["p"].to_numpy(float)
    table["p_bonferroni"], table["p_fdr"] = bonferroni(p), fdr(p)
    # Equal p: more hits first, then the name, so that the order never depends on the input's.
    return table.sort_values(["p", "hits", "term"], ascending=[True, False, True])[
        list(COLUMNS)
    ].reset_index(drop=True)


def kappa(a: npt.NDArray[np.bool_]) -> Array:
    """Return Cohen's kappa of every two rows of ``a`` (terms x genes), as DAVID compares terms."""
    x = a.astype(float)
    n = x.shape[1]
    both = x @ x.T
    size = x.sum(1)
    observed = (n - size[:, None] - size[None] + 2 * both) / n
    expected = (size[:, None] * size[None] + (n - size)[:, None] * (n - size)[None]) / n**2
    out: Array = np.where(
        expected < 1, (observed - expected) / np.where(expected < 1, 1 - expected, 1), 1.0
    )
    return out


def jaccard(a: npt.NDArray[np.bool_]) -> Array:
    """Return the shared part of every two rows of ``a`` (terms x genes); 1 for two empty ones."""
    x = a.astype(float)
    both = x @ x.T
    size = x.sum(1)
    either = size[:, None] + size[None] - both
    out: Array = np.where(either > 0, both / np.where(either > 0, either, 1), 1.0)
    return out


SIMILARITY = {"kappa": kappa, "jaccard": jaccard}


def cluster_terms(
    table: pd.DataFrame, similarity: str = "kappa", min_similarity: float = 0.5
) -> pd.DataFrame:
    """Group terms of `over_represented` that were hit by nearly the same genes.

    Average linkage, cut where two groups' mean similarity falls under ``min_similarity``.
    Returns the table with ``cluster`` (1 is the strongest) and ``score``, the cluster's mean of
    -log10 p (DAVID's enrichment score), ordered by both.
    """
    if table.empty:
        return table.assign(cluster=pd.Series(dtype=int), score=pd.Series(dtype=float))
    lists = [str(genes).split("/") if genes else [] for genes in table["genes"]]
    column = {gene: i for i, gene in enumerate(sorted({g for genes in lists for g in genes}))}
    member = np.zeros((len(lists), int(table["chosen"].iloc[0])), dtype=bool)
    for row, genes in zip(member, lists, strict=True):
        row[[column[g] for g in genes]] = True
    label = np.ones(len(lists), dtype=int)
    if len(lists) > 1:
        distance = np.clip(1 - SIMILARITY[similarity](member), 0, None)
        np.fill_diagonal(distance, 0)
        tree = linkage(squareform(distance, checks=False), "average")
        label = fcluster(tree, 1 - min_similarity, "distance")
    strength = -np.log10(np.maximum(table["p"].to_numpy(float), 1e-300))
    score = pd.Series(strength).groupby(label).mean()
    order = {old: new for new, old in enumerate(score.sort_values(ascending=False).index, 1)}
    return (
        table.assign(cluster=[order[i] for i in label], score=score[label].to_numpy())
        .sort_values(["cluster", "p"], kind="stable")
        .reset_index(drop=True)
    )
