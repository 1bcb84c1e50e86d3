"""Output folders: one writer, finished or known not to be, replaced whole or not at all."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mmdrp.errors import MmdrpError
from mmdrp.io import folder as folders
from mmdrp.io.files import whole
from mmdrp.io.folder import RESUME, output_folder
from mmdrp.io.marker import MARKER, accept_incomplete, check_finished, read_marker

HOLD = """
import sys, time
from mmdrp.io.folder import output_folder
with output_folder({out!r}, "train") as folder:
    (folder / "half.csv").write_text("a")
    print("held", flush=True)
    time.sleep(60)
"""


class CutError(BaseException):  # as a signal is, no refusal
    """Stands for whatever interrupts a writer."""


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def write(out: Path, *files: str, overwrite: bool = False, cut: bool = False) -> None:
    with output_folder(out, "train", ["fold=1"], overwrite) as folder:
        for name in files:
            (folder / name).write_text(f"{name} of {files}")
        if cut:
            raise CutError


def test_a_folder_is_unfinished_until_the_end(tmp_path: Path) -> None:
    out = tmp_path / "a" / "run"
    with output_folder(out, "train", ["fold=1"]) as folder:
        assert folder == out
        marker = read_marker(out)
        assert marker is not None
        assert (marker.command, marker.words, marker.complete) == ("train", ["fold=1"], False)
        assert marker.pid == os.getpid()
    marker = read_marker(out)
    assert marker is not None
    assert marker.complete
    assert marker.host == ""
    assert names(out) == {MARKER}


def test_a_finished_folder_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    out = tmp_path / "run"
    write(out, "run.json", "markers.csv")
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    with pytest.raises(MmdrpError, match=r"is finished already; overwrite=true replaces it"):
        write(out, "run.json")
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before


def test_overwriting_leaves_nothing_of_the_old_one(tmp_path: Path) -> None:
    out = tmp_path / "run"
    write(out, "run.json", "markers.csv")
    write(out, "run.json", overwrite=True)
    assert names(out) == {MARKER, "run.json"}
    assert names(tmp_path) == {"run"}


@pytest.mark.parametrize("atomic", [True, False])
def test_an_interrupted_rewrite_leaves_the_old_one_intact(
    atomic: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not atomic:  # as on systems where two folders cannot change places in one step
        monkeypatch.setattr(folders, "_exchanged", lambda new, out: False)
    out = tmp_path / "run"
    write(out, "run.json", "markers.csv")
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    with pytest.raises(CutError):
        write(out, "run.json", overwrite=True, cut=True)
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    write(out, "other.csv", overwrite=True)
    assert names(out) == {MARKER, "other.csv"}
    assert names(tmp_path) == {"run"}


def test_an_unfinished_folder_is_emptied_but_for_what_it_goes_on_from(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with pytest.raises(CutError):
        write(out, "half.csv", "train.log", cut=True)
    (out / RESUME).mkdir()
    (out / "inside").mkdir()
    with output_folder(out, "train"):
        assert names(out) == {MARKER, "train.log", RESUME}
    assert names(out) == {MARKER, "train.log"}


def test_a_folder_that_grows_keeps_what_it_has_and_is_added_to(tmp_path: Path) -> None:
    out = tmp_path / "encoders"
    for name in ("expression.ckpt", "mutation.ckpt"):
        with output_folder(out, "pretrain", grows=True) as folder:
            (folder / name).touch()
    assert names(out) == {MARKER, "expression.ckpt", "mutation.ckpt"}


def test_what_is_not_ours_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    for overwrite in (False, True):
        with pytest.raises(MmdrpError, match="has files that this mmdrp did not write"):
            write(tmp_path, "run.json", overwrite=overwrite)
    assert names(tmp_path) == {"thesis.tex"}
    with pytest.raises(MmdrpError, match="is a file, not a folder"):
        write(tmp_path / "thesis.tex", "run.json")
    with pytest.raises(MmdrpError, match="is a file, not a folder"):
        write(tmp_path / "thesis.tex" / "run", "run.json")


def test_a_folder_of_an_earlier_version_is_read_and_never_replaced(tmp_path: Path) -> None:
    out = tmp_path / "run"
    out.mkdir()
    (out / "run.json").write_text("{}")
    assert check_finished(out)
    for overwrite in (False, True):
        with pytest.raises(MmdrpError, match="has files that this mmdrp did not write"):
            write(out, "new.csv", overwrite=overwrite)
    assert names(out) == {"run.json"}


def test_what_another_command_wrote_is_replaced_only_when_told(tmp_path: Path) -> None:
    out = tmp_path / "run"
    for cut in (True, False):
        with contextlib.suppress(CutError):
            write(out, "run.json", overwrite=True, cut=cut)
        for grows in (True, False):
            with (
                pytest.raises(MmdrpError, match="was written by mmdrp train"),
                output_folder(out, "pretrain", grows=grows),
            ):
                pass
    with output_folder(out, "pretrain", overwrite=True) as folder:
        assert names(out) == {MARKER, "run.json"}
        (folder / "expression.ckpt").touch()
    assert names(out) == {MARKER, "expression.ckpt"}


def test_a_kill_between_finishing_and_moving_leaves_a_folder_that_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "run"
    write(out, "old.csv")

    def cut(new: Path, real: Path) -> None:
        raise CutError

    with monkeypatch.context() as patch:
        patch.setattr(folders, "exchange", cut)
        with pytest.raises(CutError):
            write(out, "new.csv", overwrite=True)
    assert names(out) == {MARKER, "old.csv"}
    write(out, "newer.csv", overwrite=True)
    assert names(out) == {MARKER, "newer.csv"}
    assert names(tmp_path) == {"run"}


def test_a_link_stays_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    link.symlink_to(real)
    write(link, "old.csv")
    write(link, "new.csv", overwrite=True)
    assert link.is_symlink()
    assert names(real) == {MARKER, "new.csv"}
    monkeypatch.chdir(real)
    write(Path(), "here.csv", overwrite=True)
    assert names(real) == {MARKER, "here.csv"}
    assert names(tmp_path) == {"real", "link"}


def test_readers_refuse_an_unfinished_folder_unless_told_otherwise(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with pytest.raises(CutError):
        write(out, "half.csv", cut=True)
    with pytest.raises(MmdrpError, match=r"^run=.*is not finished; `mmdrp train resume="):
        check_finished(out, "run=")
    with accept_incomplete():
        assert not check_finished(out)
    with output_folder(out, "train"):  # by whom writes it, it may be read
        assert check_finished(out)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"complete": 1}', '{"words": 3}', "\x00"])
def test_a_damaged_marker_means_unfinished(content: str, tmp_path: Path) -> None:
    (tmp_path / MARKER).write_text(content)
    with pytest.raises(MmdrpError, match="is not finished"):
        check_finished(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_two_writers_are_told_apart_and_a_dead_one_holds_nothing(
    number: signal.Signals, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    command = [sys.executable, "-c", HOLD.format(out=str(out))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(MmdrpError, match=f"is being written by process {other.pid} on"):
            write(out, "run.json")
        other.send_signal(number)
        other.wait()
    assert (out / "half.csv").is_file()
    write(out, "run.json")
    assert names(out) == {MARKER, "run.json"}


def test_one_process_does_not_write_twice_at_once(tmp_path: Path) -> None:
    with output_folder(tmp_path / "run", "train") as folder:
        with output_folder(tmp_path / "run", "train") as same:
            assert same == folder  # a function that a command calls
        assert not read_marker(folder).complete  # type: ignore[union-attr]


def test_what_a_killed_writer_left_is_removed_by_the_next(tmp_path: Path) -> None:
    (tmp_path / ".table.csv.999999999.part").write_text("half")
    with whole(tmp_path / "table.csv") as half:
        half.write_text("whole")
    assert names(tmp_path) == {"table.csv"}


def test_a_finished_folder_stays_so_where_more_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "table"
    for words, error in ((["a"], None), (["b"], MmdrpError("refused")), (["c"], CutError())):
        with (
            contextlib.suppress(MmdrpError, CutError),
            output_folder(out, "train", words, grows=True) as folder,
        ):
            if error is None:
                (folder / "1.csv").touch()
            else:
                raise error
        marker = read_marker(out)
        assert marker is not None
        assert (marker.words, marker.complete) == (
            ["c"] if words == ["c"] else ["a"],
            words != ["c"],
        )
    with (
        contextlib.suppress(MmdrpError),
        output_folder(out, "train", ["d"], grows=True) as folder,
    ):
        (folder / "2.csv").touch()
        raise MmdrpError("in the middle")
    marker = read_marker(out)
    assert marker is not None
    assert not marker.complete


def test_one_result_never_empties_a_folder_of_many(tmp_path: Path) -> None:
    out = tmp_path / "table"
    with (
        contextlib.suppress(CutError),
        output_folder(out, "train", ["-m"], grows=True) as folder,
    ):
        (folder / "0").mkdir()
        raise CutError
    with pytest.raises(MmdrpError, match=r"holds parts that are done; `mmdrp train resume="):
        write(out, "run.json")
    assert names(out) == {MARKER, "0"}
    write(out, "run.json", overwrite=True)
    assert names(out) == {MARKER, "run.json"}
