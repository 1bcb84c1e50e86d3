"""Tables of results that mmdrp reads again: names that begin with a sign come back as they were."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from mmdrp.attribution.benchmark.markers import read_markers
from mmdrp.errors import MmdrpError
from mmdrp.experiments.deepdr.folder import Finished
from mmdrp.io.outputs import Outputs
from mmdrp.io.text import write_csv
from mmdrp.registry import part
from mmdrp.training.pretraining import folder
from mmdrp.training.pretraining.encoders import Encoders
from mmdrp.training.pretraining.pretrained import Pretrained
from mmdrp.tumours.gene_lists import read_genes
from mmdrp.tumours.known_targets import COLUMNS, read_targets

NAMES = ["=A1", "-miR", "+x", "@y", "'=z", "NA", "1.50"]
KNOWN = [name for name in NAMES if name != "NA"]
"""names of genes and drugs: NA is none to a reader of tables"""


def encoder(modality: str, losses: list[float]) -> Pretrained:
    table = pd.DataFrame({"epoch": range(len(losses)), "train": losses, "validation": losses})
    return Pretrained(
        modality, "s", ["f"], frozenset("a"), False, part("encoder", "linear"),
        {"w": torch.ones(1)}, {"w": torch.ones(1)}, {"w": torch.ones(1)},
        losses=table.assign(modality=modality), summary={"asked": modality, "epochs": len(losses)},
    )  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_losses_of_an_encoder_come_back(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = encoder(name, [0.1 + 0.2, 1 / 3])
    other = encoder("expression", [1.0])
    for one in (other, given, other):
        folder.write(tmp_path, one)
    monkeypatch.setattr(Pretrained, "read", lambda _: replace(given, losses=None, summary=None))
    back = folder.finished(tmp_path, name, name)
    assert back is not None
    assert back.losses is not None
    assert given.losses is not None
    pd.testing.assert_frame_equal(
        back.losses.reset_index(drop=True), given.losses, check_dtype=False
    )
    assert len(Encoders({name: back, "expression": other}).losses) == 3


def test_repeats_of_table_1_come_back_to_the_last_digit(tmp_path: Path) -> None:
    score = np.random.default_rng(0).random(len(NAMES)) / 3
    frame = pd.DataFrame({"repeat": 0, "variant": NAMES, "mse": score, "gap": np.nan})
    Finished(tmp_path, {}).add(0, frame, None)
    back = Finished(tmp_path, {}).table(1)
    pd.testing.assert_frame_equal(back, frame, check_dtype=False, check_exact=True)


def test_a_repeat_that_has_changed_is_done_again(tmp_path: Path) -> None:
    frame = pd.DataFrame({"repeat": 0, "variant": ["pca"], "mse": [0.5]})
    for number in (0, 1):
        Finished(tmp_path, {}).add(number, frame, None)
    path = tmp_path / "shuffles" / "0000.csv"
    path.write_text(path.read_text().replace("0.5", "0.6"))
    assert [number in Finished(tmp_path, {}) for number in (0, 1)] == [False, True]
    (tmp_path / "question.json").write_text("{")
    with pytest.raises(MmdrpError, match=r"question\.json: cannot be read"):
        Finished(tmp_path, {})


def test_markers_that_were_written_can_be_given_again(tmp_path: Path) -> None:
    table = pd.DataFrame({"drug": NAMES, "source": "expression", "feature": NAMES[::-1]})
    write_csv(table.assign(direction="resistance"), tmp_path / "known_markers.csv", index=False)
    back = read_markers(tmp_path / "known_markers.csv")
    assert back["drug"].tolist() == NAMES
    assert back["feature"].tolist() == NAMES[::-1]


def test_genes_of_extremes_can_be_enriched(tmp_path: Path) -> None:
    table = pd.DataFrame({"gene": KNOWN, "difference": -1.0})
    Outputs(tmp_path).table("expression", table, "")
    assert read_genes(tmp_path / "expression.csv", direction="down").genes == KNOWN


def test_known_targets_that_were_written_can_be_given_again(tmp_path: Path) -> None:
    table = pd.DataFrame(dict.fromkeys(COLUMNS, KNOWN))
    Outputs(tmp_path).table("targets", table.assign(kind="mutation", expected="sensitive"), "")
    back = read_targets(tmp_path / "targets.csv")
    assert back["drug"].tolist() == back["mark"].tolist() == KNOWN
