"""A full disk, a folder that may not be written, an input that went away: one line, exit 2."""

import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.cases import (
    CASES,
    STUDY,
    Case,
    Content,
    Workplace,
    content,
    tiny_packages,
)
from tests.faults.server import Ended, Server

GIVEN = Path(__file__).parents[1] / "golden" / "data" / "given"
MORE = [
    Case("split", ["data", "split", *STUDY, "repeats=2", "out=out"]),
    Case("manifest", ["data", "manifest", "../shared/own"], False),
    Case("benchmark", ["attribute", "benchmark", "run=../shared/run",
                       "markers=../shared/markers.csv", "trees=5", "out=out"]),
    Case("associate", ["associate", "data=../shared/data/synthetic", "measure=ic50", "panels=1",
                       "out=out"]),
    Case("extremes", ["extremes", "drug=drug-00", "data=../shared/data/synthetic",
                      "measure=ic50", "gene_sets=../shared/sets.gmt", "min_size=2",
                      "top=5", "share=0.2", "out=out"]),
    Case("enrich", ["enrich", "genes=../shared/genes.csv", "out=out"]),
]  # fmt: skip
ALL = [case for case in CASES if case.name != "overwrite"] + MORE
LIMITS = (64, 2000, 20000)
"""bytes after which a file cannot grow: at the first word, within tables, within large files"""


@pytest.fixture(scope="module")
def place() -> Iterator[Workplace]:
    # Not where pytest has its own, which is closed to other users.
    with tempfile.TemporaryDirectory() as folder, Server("../shared/data") as server:
        Path(folder).chmod(0o755)
        made = Workplace(Path(folder) / "root", server)
        shared = made.root / "shared"
        shutil.copyfile(GIVEN / "genes.csv", shared / "genes.csv")
        shutil.copyfile(GIVEN / "sets.gmt", shared / "sets.gmt")
        rows = "drug,source,feature,direction\ndrug-00,mutation,MUTATION_01,resistance\n"
        (shared / "markers.csv").write_text(rows)
        (shared / "own").mkdir()
        (shared / "own" / "response.csv").write_text("measure,cell,drug,value\nic50,a,x,1\n")
        yield made


def refused(ended: Ended) -> str:
    """Return the one line of a command that was refused."""
    assert ended.code == 2, ended.err
    assert len(ended.lines) == 1, ended.err
    assert "Traceback" not in ended.err
    assert len(ended.lines[0]) <= 200 + len("mmdrp: ")
    return ended.lines[0]


def changed(place: Workplace, earlier: Content) -> list[str]:
    """Return which of the shared files are no longer what they were."""
    now = content(place.root / "shared")
    return [name for name, before in earlier.items() if now.get(name) != before]


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_a_full_disk_is_one_line_and_earlier_results_stay(case: Case, place: Workplace) -> None:
    cwd = place.folder(case, "full")
    earlier = content(place.root / "shared")
    said = 0
    for limit in LIMITS:
        ended = place.server.run(case.words, cwd, limit=limit, setup=case.setup)
        if ended.code == 0:  # all that it writes is smaller
            shutil.rmtree(cwd)
            cwd.mkdir()
            continue
        assert "File too large" in refused(ended) or "disk full" in refused(ended)
        said += 1
    assert said
    assert not changed(place, earlier)
    ended = place.server.run(case.words, cwd, setup=case.setup)
    assert ended.code == 0, ended.err


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_a_folder_that_may_not_be_written_is_one_line(case: Case, place: Workplace) -> None:
    cwd = place.folder(case, "closed")
    own = place.root / "shared" / "own"
    for folder in (cwd, own):
        folder.chmod(0o555)
    setup = "without_privileges_but_packages" if case.setup else "without_privileges"
    earlier = content(place.root / "shared")
    try:
        ended = place.server.run(case.words, cwd, setup=f"tests.faults.test_refused:{setup}")
    finally:
        for folder in (cwd, own):
            folder.chmod(0o755)
    line = refused(ended)
    assert "Permission denied" in line or "Read-only" in line
    assert list(cwd.iterdir()) == []
    assert not changed(place, earlier)


def without_privileges() -> None:
    """Obey the permissions of folders, as root does not (capset(2): version 3, this process)."""
    if os.getuid() == 0:
        libc, header = ctypes.CDLL(None, use_errno=True), (ctypes.c_uint32 * 2)(0x20080522, 0)
        sets = (ctypes.c_uint32 * 6)()
        assert libc.capget(header, sets) == 0
        sets[0] &= ~0b110  # effective: CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        assert libc.capset(header, sets) == 0


def without_privileges_but_packages() -> None:
    tiny_packages()
    without_privileges()


GONE = [
    ("train_panel", "data/synthetic", "response.parquet"),
    ("train_panel", "data/synthetic", "expression.feather"),
    ("train_pairs", "data/synthetic", "drugs.parquet"),
    ("pretrain", "data/synthetic", "cells.parquet"),
    ("sweep", "data/synthetic", "mutation.feather"),
    ("predict", "run", "model.ckpt"),
    ("attribute", "run", "fold.json"),
    ("attribute", "data/synthetic", "mutation.feather"),
    ("evaluate", "run", "predictions.parquet"),
    ("evaluate", "run", "config.yaml"),
    ("benchmark", "run", "model.ckpt"),
    ("table1", "encoders", "expression.ckpt"),
    ("build", "raw", "v20.data.curves_post_qc.txt"),
    ("build", "raw", "sample_info.csv"),
    ("associate", "data/synthetic", "mutation.feather"),
    ("extremes", "data/synthetic", "response.parquet"),
    ("enrich", "", "genes.csv"),
    ("split", "data/synthetic", "response.parquet"),
    ("manifest", "own", "response.csv"),
]  # fmt: skip


@pytest.mark.parametrize("gone", GONE, ids="-".join)
@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_an_input_that_went_away_is_one_line(
    gone: tuple[str, str, str], when: str, place: Workplace
) -> None:
    name, folder, file = gone
    case = next(case for case in ALL if case.name == name)
    path = next((place.root / "shared" / folder).rglob(file))
    earlier, raw = content(place.root / "shared"), path.read_bytes()
    cwd = place.folder(case, "gone")
    try:
        if when == "before":
            path.unlink()
            ended = place.server.run(case.words, cwd, setup=case.setup)
        else:
            (cwd / "goes").write_text(file)
            setup = f"tests.faults.test_refused:{'packages_go' if case.setup else 'goes'}"
            ended = place.server.run(case.words, cwd, setup=setup)
            if path.is_file():  # it is not read by Python, or not at all
                pytest.skip("was not opened")
        line = refused(ended)
    finally:
        path.write_bytes(raw)
    assert file.split(".")[0].split("-")[0] in line
    assert not changed(place, earlier)


def goes() -> None:
    """Let the file that ``goes`` names vanish in the moment in which it is opened."""
    file = Path("goes").read_text()
    Path("goes").unlink()

    def watch(event: str, words: tuple[object, ...]) -> None:
        if event == "open" and str(words[0]).endswith(file) and Path(str(words[0])).is_file():
            os.unlink(str(words[0]))

    sys.addaudithook(watch)


def packages_go() -> None:
    tiny_packages()
    goes()
