"""Splits into training, validation and test: folds of ids, never of positions."""

from mmdrp.data.split.fold import Fold, Ids, Part, axis_ids
from mmdrp.data.split.group import GroupSplit, ScaffoldSplit, TissueSplit
from mmdrp.data.split.kfold import BothSplit, CellSplit, DrugSplit, RandomSplit, Split, unsuited

__all__ = [
    "BothSplit",
    "CellSplit",
    "DrugSplit",
    "Fold",
    "GroupSplit",
    "Ids",
    "Part",
    "RandomSplit",
    "ScaffoldSplit",
    "Split",
    "TissueSplit",
    "axis_ids",
    "unsuited",
]
