"""Runs of several models: which are one model, and what each is called."""

from pathlib import Path

import pytest
from omegaconf import OmegaConf

from mmdrp.cli.labels import labelled
from mmdrp.data.split import Fold, Part
from mmdrp.errors import MmdrpError
from tests.conftest import Compose


def leave(folder: Path, composed: Compose, *words: str, test: str = "C") -> Path:
    """Write what a run leaves, as far as labels read it."""
    folder.mkdir(parents=True)
    cfg = composed("train", "modality=[mutation]", f"out={folder}", *words)
    OmegaConf.save(cfg, folder / "config.yaml", resolve=True)
    Fold(*(Part({"cell": frozenset(ids)}) for ids in ("A", "B", test))).write(folder / "fold.json")
    for name in ("model.ckpt", "predictions.parquet"):
        (folder / name).touch()
    return folder


def names(*folders: Path) -> list[str]:
    return [one.label for one in labelled([str(f) for f in folders])]


def test_folds_and_seeds_of_one_folder_are_one_model(composed: Compose, tmp_path: Path) -> None:
    leave(tmp_path / "s" / "0", composed, "fold=0")
    leave(tmp_path / "s" / "1", composed, "fold=1", test="D")
    leave(tmp_path / "s" / "2", composed, "seed=1")
    assert names(tmp_path / "s") == ["model"] * 3
    found = labelled(str(tmp_path / "s"))
    assert len({one.unit for one in found}) == 3
    assert found[0].fold_id == found[2].fold_id != found[1].fold_id


def test_options_that_differ_are_the_name(composed: Compose, tmp_path: Path) -> None:
    for i, (base, modality) in enumerate(
        (b, m) for b in ("kernel", "mean") for m in ("[mutation]", "[mutation,cnv]")
    ):
        leave(tmp_path / "s" / str(i), composed, f"base={base}", f"modality={modality}")
    assert names(tmp_path / "s") == [
        "base=Kernel modality=[mutation]",
        "base=Kernel modality=[mutation,cnv]",
        "base=Mean modality=[mutation]",
        "base=Mean modality=[mutation,cnv]",
    ]


def test_an_option_of_the_base_is_named_with_its_value(composed: Compose, tmp_path: Path) -> None:
    leave(tmp_path / "s" / "0", composed, "base.fill=true")
    leave(tmp_path / "s" / "1", composed, "base.fill=false")
    leave(tmp_path / "s" / "2", composed, "base.fill=false", "randomise.permute=[mutation]")
    assert names(tmp_path / "s") == [
        "base.fill=True randomise.permute=[]",
        "base.fill=False randomise.permute=[]",
        "base.fill=False randomise.permute=[mutation]",
    ]


def test_names_too_long_to_read_become_numbers(composed: Compose, tmp_path: Path) -> None:
    for i in (0, 1):
        words = [f"base.gamma=0.{i + 3}", f"base.power=0.{i + 3}", f"base.noise={i + 2}.5"]
        more = [f"base.steps={i + 3}", f"base.components={i + 4}", f"dropout=0.{i + 1}"]
        leave(tmp_path / "s" / str(i), composed, *words, *more)
    assert names(tmp_path / "s") == ["variant 0", "variant 1"]


def test_several_folders_are_named_after_themselves(composed: Compose, tmp_path: Path) -> None:
    for place in ("x/a", "y/a", "y/b"):
        leave(tmp_path / place, composed)
    assert names(tmp_path / "x/a", tmp_path / "y/b") == ["a", "b"]
    assert names(tmp_path / "x/a", tmp_path / "y/a") == ["x/a", "y/a"]


def test_what_cannot_be_compared_is_refused(composed: Compose, tmp_path: Path) -> None:
    a = leave(tmp_path / "s" / "0", composed)
    leave(tmp_path / "s" / "1", composed)
    with pytest.raises(MmdrpError, match="the same fold, seed and options"):
        labelled(str(tmp_path / "s"))
    with pytest.raises(MmdrpError, match="named twice"):
        labelled([str(a), str(a)])
    other = leave(tmp_path / "auc", composed, "response=auc")
    with pytest.raises(MmdrpError, match=r"differ in response.measure \(auc, ic50\)"):
        labelled([str(a), str(other)])
