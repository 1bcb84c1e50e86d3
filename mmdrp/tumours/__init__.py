"""What predicted responses of tumours go with: mutations, cancer types, expression, gene sets.

Frames in, results out: make a `Cohort`, then ask `associate`, `compare_extremes` or `enrich`.
Each result holds data frames, ``plot`` draws them and ``write`` puts all into a folder.
"""

from mmdrp.tumours.associations import Associations, associate
from mmdrp.tumours.cohort import Cohort
from mmdrp.tumours.enrichment import Enrichment, enrich
from mmdrp.tumours.extremes import Extremes, compare_extremes
from mmdrp.tumours.gene_lists import GeneList, read_genes
from mmdrp.tumours.genesets import GeneSet, read_gene_sets
from mmdrp.tumours.known_targets import (
    KnownTargets,
    check_targets,
    expression_marks,
    read_targets,
)
from mmdrp.tumours.mutations import Mutations
from mmdrp.tumours.shards.parts import associate_shard

__all__ = [
    "Associations",
    "Cohort",
    "Enrichment",
    "Extremes",
    "GeneList",
    "GeneSet",
    "KnownTargets",
    "Mutations",
    "associate",
    "associate_shard",
    "check_targets",
    "compare_extremes",
    "enrich",
    "expression_marks",
    "read_gene_sets",
    "read_genes",
    "read_targets",
]
