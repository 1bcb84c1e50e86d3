"""What data are made of, by name: splits, samplers, descriptions of drugs, label weights."""

from collections.abc import Callable
from typing import Any

from mmdrp.data.batches.label_weight import SmoothedDensity
from mmdrp.data.batches.sampler import BlockBatches, RandomBatches
from mmdrp.data.chem.embedding import MiniMol, TableEmbedding
from mmdrp.data.chem.fingerprint import FCFP, MACCS, AtomPair, Morgan, Torsion
from mmdrp.data.chem.graph import Graphs
from mmdrp.data.chem.identity import Identity
from mmdrp.data.split import (
    BothSplit,
    CellSplit,
    DrugSplit,
    RandomSplit,
    ScaffoldSplit,
    TissueSplit,
)
from mmdrp.registry import register

PARTS: dict[str, dict[str, Callable[..., Any]]] = {
    "split": {
        "cell": CellSplit, "drug": DrugSplit, "both": BothSplit, "random": RandomSplit,
        "tissue": TissueSplit, "scaffold": ScaffoldSplit,
    },
    "sampler": {"random": RandomBatches, "block": BlockBatches},
    "fingerprint": {
        "morgan": Morgan, "fcfp": FCFP, "atompair": AtomPair, "torsion": Torsion, "maccs": MACCS,
        "identity": Identity, "minimol": MiniMol, "table": TableEmbedding,
    },
    "graph": {"graphs": Graphs},
    "label_weight": {"smoothed": SmoothedDensity},
}  # fmt: skip

for kind, parts in PARTS.items():
    for name, made in parts.items():
        register(kind, name, made)
