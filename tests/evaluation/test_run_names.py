"""Runs of several models: which are one model, and what each is called."""

from pathlib import Path

import pytest
from omegaconf import OmegaConf

from mmdrp.data.split import Fold, Part
from mmdrp.errors import MmdrpError
from mmdrp.evaluation.inputs.run_names import labelled
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
    return [run.label for run in labelled([str(f) for f in folders])]


def test_folds_and_seeds_of_one_folder_are_one_model(composed: Compose, tmp_path: Path) -> None:
    leave(tmp_path / "s" / "0", composed, "fold=0")
    leave(tmp_path / "s" / "1", composed, "fold=1", test="D")
    leave(tmp_path / "s" / "2", composed, "seed=1")
    assert names(tmp_path / "s") == ["model"] * 3
    runs = labelled(tmp_path / "s")
    assert len({run.unit for run in runs}) == 3
    assert runs[0].fold_id == runs[2].fold_id != runs[1].fold_id


def test_options_that_differ_are_the_name(composed: Compose, tmp_path: Path) -> None:
    for i, (base, modality) in enumerate(
        (b, m) for b in ("kernel", "mean") for m in ("[mutation]", "[mutation,cnv]")
    ):
        leave(tmp_path / "s" / str(i), composed, f"base={base}", f"modality={modality}")
    assert names(tmp_path / "s") == [
        "base=kernel modality=[mutation]",
        "base=kernel modality=[mutation,cnv]",
        "base=mean modality=[mutation]",
        "base=mean modality=[mutation,cnv]",
    ]


def test_an_option_of_the_base_is_named_with_its_value(composed: Compose, tmp_path: Path) -> None:
    leave(tmp_path / "s" / "0", composed, "base.em_impute=true")
    leave(tmp_path / "s" / "1", composed, "base.em_impute=false")
    leave(tmp_path / "s" / "2", composed, "base.em_impute=false", "randomise.permute=[mutation]")
    assert names(tmp_path / "s") == [
        "base.em_impute=True randomise.permute=[]",
        "base.em_impute=False randomise.permute=[]",
        "base.em_impute=False randomise.permute=[mutation]",
    ]


def test_names_too_long_to_read_become_numbers(composed: Compose, tmp_path: Path) -> None:
    for i in (0, 1):
        words = [f"base.gamma=0.{i + 3}", f"base.power=0.{i + 3}", f"base.noise={i + 2}.5"]
        more = [f"base.max_markers={i + 3}", f"base.components={i + 4}", f"dropout=0.{i + 1}"]
        leave(tmp_path / "s" / str(i), composed, *words, *more)
    assert names(tmp_path / "s") == ["variant 0", "variant 1"]


def test_several_folders_are_named_after_themselves(composed: Compose, tmp_path: Path) -> None:
    for place in ("x/a", "y/a", "y/b"):
        leave(tmp_path / place, composed)
    assert names(tmp_path / "x/a", tmp_path / "y/b") == ["a", "b"]
    assert names(tmp_path / "x/a", tmp_path / "y/a") == ["x/a", "y/a"]


def test_folds_given_one_by_one_are_one_model(composed: Compose, tmp_path: Path) -> None:
    mean = [
        leave(tmp_path / f"m{i}", composed, "base=mean", f"fold={i}", test="CD"[i]) for i in (0, 1)
    ]
    assert names(*mean) == ["model", "model"]
    assert len({run.unit for run in labelled([str(m) for m in mean])}) == 2
    other = leave(tmp_path / "k", composed, "base=kernel")
    assert names(*mean, other) == ["base=mean", "base=mean", "k"]
    more = leave(tmp_path / "k1", composed, "base=kernel", "fold=1", test="D")
    assert names(*mean, other, more) == ["base=mean"] * 2 + ["base=kernel"] * 2
    again = leave(tmp_path / "again", composed, "base=mean")
    assert names(*mean, again) == ["m0", "m1", "again"]  # which of two belongs to m1 is not known


def test_a_fold_file_gives_its_number_and_its_name(composed: Compose, tmp_path: Path) -> None:
    leave(tmp_path / "s" / "0", composed, "fold_file=folds/seed0/fold3.json")
    leave(tmp_path / "s" / "1", composed, "fold_file=runs/a/fold.json", test="D")
    runs = labelled(tmp_path / "s")
    assert [run.label for run in runs] == ["model", "model"]
    said = [(run.run.spec.split.number, run.run.spec.split.label) for run in runs]
    assert said == [(3, "file fold3"), (0, "file a/fold")]


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


FORMAT_1 = """\
study: {{path: data/synthetic, build: {{_target_: mmdrp.data.ingest.synthetic.build}}}}
response: {{measure: ic50, layout: by_cell, log: ln}}
modality: {{mutation: {{scale: {{_target_: mmdrp.nn.scale.Standardize}}}}}}
base: {{_target_: mmdrp.nn.base.{base}}}
split: {{_target_: mmdrp.data.split.CellSplit, folds: 5}}
fold: 0
seed: 0
"""


def test_a_run_of_format_1_has_the_label_of_today(composed: Compose, tmp_path: Path) -> None:
    for name, base in (("kernel", "kernel.Kernel"), ("mean", "mean.Mean")):
        config = leave(tmp_path / "old" / name, composed) / "config.yaml"
        config.write_text(FORMAT_1.format(base=base))
        leave(tmp_path / "new" / name, composed, f"base={name}")
    assert names(tmp_path / "old") == names(tmp_path / "new") == ["base=kernel", "base=mean"]
    config.write_text(FORMAT_1.format(base="elsewhere.Evil"))
    with pytest.raises(MmdrpError, match="no part of mmdrp"):
        names(tmp_path / "old")
