"""``enrich=``: gene sets over-represented among a drug's leading genes."""

from pathlib import Path

import pandas as pd

from mmdrp.tumours.genesets import read_gene_sets
from mmdrp.tumours.stats.enrichment import over_represented

LEADING = 100
"""genes of a drug, the strongest ones"""
SHOWN = 20
"""sets per drug"""
GENES = ("expression", "mutation", "cnv", "methylation", "proteomics")
"""modalities whose features are gene symbols"""


class GeneSetTest:
    """Tests named gene sets drug after drug; the background are all genes of the ranking."""

    def __init__(self, source: str | Path) -> None:
        gene_sets = read_gene_sets(str(source))
        self.names = {s.id: s.name for s in gene_sets}
        self.sets = {s.id: s.genes for s in gene_sets}
        self.tables: list[pd.DataFrame] = []

    def add(self, drug: str, ranking: pd.DataFrame) -> None:
        """Test the sets among the leading genes of a ranking."""
        of_genes = ranking[ranking["source"].astype(str).isin(GENES)]
        genes = list(dict.fromkeys(of_genes["feature"].astype(str)))
        table = over_represented(genes[:LEADING], genes, self.sets).head(SHOWN)
        table.insert(0, "drug", drug)
        table.insert(2, "name", table["term"].map(self.names))
        self.tables.append(table)

    def table(self) -> pd.DataFrame:
        """Return the strongest sets of all drugs."""
        return pd.concat(self.tables, ignore_index=True)
