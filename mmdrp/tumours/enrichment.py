"""What chosen genes have in common: over-representation in gene sets, and clusters of terms."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pandas as pd

from mmdrp.errors import OptionError
from mmdrp.io.outputs import Outputs
from mmdrp.io.text import plain, shown
from mmdrp.options import Count, Range, checked
from mmdrp.tumours.genesets import GeneSet, read_gene_sets
from mmdrp.tumours.stats.enrichment import cluster_terms, over_represented

if TYPE_CHECKING:
    from mmdrp.tumours.plots.terms import TermPlots

log = logging.getLogger(__name__)
MAX_CLUSTERED = 1000
"""terms, by p, that are compared with one another"""


@dataclass(frozen=True)
class Enrichment:
    """Terms over-represented among chosen genes."""

    table: pd.DataFrame
    """every term tested, by p: hits, size, expected, fold, p, p_fdr, genes"""
    clusters: pd.DataFrame
    """terms with FDR under ``max_fdr``, grouped by the genes they share"""
    background_is: str
    """where the background comes from"""
    n_background: int
    options: Mapping[str, Any]

    @property
    def significant(self) -> pd.DataFrame:
        """Rows of ``table`` with a hit and FDR under ``max_fdr``."""
        return _significant(self.table, float(self.options["max_fdr"]))

    @property
    def plot(self) -> "TermPlots":
        """Figures: ``bars()``."""
        from mmdrp.tumours.plots.terms import TermPlots

        return TermPlots(self.clusters)

    def write(
        self,
        folder: str | Path,
        *,
        title: str = "enrichment",
        command: str = "",
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """Write ``enrichment.csv``, ``clusters.csv``, a figure and ``enrichment.json``."""
        outputs = Outputs(folder, command)
        self.add_to(outputs, title)
        outputs.record("enrichment", options or self.options, **self.facts())

    def add_to(self, outputs: Outputs, title: str) -> None:
        """Write the tables and the figure among the results of something else."""
        outputs.table("enrichment", self.table, "every term tested, with its p")
        about = "terms with FDR < max_fdr, grouped by the genes they share"
        outputs.table("clusters", self.clusters, about)
        if len(self.clusters):
            figure = self.plot.bars(title)
            outputs.figure("enrichment", figure, "largest terms of the first clusters")

    def facts(self) -> dict[str, object]:
        """Return the counts that stand in JSON."""
        return {
            "chosen": self._chosen,
            "background": self.n_background,
            "background_is": self.background_is,
            "terms_tested": len(self.table),
            "terms_found": len(self.significant),
            "clusters": self._n_clusters,
        }

    def describe(self, title: str = "enrichment") -> str:
        """Return the counts and the first clusters as text."""
        lines = [
            f"{shown(title)}: {self._chosen} genes of {self.n_background} "
            f"({plain(self.background_is)}), "
            f"{len(self.table)} terms tested, {len(self.significant)} with "
            f"FDR < {self.options['max_fdr']:g}"
        ]
        for cluster in range(1, 1 + min(3, self._n_clusters)):
            rows = self.clusters[self.clusters["cluster"] == cluster]
            names = ", ".join(map(shown, rows.sort_values("hits", ascending=False)["name"].head(3)))
            lines.append(f"  cluster {cluster} (score {rows['score'].iloc[0]:.2f}): {names}")
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.describe()

    @property
    def _chosen(self) -> int:
        return int(self.table["chosen"].iloc[0]) if len(self.table) else 0

    @property
    def _n_clusters(self) -> int:
        return int(self.clusters["cluster"].nunique())


@checked
def enrich(
    genes: Iterable[str],
    gene_sets: str | Path | Mapping[str, Collection[str]] | Sequence[GeneSet] = "go",
    *,
    background: Iterable[str] | None = None,
    background_is: str = "",
    ontologies: Sequence[Literal["BP", "MF"]] = ("BP", "MF"),
    min_size: Count = 10,
    max_size: Count = 500,
    similarity: Literal["kappa", "jaccard"] = "kappa",
    min_similarity: Annotated[float, Range(least=0, most=1)] = 0.5,
    max_fdr: Annotated[float, Range(above=0, most=1)] = 0.05,
) -> Enrichment:
    """Test which gene sets hold more of ``genes`` than chance would give (hypergeometric).

    ``gene_sets`` is ``go`` (the shipped Gene Ontology, of which ``ontologies`` are taken), a GMT
    file, name -> genes, or what `read_gene_sets` returns. ``background`` are the genes that could
    have been chosen; without it all genes of all sets, with a warning (``background_is`` says
    where it comes from). Sets with ``min_size`` to ``max_size`` genes in the background are
    tested; those under ``max_fdr`` (Benjamini and Hochberg) are clustered where their hits agree
    by ``min_similarity`` (DAVID's way). Raises OptionError (a ValueError) that names the argument.

    >>> sets = {"cell cycle": ["CDK1", "CCNB1", "PLK1"], "other": ["A", "B", "C"]}
    >>> enrich(["CDK1", "PLK1"], sets, background=["CDK1", "CCNB1", "PLK1", "A", "B", "C"],
    ...        min_size=2).table[["term", "hits", "size", "p"]]
             term  hits  size    p
    0  cell cycle     2     3  0.2
    1       other     0     3  1.0
    """
    check_sizes(min_size, max_size)
    options = {
        "gene_sets": str(gene_sets) if isinstance(gene_sets, str | Path) else "gene_sets",
        "ontologies": list(ontologies), "min_size": min_size, "max_size": max_size,
        "similarity": similarity, "min_similarity": min_similarity, "max_fdr": max_fdr,
    }  # fmt: skip
    sets = read_gene_sets(gene_sets, ontologies)
    chosen = list(dict.fromkeys(genes))
    if background is None:
        universe = {gene for s in sets for gene in s.genes}
        background_is = (
            f"all genes of {options['gene_sets']}; background=... names the genes that were "
            "measured"
        )
        log.warning("background: %s", background_is)
    else:
        universe = set(background)
    if not universe & set(chosen):
        raise OptionError("genes: none of them is in the background")
    table = over_represented(chosen, universe, {s.id: s.genes for s in sets}, min_size, max_size)
    by_id = {s.id: s for s in sets}
    table.insert(1, "name", [by_id[t].name for t in table["term"]])
    table.insert(2, "kind", [by_id[t].kind for t in table["term"]])
    best = _significant(table, max_fdr).head(MAX_CLUSTERED)
    clusters = cluster_terms(best, similarity, min_similarity)
    return Enrichment(table, clusters, background_is or "background", len(universe), options)


def _significant(table: pd.DataFrame, max_fdr: float) -> pd.DataFrame:
    rows: pd.DataFrame = table[(table["p_fdr"] < max_fdr) & (table["hits"] > 0)]
    return rows


def check_sizes(min_size: int, max_size: int) -> None:
    """Refuse sizes of sets between which there is nothing."""
    if min_size > max_size:
        raise OptionError(f"min_size={min_size} is above max_size={max_size}")
