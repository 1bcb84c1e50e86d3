"""Known targets of drugs: read from the drugs table, used for unseen drugs, restored."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmdrp.data.split import Fold
from mmdrp.data.targets import named, targets_table
from mmdrp.training.checkpoint import restore

Cli = Callable[..., int]
WORDS = [
    "study=folder", "response=auc", "modality=[expression]", "split=drug", "base=mean", "net=false",
    "split.folds=4",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [("BCL2;BCL2L1", {"BCL2", "BCL2L1"}), ("mtor , pi3k", {"MTOR", "PI3K"}), ("", set()),
     ("nan", set()), ("DNA synthesis|", {"DNA SYNTHESIS"})],
)  # fmt: skip
def test_a_cell_may_list_several(text: str, expected: set[str]) -> None:
    assert named(text) == expected


def test_drugs_without_a_target_have_no_row() -> None:
    drugs = pd.DataFrame({"target": ["A;B", None, "B"]}, index=["x", "y", "z"])
    found = targets_table(drugs, ["z", "y", "x", "unlisted"])
    assert found is not None
    assert list(found.ids) == ["z", "x"]
    assert list(found.features) == ["A", "B"]
    np.testing.assert_array_equal(found.values, [[0, 1], [1, 1]])
    aligned = targets_table(drugs, ["x"], ["B", "C"])
    assert aligned is not None
    np.testing.assert_array_equal(aligned.values, [[1, 0]])
    assert targets_table(drugs.rename(columns={"target": "moa"}), ["x"]) is None


@pytest.fixture(scope="module")
def folder(mmdrp: Cli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study in which a drug's response is its target's, and its structure says nothing."""
    folder = tmp_path_factory.mktemp("targets") / "study"
    folder.mkdir()
    rng = np.random.default_rng(0)
    lines, drugs = [f"L{i:02d}" for i in range(40)], [f"D{j:02d}" for j in range(48)]
    effect = rng.normal(0, 2, (40, 6))
    target = rng.integers(0, 6, 48)
    y = effect[:, target] + rng.normal(0, 0.2, (40, 48))
    carbons = rng.integers(3, 9, 48)
    pd.DataFrame(
        {
            "drug": drugs,
            "smiles": ["C" * n + "O" for n in carbons],
            "target": [f"T{t}" for t in target],
        }
    ).to_csv(folder / "drugs.csv", index=False)
    rows = [("auc", c, d, y[i, j]) for i, c in enumerate(lines) for j, d in enumerate(drugs)]
    table = pd.DataFrame(rows, columns=["measure", "cell", "drug", "value"])
    table.to_csv(folder / "response.csv", index=False)
    omics = pd.DataFrame(rng.normal(size=(40, 5)), columns=[f"G{i}" for i in range(5)])
    omics.insert(0, "cell", lines)
    omics.to_csv(folder / "expression.csv", index=False)
    assert mmdrp("data", "manifest", str(folder)) == 0
    return folder


def run_of(mmdrp: Cli, folder: Path, out: Path, *words: str) -> dict[str, dict[str, float]]:
    assert mmdrp("train", *WORDS, f"study.path={folder}", f"out={out}", *words) == 0
    found: dict[str, dict[str, float]] = json.loads((out / "metrics.json").read_text())
    return found


def test_targets_tell_of_unseen_drugs(mmdrp: Cli, folder: Path, tmp_path: Path) -> None:
    known = run_of(mmdrp, folder, tmp_path / "with")
    bare = run_of(mmdrp, folder, tmp_path / "without", "drug_targets=false")
    assert known["model"]["mse"] < 0.4 * known["mean_effects"]["mse"]
    assert bare["model"]["mse"] > 0.8 * bare["mean_effects"]["mse"]


def test_a_checkpoint_restores_them(mmdrp: Cli, folder: Path, tmp_path: Path) -> None:
    run_of(mmdrp, folder, tmp_path / "run")
    restored = restore(tmp_path / "run")
    assert restored.info.features["targets"] == [f"T{i}" for i in range(6)]
    table = pd.read_parquet(tmp_path / "run" / "predictions.parquet")
    test = table[table["part"] == "test"]
    new = tmp_path / "new"
    new.mkdir()
    pd.read_csv(folder / "expression.csv").to_csv(new / "expression.csv", index=False)
    drugs = pd.read_csv(folder / "drugs.csv")
    drugs = drugs[drugs["drug"].isin(set(test["drug"]))]
    for name, given in (("with", drugs), ("without", drugs.drop(columns="target"))):
        given.to_csv(new / "drugs.csv", index=False)
        words = [f"run={tmp_path / 'run'}", f"data={new}", f"out={tmp_path / name}"]
        assert mmdrp("predict", *words) == 0
    again = pd.read_parquet(tmp_path / "with" / "predictions.parquet")
    joined = test.merge(again, on=["cell", "drug"], suffixes=("", "_again"))
    assert len(joined) == len(test)
    np.testing.assert_allclose(joined["pred"], joined["pred_again"], atol=1e-5)
    bare = pd.read_parquet(tmp_path / "without" / "predictions.parquet")
    joined = test.merge(bare, on=["cell", "drug"], suffixes=("", "_bare"))
    assert np.abs(joined["pred"] - joined["pred_bare"]).mean() > 0.5


def test_attributions_of_a_drug_never_screened_add_up(
    mmdrp: Cli, folder: Path, tmp_path: Path
) -> None:
    assert mmdrp(
        "train", *WORDS, "base=kernel", f"study.path={folder}", f"out={tmp_path / 'run'}"
    ) == 0  # fmt: skip
    held = sorted(Fold.read(tmp_path / "run" / "fold.json").test.ids["drug"])[:2]
    words = [f"run={tmp_path / 'run'}", f"out={tmp_path / 'a'}", f"drugs=[{','.join(held)}]"]
    assert mmdrp("attribute", *words) == 0
    said = json.loads((tmp_path / "a" / "attribution.json").read_text())
    assert said["largest_gap_of_output_range"] < 1e-4
