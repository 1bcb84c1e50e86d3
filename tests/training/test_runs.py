"""Run folders: what is written is read again; a damaged one is refused and runs nothing."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.io.marker import MARKER
from mmdrp.training.runs import CONFIG, FOLD, METRICS, MODEL, PREDICTIONS, RUN, Run, find_runs
from tests.training.conftest import Fitted


@pytest.fixture
def folder(fitted: Fitted, tmp_path: Path) -> Path:
    return fitted("base only").save(tmp_path / "run")


def test_a_run_says_what_it_was(folder: Path, fitted: Fitted, small: Study) -> None:
    model, (run,) = fitted("base only"), find_runs(folder)
    assert run.spec == model.spec_
    assert run.fold == model.fold_
    assert run.learned == model.learned_ids_
    assert run.refit is True
    assert run.study().manifest == small.manifest
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        [CONFIG, FOLD, MODEL, PREDICTIONS, RUN, "markers.csv", MARKER]
    )
    assert list(run.predictions.columns) == [
        "fold", "part", "cell", "drug", "y", "pred", "lower", "upper", "sd", "outside", "pit",
    ]  # fmt: skip
    assert pq.read_schema(folder / PREDICTIONS).metadata[b"mmdrp.unit"] == b"arbitrary"
    record = json.loads((folder / RUN).read_text())
    assert (record["network"]["kept"], record["refit"]) == (False, True)
    assert record["versions"]["torch"]
    markers = pd.read_csv(folder / "markers.csv")
    pd.testing.assert_frame_equal(markers, model.selected_features_, rtol=1e-3, check_dtype=False)


def test_runs_of_a_sweep_come_in_order(folder: Path, tmp_path: Path) -> None:
    for name in ("1", "0"):
        shutil.copytree(folder, tmp_path / "sweep" / name)
    assert [run.folder.name for run in find_runs(tmp_path / "sweep")] == ["0", "1"]


def config(change: Callable[[dict[str, object]], object]) -> Callable[[Path], object]:
    def damage(folder: Path) -> None:
        content = yaml.safe_load((folder / CONFIG).read_text())
        change(content)
        (folder / CONFIG).write_text(yaml.safe_dump(content))

    return damage


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "code in YAML": (
        lambda f: (f / CONFIG).write_text(
            f"base: !!python/object/apply:os.system ['touch {f.parent / 'harm'}']\n"),
        "not a configuration that can be read"),
    "a list": (lambda f: (f / CONFIG).write_text("- 1\n"), "expected options by name"),
    "binary": (lambda f: (f / CONFIG).write_bytes(b"\xff\x00\x01"), "not a configuration"),
    "an unknown part": (config(lambda c: c.update(base="mine")), "base=mine: choose among"),
    "a wrong value": (config(lambda c: c.update(dropout="a")), "dropout=a: expected a number"),
    "no fold": (lambda f: (f / FOLD).unlink(), "not a finished run, fold.json is missing"),
    "half a fold": (lambda f: (f / FOLD).write_text('{"train": {}}'), "not a fold file"),
    "no record": (lambda f: (f / RUN).write_text("[1]"), "not the record of a run"),
    "no study": (config(lambda c: c.update(study={"path": "gone"})), "the study of .* is not"),
    "no model": (lambda f: (f / MODEL).unlink(), "holds no run of mmdrp train"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_run_is_refused_in_one_line(damage: str, folder: Path) -> None:
    change, said = DAMAGE[damage]
    change(folder)

    def used() -> list[object]:
        return [(run.spec, run.fold, run.refit, run.study()) for run in find_runs(folder)]

    with pytest.raises(MmdrpError, match=said) as caught:
        used()
    assert len(str(caught.value).splitlines()) == 1
    assert not (folder.parent / "harm").exists()


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(MmdrpError, match="there is no such folder"):
        find_runs(tmp_path / "absent")
    with pytest.raises(MmdrpError, match=f"no {MODEL}"):
        find_runs(tmp_path)
    assert METRICS == "metrics.json"
    assert Run(tmp_path).refit is False
