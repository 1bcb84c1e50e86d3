"""Human genes by symbol, alias, Ensembl or Entrez id."""

from mmdrp.data.genes.match import Matched, are_genes, match
from mmdrp.data.genes.naming import symbols_of
from mmdrp.data.genes.table import Genes, genes

__all__ = ["Genes", "Matched", "are_genes", "genes", "match", "symbols_of"]
