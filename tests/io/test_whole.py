"""Files that a killed or stopped writer leaves as they were: none is written in its place."""

import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mmdrp import ResponseModel, pretrain
from mmdrp.data.ingest.folder import write_manifest
from mmdrp.data.source import Table
from mmdrp.data.split import Fold, Part
from mmdrp.data.study import Study
from mmdrp.data.study.cache import cached
from mmdrp.errors import MmdrpError
from mmdrp.evaluation.report import EvaluationReport
from mmdrp.io import marker
from mmdrp.io.files import whole
from mmdrp.io.folder import held_by, output_folder
from mmdrp.io.marker import MARKER, read_marker
from mmdrp.io.tensors import write_tensors
from mmdrp.tumours import gene_ontology

Write = Callable[[Path], object]
NONE = pd.DataFrame()


def fold(path: Path) -> None:
    Fold(*(Part({"cell": frozenset({name})}) for name in "abc")).write(path)


def annotation(path: Path) -> None:
    (path.parent / "response.csv").write_text("measure,cell,drug,value\nic50,a,x,1\nic50,b,x,2\n")
    (path.parent / "drugs.csv").write_text("drug\nx\n")
    write_manifest(path.parent)


def ontology(path: Path) -> None:
    gene_ontology._write(path, [("GO:1", "bp", "a term")])


def kept(path: Path) -> None:
    table = Table("drug", ["x"], ["f"], np.ones((1, 1), dtype=np.float32))
    cached(path.parent.parent, "drug", {"k": 1}, lambda: table)


WRITERS: Mapping[str, tuple[str, Write]] = {
    "fold": ("fold.json", fold),
    "cells": ("cells.csv", annotation),
    "ontology": ("terms.tsv.gz", ontology),
    "tensors": ("model.ckpt", lambda path: write_tensors(path, {"x": 1.0})),
}


@pytest.mark.parametrize("name", WRITERS)
def test_nothing_half_written_takes_a_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, write = WRITERS[name]
    seen: list[bool] = []
    usual = os.replace

    def stopped(source: str, target: str | Path) -> None:
        if Path(target).name == file:
            seen.append(Path(source).is_file() and not Path(target).exists())
            raise KeyboardInterrupt
        usual(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", stopped)
        with pytest.raises(KeyboardInterrupt):
            write(tmp_path / file)
    assert seen == [True]  # it lay whole beside its place
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    write(tmp_path / file)
    assert (tmp_path / file).stat().st_size


def test_the_cache_keeps_nothing_half_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cache").mkdir()
    left = tmp_path / "cache" / f".{'0' * 32}.feather.999999999-1.part"
    left.write_text("half")
    kept(tmp_path / "cache" / "x")
    (path,) = (p for p in (tmp_path / "cache").glob("*.feather") if not p.name.startswith("."))
    # The next writer of the same table removes what a killed one left of it.
    mine = path.with_name(f".{path.name}.999999999-1.part")
    mine.write_text("half")
    path.unlink()
    kept(tmp_path / "cache" / "x")
    assert path.is_file()
    assert not mine.exists()
    path.unlink()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    kept(tmp_path / "cache" / "x")  # made, and not kept
    assert not path.exists()


def test_two_threads_have_a_half_each(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    both = Barrier(2)

    def write(text: str) -> str:
        with whole(tmp_path / "a") as half:
            half.write_text(text)
            both.wait()
        return half.name

    with ThreadPoolExecutor(2) as pool:
        halves = list(pool.map(write, "xy"))
    assert len(set(halves)) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_checkpoint_does_not_know_what_it_was_called(tmp_path: Path) -> None:
    for name in ("a.ckpt", "another.ckpt"):
        write_tensors(tmp_path / name, {"x": 1.0})
    assert (tmp_path / "a.ckpt").read_bytes() == (tmp_path / "another.ckpt").read_bytes()


def test_a_report_written_from_python_is_held_and_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(_: EvaluationReport, folder: Path) -> list[Path]:
        with pytest.raises(MmdrpError, match="is not finished; the same call, with the same out="):
            check_finished_elsewhere(folder)
        (folder / "scores.csv").write_text("a")
        return [folder / "scores.csv"]

    monkeypatch.setattr(EvaluationReport, "_write", write)
    report, out = EvaluationReport(NONE, NONE, NONE, NONE, NONE, 0.95), tmp_path / "report"
    assert report.write(out) == [out / "scores.csv"]
    found = read_marker(out)
    assert found is not None
    assert (found.command, found.words, found.complete) == ("evaluate", None, True)
    with pytest.raises(MmdrpError, match="is finished already"):
        report.write(out)
    (out / "old.csv").touch()
    assert report.write(out, overwrite=True) == [out / "scores.csv"]
    assert sorted(path.name for path in out.iterdir()) == [MARKER, "scores.csv"]


def check_finished_elsewhere(folder: Path) -> None:
    """As another process sees it, which does not hold it."""
    held, marker._held = marker._held, set()
    try:
        marker.check_finished(folder)
    finally:
        marker._held = held


def test_runs_and_encoders_written_from_python_are_too(study: Study, tmp_path: Path) -> None:
    model = ResponseModel(["mutation"], net=False).fit(study, measure="ic50", fold=0)
    out = model.save(tmp_path / "run")
    with pytest.raises(MmdrpError, match="is finished already"):
        model.save(out)
    model.save(out, overwrite=True)
    options: dict[str, Any] = {
        "modalities": ["mutation"],
        "width": [4],
        "latent": 2,
        "max_epochs": 1,
    }
    encoders = pretrain(study, **options, out=tmp_path / "encoders")
    encoders.save(tmp_path / "copy")
    for name, command in (("run", "train"), ("encoders", "pretrain"), ("copy", "pretrain")):
        found = read_marker(tmp_path / name)
        assert found is not None
        assert (found.command, found.words, found.complete) == (command, None, True)
    with output_folder(tmp_path / "cut", "pretrain", grows=True) as folder:
        assert list(pretrain(study, **options, out=folder)) == ["mutation"]  # held already
    # A folder of many results is not emptied by a command that writes one.
    with contextlib.suppress(KeyboardInterrupt), held_by("train", tmp_path / "table") as folder:
        raise KeyboardInterrupt
    with pytest.raises(MmdrpError, match="holds parts that are done; the same call"):
        model.save(tmp_path / "table")


def test_what_was_written_from_python_is_not_resumed_by_a_command(
    mmdrp: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with contextlib.suppress(KeyboardInterrupt), held_by("train", tmp_path / "table"):
        raise KeyboardInterrupt
    assert mmdrp("train", f"resume={tmp_path / 'table'}") == 2
    assert "was written from Python; call it again, with out=" in capsys.readouterr().err
    (tmp_path / "table" / MARKER).write_bytes(b"")
    assert mmdrp("train", f"resume={tmp_path / 'table'}") == 2
    assert "give the whole command again, with the same out=" in capsys.readouterr().err
