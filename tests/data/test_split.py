"""No held-out id is ever trained on, whichever split."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import KFold

from mmdrp.data.response import Examples, by_cell, by_pair
from mmdrp.data.split import (
    BothSplit,
    CellSplit,
    DrugSplit,
    Fold,
    RandomSplit,
    Split,
    TissueSplit,
    axis_ids,
)
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError

AXES = {
    CellSplit: ("cell",),
    DrugSplit: ("drug",),
    BothSplit: ("cell", "drug"),
    RandomSplit: ("pair",),
    TissueSplit: ("cell",),
}


def pairs_of(study: Study) -> Examples:
    return by_pair(study.response("auc"), "auc")


@pytest.mark.parametrize("kind", AXES)
@pytest.mark.parametrize("fold", range(3))
def test_parts_share_no_id(kind: type[Split], fold: int, study: Study) -> None:
    examples = pairs_of(study)
    drawn = kind(folds=3, validation=0.2, seed=1)(examples, study.cells, fold)
    masks = {name: part.mask(examples) for name, part in drawn.parts().items()}
    assert all(mask.any() for mask in masks.values())
    for axis in AXES[kind]:
        ids = axis_ids(examples, axis)
        sets = [set(ids[mask]) for mask in masks.values()]
        assert not sets[0] & sets[1]
        assert not sets[0] & sets[2]
        assert not sets[1] & sets[2]


@pytest.mark.parametrize("kind", [CellSplit, RandomSplit, TissueSplit])
def test_every_example_is_tested_once(kind: type[Split], study: Study) -> None:
    examples = pairs_of(study)
    split = kind(folds=3)
    masks = [split(examples, study.cells, k).test.mask(examples) for k in range(3)]
    assert (np.sum(masks, axis=0) == 1).all()


def test_tissues_are_held_out_whole(study: Study) -> None:
    examples = by_cell(study.response("ic50"), "ic50")
    drawn = TissueSplit(folds=3)(examples, study.cells, 0)
    tissues = [
        set(study.cells.loc[sorted(part.ids["cell"]), "tissue"]) for part in drawn.parts().values()
    ]
    assert not tissues[0] & tissues[1]
    assert not tissues[0] & tissues[2]
    assert not tissues[1] & tissues[2]


def test_cell_folds_are_those_of_scikit_learn(study: Study) -> None:
    examples = by_cell(study.response("ic50"), "ic50")
    ids = np.sort(examples.ids["cell"])
    expected = [set(ids[test]) for _, test in KFold(5, shuffle=True, random_state=3).split(ids)]
    for k, wanted in enumerate(expected):
        assert CellSplit(seed=3)(examples, study.cells, k).test.ids["cell"] == wanted


@given(order=st.permutations(range(30)), seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_folds_are_ids_not_positions(order: list[int], seed: int) -> None:
    ids = np.array([f"L{i:02d}" for i in range(30)])
    y = np.zeros((30, 1), dtype=np.float32)
    cells = pd.DataFrame(index=ids)
    here = CellSplit(seed=seed)(Examples({"cell": ids}, y, ("d",)), cells, 0)
    there = CellSplit(seed=seed)(Examples({"cell": ids[order]}, y, ("d",)), cells, 0)
    assert here == there


def test_a_fold_survives_its_file(study: Study, tmp_path: Path) -> None:
    drawn = BothSplit(folds=4)(pairs_of(study), study.cells, 2)
    drawn.write(tmp_path / "fold.json")
    assert Fold.read(tmp_path / "fold.json") == drawn


def test_a_fold_file_that_leaks_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "fold.json"
    path.write_text(
        '{"train": {"cell": ["A", "B"]}, "validation": {"cell": ["C"]}, "test": {"cell": ["B"]}}'
    )
    with pytest.raises(MmdrpError, match="cell 'B' is both in train and in test"):
        Fold.read(path)


@pytest.mark.parametrize("kind", [DrugSplit, BothSplit])
def test_drugs_cannot_be_held_out_of_a_panel(kind: type[Split], study: Study) -> None:
    examples = by_cell(study.response("ic50"), "ic50")
    with pytest.raises(MmdrpError, match="each drug is an output"):
        kind()(examples, study.cells, 0)
