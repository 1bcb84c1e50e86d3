"""``mmdrp data split``: the folds that training draws, repeated, nested, and read again."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mmdrp.data.split import Fold

Cli = Callable[..., int]
WORDS = ["study=synthetic", "modality=[expression]"]


def test_folds_are_those_of_training(mmdrp: Cli, tmp_path: Path) -> None:
    assert mmdrp("data", "split", *WORDS, f"out={tmp_path / 'folds'}", "repeats=2") == 0
    written = sorted(p.relative_to(tmp_path) for p in (tmp_path / "folds").rglob("*.json"))
    assert len(written) == 10
    for seed in (0, 1):
        run = tmp_path / f"run{seed}"
        words = [*WORDS, "net=false", f"seed={seed}", "fold=2", f"out={run}"]
        assert mmdrp("train", *words) == 0
        mine = Fold.read(tmp_path / "folds" / f"seed{seed}" / "fold2.json")
        assert mine == Fold.read(run / "fold.json")


@pytest.mark.parametrize("split", ["cell", "drug", "both", "random", "tissue"])
def test_inner_folds_never_hold_the_outer_test(split: str, mmdrp: Cli, tmp_path: Path) -> None:
    words = [*WORDS, "response=auc", f"split={split}", "inner=2", "split.folds=3"]
    assert mmdrp("data", "split", *words, f"out={tmp_path}") == 0
    for number in range(3):
        outer = Fold.read(tmp_path / "seed0" / f"fold{number}.json")
        inner = [
            Fold.read(p) for p in sorted((tmp_path / "seed0" / f"fold{number}").glob("*.json"))
        ]
        assert len(inner) == 2
        for axis, held in outer.test.ids.items():
            rest = outer.train.ids[axis] | outer.validation.ids[axis]
            tested = frozenset[str]()
            for one in inner:
                used = frozenset.union(*(part.ids[axis] for part in one.parts().values()))
                assert not used & held
                assert used <= rest
                assert not tested & one.test.ids[axis]
                tested |= one.test.ids[axis]
            # Lines that only occur with drugs of the other part drop out of a split on both.
            assert tested == rest or split == "both"


def test_an_inner_fold_can_be_trained_on(mmdrp: Cli, tmp_path: Path) -> None:
    assert mmdrp("data", "split", *WORDS, "inner=3", f"out={tmp_path / 'folds'}") == 0
    fold = tmp_path / "folds" / "seed0" / "fold0" / "inner1.json"
    words = ["train", *WORDS, "net=false", f"fold_file={fold}", f"out={tmp_path / 'run'}"]
    assert mmdrp(*words) == 0
    assert Fold.read(tmp_path / "run" / "fold.json") == Fold.read(fold)


@pytest.mark.parametrize(
    ("word", "expected"),
    [("repeats=0", "from 1 to"), ("inner=1", "at least 2"), ("split=drug", "response=auc")],
)
def test_mistakes(
    word: str, expected: str, mmdrp: Cli, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mmdrp("data", "split", *WORDS, word, f"out={tmp_path / 'folds'}") == 2
    assert expected in capsys.readouterr().err
