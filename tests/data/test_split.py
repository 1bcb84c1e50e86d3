"""No held-out id is ever trained on, whichever split."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import KFold

from mmdrp.data.chem.scaffold import scaffold
from mmdrp.data.response import Examples, by_cell, by_pair
from mmdrp.data.split import (
    BothSplit,
    CellSplit,
    DrugSplit,
    Fold,
    Part,
    RandomSplit,
    ScaffoldSplit,
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
    ScaffoldSplit: ("drug",),
}


def pairs_of(study: Study) -> Examples:
    return by_pair(study.response("auc"), "auc")


@pytest.mark.parametrize("kind", AXES)
@pytest.mark.parametrize("fold", range(3))
def test_parts_share_no_id(kind: type[Split], fold: int, study: Study) -> None:
    examples = pairs_of(study)
    drawn = kind(folds=3, validation=0.2, seed=1)(examples, study.cells, fold, study.drugs)
    masks = {name: part.mask(examples) for name, part in drawn.parts().items()}
    assert all(mask.any() for mask in masks.values())
    for axis in AXES[kind]:
        ids = axis_ids(examples, axis)
        sets = [set(ids[mask]) for mask in masks.values()]
        assert not sets[0] & sets[1]
        assert not sets[0] & sets[2]
        assert not sets[1] & sets[2]


@pytest.mark.parametrize("kind", [CellSplit, RandomSplit, TissueSplit, ScaffoldSplit])
def test_every_example_is_tested_once(kind: type[Split], study: Study) -> None:
    examples = pairs_of(study)
    split = kind(folds=3)
    drugs = study.drugs
    masks = [split(examples, study.cells, k, drugs).test.mask(examples) for k in range(3)]
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


@pytest.mark.parametrize("generic", [False, True])
@pytest.mark.parametrize("fold", range(3))
def test_scaffolds_are_held_out_whole(generic: bool, fold: int, study: Study) -> None:
    drawn = ScaffoldSplit(folds=3, generic=generic)(pairs_of(study), study.cells, fold, study.drugs)
    kept = [
        {scaffold(str(study.drugs.loc[d, "smiles"]), d, generic) for d in part.ids["drug"]}
        for part in drawn.parts().values()
    ]
    # A drug without a ring is a group of its own, so "" may stand in several parts.
    assert not (kept[0] & kept[1] | kept[0] & kept[2] | kept[1] & kept[2]) - {""}
    assert sum(len(part.ids["drug"]) for part in drawn.parts().values()) == 32


def rings(smiles: list[str]) -> tuple[Examples, pd.DataFrame]:
    ids = np.array([f"D{i:02d}" for i in range(len(smiles))])
    y = np.zeros((len(ids), 1), dtype=np.float32)
    examples = Examples({"cell": np.full(len(ids), "L"), "drug": ids}, y, ("auc",))
    return examples, pd.DataFrame({"smiles": smiles}, index=ids)


def test_salts_of_one_scaffold_stay_together_and_chains_do_not() -> None:
    salts = ["Cc1ccccc1", "NCc1ccccc1.Cl", "[Na+].[O-]C(=O)c1ccccc1"]
    examples, drugs = rings([*salts, "CCO", "CCN", "CCC", ""])
    groups = ScaffoldSplit().groups(examples.ids["drug"], drugs)
    assert groups.nunique() == 5
    assert groups.iloc[:3].nunique() == 1


def test_the_order_of_drugs_does_not_move_a_scaffold() -> None:
    smiles = ["c1ccccc1", "c1ccncc1", "C1CCCCC1", "C1CCNCC1", "c1ccsc1", "c1ccoc1", "CCO"]
    examples, drugs = rings(smiles)
    back = examples.take(np.arange(len(smiles))[::-1])
    split = ScaffoldSplit(folds=3)
    assert split(examples, drugs, 1, drugs) == split(back, drugs, 1, drugs[::-1])


@pytest.mark.parametrize("drugs", [None, pd.DataFrame({"name": ["a"]})])
def test_scaffolds_need_structures(drugs: pd.DataFrame | None, study: Study) -> None:
    with pytest.raises(MmdrpError, match=r"split=scaffold: .* no column 'smiles'"):
        ScaffoldSplit()(pairs_of(study), study.cells, 0, drugs)


def test_too_few_scaffolds_are_refused() -> None:
    examples, drugs = rings(["Cc1ccccc1", "CCc1ccccc1", "c1ccccc1", "CCO"])
    with pytest.raises(MmdrpError, match=r"split\.folds=5: there are only 2 scaffolds"):
        ScaffoldSplit()(examples, drugs, 0, drugs)


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


@pytest.mark.parametrize("kind", [DrugSplit, BothSplit, ScaffoldSplit])
def test_drugs_cannot_be_held_out_of_a_panel(kind: type[Split], study: Study) -> None:
    examples = by_cell(study.response("ic50"), "ic50")
    with pytest.raises(MmdrpError, match="each drug is an output"):
        kind()(examples, study.cells, 0)


FOLD = {"train": {"cell": ["A"]}, "validation": {"cell": ["B"]}, "test": {"cell": ["C"]}}
FLAWS: dict[str, tuple[object, str]] = {
    "ids in one text": (FOLD | {"test": {"cell": "CD"}}, "test.cell: expected a list of ids"),
    "no part": ({"train": {"cell": ["A"]}}, "it has no 'validation'"),
    "another axis": (FOLD | {"test": {"line": ["C"]}}, "axis 'line'; there are: cell, drug, pair"),
    "mixed axes": (FOLD | {"test": {"drug": ["C"]}}, "not split along the same axes"),
    "no axis": (FOLD | {"test": {}}, "test: lists no axis"),
    "no pair": ({p: {"pair": ["A"]} for p in FOLD}, "expected cell, a tab, drug"),
    "a number": (3, "not a fold file"),
    "shared": (FOLD | {"test": {"cell": ["A"]}}, "cell 'A' is both in train and in test"),
    "empty": (FOLD | {"test": {"cell": []}}, "test is empty"),
    "unknown": (
        FOLD | {"test": {"cell": ["C", "D"]}}, r"test: cell 'D' is not in the study \(1 of 2"),
}  # fmt: skip


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_fold_file_that_cannot_be_meant_is_refused(flaw: str, tmp_path: Path) -> None:
    path = tmp_path / "fold.json"
    content, said = FLAWS[flaw]
    path.write_text(json.dumps(content))
    with pytest.raises(MmdrpError, match=f"^{re.escape(str(path))}: .*{said}") as caught:
        Fold.read(path, ["A", "B", "C"], ["x"])
    assert len(str(caught.value).replace(str(path), "")) < 150
    path.write_text("[" * 100_000)
    with pytest.raises(MmdrpError, match="not a fold file"):
        Fold.read(path)


def test_pairs_of_another_study_and_drugs_of_a_panel_are_refused() -> None:
    pairs = Fold(*(Part({"pair": frozenset({f"{c}\tx"})}) for c in "ABC"))
    assert pairs.check_known(["A", "B", "C"], ["x"]) is pairs
    with pytest.raises(MmdrpError, match="train: drug 'x' is not in the study"):
        pairs.check_known(["A", "B", "C"], ["y"])
    with pytest.raises(MmdrpError, match="split along 'pair', but here each drug is an output"):
        pairs.check_axes(["cell"])
    assert pairs.check_axes(["cell", "drug"]) is pairs
