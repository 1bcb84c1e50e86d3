"""The leakage report finds what was planted, and nothing in clean folds."""

from pathlib import Path

import numpy as np
import pytest

from mmdrp.data.source import Table
from mmdrp.data.split import Fold, Part
from mmdrp.evaluation.leakage import across, alike, same_structure, shared


def fold(axis: str, train: list[str], validation: list[str], test: list[str]) -> Fold:
    parts = [Part({axis: frozenset(ids)}) for ids in (train, validation, test)]
    return Fold(*parts)


def test_a_pair_split_shares_lines_and_drugs_and_says_so() -> None:
    found = fold("pair", ["A\tx", "B\ty"], ["B\tx"], ["A\ty"])
    lines = shared(found, "cell")
    assert set(zip(lines["one"], lines["part"], lines["other_part"], strict=True)) == {
        ("A", "train", "test"),
        ("B", "train", "validation"),
    }
    assert set(shared(found, "drug")["one"]) == {"x", "y"}
    assert shared(fold("cell", ["A"], ["B"], ["C"]), "cell").empty
    assert shared(fold("cell", ["A"], ["B"], ["C"]), "drug").empty  # drugs are not split at all


def test_lines_alike_are_found_across_parts_only() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(20, 200)) + rng.normal(0, 30, 200)  # genes differ in level
    values[3] = values[7] + rng.normal(0, 0.1, 200)
    values[4] = values[5]
    values[0, :5] = np.nan
    genes = [f"G{i}" for i in range(200)]
    table = Table("cell", [f"L{i}" for i in range(20)], genes, values.astype("f4"))
    pairs = alike(table, 0.8)
    assert {(a, b) for a, b, _ in pairs} == {("L3", "L7"), ("L4", "L5")}
    assert pairs[0][2] == pytest.approx(1, abs=1e-6)
    rest = [f"L{i}" for i in range(20) if i not in (7, 1)]
    found = across(fold("cell", rest, ["L1"], ["L7"]), "near_duplicate", "cell", pairs)
    assert found[["one", "part", "other", "other_part"]].to_numpy().tolist() == [
        ["L3", "train", "L7", "test"]
    ]


def test_one_structure_under_two_names_is_found_whatever_its_spelling() -> None:
    smiles = {
        "aspirin": "CC(=O)Oc1ccccc1C(=O)O",
        "acetylsalicylate": "O=C(C)Oc1ccccc1C(=O)[O-].[Na+]",
        "caffeine": "Cn1cnc2c1c(=O)n(C)c(=O)n2C",
        "broken": "C(",
    }
    assert same_structure(smiles) == [("acetylsalicylate", "aspirin", 1.0)]
    drugs = fold("drug", ["aspirin"], ["caffeine"], ["acetylsalicylate"])
    assert len(across(drugs, "same_structure", "drug", same_structure(smiles))) == 1
    lines = fold("cell", ["A"], ["B"], ["C"])
    assert across(lines, "same_structure", "drug", same_structure(smiles)).empty


def test_a_written_fold_reports_the_same(tmp_path: Path) -> None:
    found = fold("pair", ["A\tx"], ["B\tx"], ["C\tx"])
    found.write(tmp_path / "fold.json")
    again = Fold.read(tmp_path / "fold.json")
    assert shared(again, "drug").equals(shared(found, "drug"))
    assert len(shared(again, "drug")) == 3
