"""Checksums of finished folders: what has changed since is refused, what may change is not."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml

from mmdrp.errors import MmdrpError
from mmdrp.io.folder import output_folder
from mmdrp.io.marker import MARKER, read_marker
from mmdrp.io.sums import check_folder, check_unchanged, is_sealed, read_parquet, seal

CONFIG = {"seed": 0, "study": {"name": "s", "path": "data/s"}, "loss": {"name": "mse"}}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    with output_folder(tmp_path / "out", "train") as folder:
        (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG))
        (folder / "a.csv").write_text("x\n1\n")
        (folder / "train.log").write_text("began")
        (folder / "seed0").mkdir()
        (folder / "seed0" / "fold0.json").write_text("{}")
        pd.DataFrame({"pred": [1.0] * 50}).to_parquet(folder / "predictions.parquet")
    return tmp_path / "out"


def test_a_finished_folder_knows_its_files(out: Path) -> None:
    marker = read_marker(out)
    assert marker is not None
    assert set(marker.files) == {
        "config.yaml", "a.csv", "seed0/fold0.json", "predictions.parquet"
    }  # fmt: skip
    assert check_folder(out) == 4
    assert len(read_parquet(out / "predictions.parquet", ["pred"])) == 50


@pytest.mark.parametrize(
    "name", ["config.yaml", "a.csv", "seed0/fold0.json", "predictions.parquet"]
)
def test_what_has_changed_is_refused_in_a_line(name: str, out: Path) -> None:
    path = out / name
    path.write_bytes(path.read_bytes() + b" 1")
    for look in (lambda: check_unchanged(path), lambda: check_folder(out)):
        with pytest.raises(MmdrpError) as caught:
            look()
        assert str(path) in str(caught.value)
        assert "has changed since it was written" in str(caught.value)


def test_a_moved_study_may_be_named_in_the_configuration_and_nothing_else(out: Path) -> None:
    path = out / "config.yaml"
    moved = {**CONFIG, "study": {"name": "s", "path": "elsewhere"}}
    path.write_text("# moved\n" + yaml.safe_dump(moved))
    check_unchanged(path)
    for other in ({**moved, "seed": 1}, {**moved, "more": 1}):
        path.write_text(yaml.safe_dump(other))
        with pytest.raises(MmdrpError, match="has changed"):
            check_unchanged(path)


CHANGES: dict[str, Callable[[Path], object]] = {
    "moved": lambda out: out.rename(out.with_name("moved")),
    "a file is gone": lambda out: (out / "a.csv").unlink(),
    "a file is new": lambda out: (out / "new.csv").write_text("1"),
    "the log": lambda out: (out / "train.log").write_text("other"),
    "no marker": lambda out: (out / MARKER).unlink(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_may_change_is_taken(change: str, out: Path) -> None:
    CHANGES[change](out)
    folder = out if out.exists() else out.with_name("moved")
    for path in folder.rglob("*"):
        if path.is_file():
            check_unchanged(path)
    if change != "no marker":
        assert check_folder(folder) >= 3


def test_a_changed_folder_is_not_added_to(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for name in ("a.csv", "b.csv"):
        with output_folder(out, "pretrain", grows=True) as folder:
            (folder / name).write_text("1")
    assert check_folder(out) == 2
    (out / "a.csv").write_text("2")
    with (
        pytest.raises(MmdrpError, match=r"a\.csv: has changed"),
        output_folder(out, "pretrain", grows=True),
    ):
        raise AssertionError
    with output_folder(out, "pretrain", overwrite=True, grows=True) as folder:
        (folder / "c.csv").write_text("3")
    assert check_folder(out) == 1


def test_a_folder_in_a_folder_has_its_own(tmp_path: Path) -> None:
    with output_folder(tmp_path / "sweep", "train", grows=True) as sweep:
        for number in "01":
            with output_folder(sweep / number, "train") as folder:
                (folder / "a.csv").write_text(number)
        (sweep / "multirun.yaml").write_text("a: 1\n")
    marker = read_marker(tmp_path / "sweep")
    assert marker is not None
    assert set(marker.files) == {"multirun.yaml"}
    (tmp_path / "sweep" / "1" / "a.csv").write_text("2")
    assert check_folder(tmp_path / "sweep" / "0") == 1
    with pytest.raises(MmdrpError, match="has changed"):
        check_folder(tmp_path / "sweep" / "1")


def test_a_folder_without_checksums_says_so(tmp_path: Path) -> None:
    with pytest.raises(MmdrpError, match="has no checksums"):
        check_folder(tmp_path)


def test_the_command_line_checks_results(
    mmdrp: Callable[..., int], panel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    shutil.copytree(panel, run)
    assert mmdrp("data", "validate", str(run)) == 0
    assert "files are as they were written" in capsys.readouterr().out
    for name, words in (
        ("metrics.json", ["data", "validate", str(run)]),
        ("fold.json", ["evaluate", f"run={run}", f"out={tmp_path / 'e'}"]),
        ("predictions.parquet", ["evaluate", f"run={run}", f"out={tmp_path / 'f'}"]),
    ):
        before = (run / name).read_bytes()
        other = bytearray(before)
        other[len(other) // 2] ^= 1
        (run / name).write_bytes(other)
        assert mmdrp(*words) == 2
        assert name in capsys.readouterr().err.splitlines()[-1]
        (run / name).write_bytes(before)
    assert mmdrp("data", "validate", str(run)) == 0


def test_a_seal_breaks_when_its_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    assert not is_sealed(path)
    path.write_text("1")
    assert not is_sealed(path)
    seal(path)
    assert is_sealed(path)
    path.write_text("2")
    assert not is_sealed(path)


def test_a_table_that_cannot_be_read_is_refused_in_a_line(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    for content in (b"", b"PAR1" + bytes(100) + b"PAR1", b"text"):
        path.write_bytes(content)
        with pytest.raises(MmdrpError, match="not a table that can be read"):
            read_parquet(path)
    pd.DataFrame({"a": [1]}).to_parquet(path)
    with pytest.raises(MmdrpError, match="has no column 'pred'"):
        read_parquet(path, ["pred"])
