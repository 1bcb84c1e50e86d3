"""One case run and judged: a right result, one line, or wrong."""

import contextlib
import logging
import os
import re
import shutil
import signal
import sys
import tempfile
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Literal

from mmdrp.cli import main
from mmdrp.errors import MmdrpError
from tests.hostile import results
from tests.hostile.case import Case, World

LONGEST = 200
SECONDS = 120
RUNS = ("panel", "net", "pairs", "encoders", "predictions", "folds")
Snapshot = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class Verdict:
    """How a case ended, and why that is wrong."""

    case: Case
    end: Literal["refused", "accepted_right", "wrong"]
    why: str = ""
    said: str = ""


class TooLong(BaseException):  # nothing may catch it
    """A case that does not come to an end."""


def judge(case: Case, world: World) -> Verdict:
    """Run a case in a folder of its own, which is removed unless the case is wrong."""
    folder = world.root / "cases" / "".join(c if c.isalnum() else "_" for c in case.name)[:80]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if case.prepare:
        case.prepare(world, folder)
    before, given = snapshot(world.root, without="cases"), snapshot(folder)
    said = ""
    try:
        with _inside(folder, case.env), _captured() as read, _limited():
            result, refused = _run(case, world, folder, read)
        said = read()
        accepted = refused is None
        _check_files(case, accepted, before, world, given, folder)
        if refused is not None:
            assert case.expect != "right", f"refused: {refused}"
            _check_line(refused)
        else:
            assert case.expect != "refused", "accepted"
            assert case.says in said, f"does not say {case.says!r}"
            results.check(case.words[0] if case.words else "", case.words, folder, said)
            if case.right:
                case.right(folder, result)
    except (AssertionError, TooLong) as error:
        return Verdict(case, "wrong", f"{type(error).__name__}: {error}"[:600], said[-3000:])
    shutil.rmtree(folder, ignore_errors=True)
    return Verdict(case, "accepted_right" if accepted else "refused", "", said[-300:])


def _run(case: Case, world: World, folder: Path, read: Any) -> tuple[Any, str | None]:
    """Return the result and None, or None and the line of a refusal."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if case.call is not None:
            try:
                return case.call(world, folder), None
            except MmdrpError as error:
                return None, str(error)
            except Exception as error:
                where = traceback.extract_tb(error.__traceback__)[-1]
                text = f"{type(error).__name__}: {error} ({where.filename}:{where.lineno})"
                raise AssertionError(f"another exception: {text}") from error
        code = main([filled(word, world) for word in case.words])
        lines = [line for line in read().splitlines() if "mmdrp: " in line]
        assert code in (0, 2), f"exit {code}: {lines[-1:]}"
        assert "Traceback" not in read(), "a traceback"
        assert "Warning:" not in read(), "a warning"
        if code == 0:
            return None, None
        assert len(lines) == 1, f"{len(lines)} lines: {lines}"
        line = lines[0].rpartition("\r")[2]
        return None, line[line.index("mmdrp: ") :]


def _check_line(line: str) -> None:
    assert len(line) <= LONGEST, f"{len(line)} characters: {line}"
    assert len(line.splitlines()) == 1, f"several lines: {line}"
    assert line.isprintable(), f"unprintable: {line!r}"
    assert len(line.removeprefix("mmdrp: ")) > 10, f"says nothing: {line}"


def _check_files(
    case: Case, accepted: bool, before: Snapshot, world: World, given: Snapshot, folder: Path
) -> None:
    earlier = snapshot(world.root, without="cases")
    changed = {k for k in before | earlier if before.get(k) != earlier.get(k)}
    assert not changed, f"earlier results changed: {sorted(changed)[:4]}"
    now = snapshot(folder)
    changed = {k for k in given | now if given.get(k) != now.get(k)}
    free = (*case.may_write, "out") if accepted else ()
    stray = sorted(k for k in changed if not k.startswith(free))
    assert not stray, f"stray or changed files: {stray[:6]}"


def snapshot(folder: Path, without: str = "") -> Snapshot:
    """Return size and time of every file below a folder; folders count too."""
    found: Snapshot = {}
    for where, folders, files in os.walk(folder):
        if without in folders:
            folders.remove(without)
        for name in (*folders, *files):
            path = Path(where) / name
            state = path.lstat()
            size = 0 if path.is_dir() else state.st_size
            found[str(path.relative_to(folder))] = (size, 0 if path.is_dir() else state.st_mtime_ns)
    return found


def filled(word: str, world: World) -> str:
    """Put paths of the world in; all other braces are the case's own."""
    own = {"study": world.study, "mine": world.mine, "samples": world.samples, "root": world.root}
    own |= {name: world.run(name) for name in RUNS}
    return re.sub(r"\{(\w+)\}", lambda m: str(own.get(m[1], m[0])), word)


@contextlib.contextmanager
def _inside(folder: Path, env: dict[str, str]) -> Iterator[None]:
    before, old = Path.cwd(), {name: os.environ.get(name) for name in env}
    os.chdir(folder)
    os.environ.update(env)
    try:
        yield
    finally:
        os.chdir(before)
        for name, value in old.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _captured() -> Iterator[Any]:
    """Give what was written to stdout and stderr, by C libraries too."""
    kept = sys.stdout, sys.stderr
    handlers = logging.getLogger().handlers[:]
    with tempfile.TemporaryFile("w+b", buffering=0) as file:
        text = open(file.fileno(), "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
        old = [os.dup(1), os.dup(2)]
        kept_text = [""]  # once the file is closed

        def read() -> str:
            if file.closed:
                return kept_text[0]
            text.flush()
            return os.pread(file.fileno(), 1 << 24, 0).decode("utf-8", "replace")

        try:
            sys.stdout = sys.stderr = text
            for number in (1, 2):
                os.dup2(file.fileno(), number)
            yield read
        finally:
            sys.stdout, sys.stderr = kept
            for number, copy in zip((1, 2), old, strict=True):
                os.dup2(copy, number)
                os.close(copy)
            logging.getLogger().handlers[:] = handlers
            kept_text[0] = read()


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    def handle(number: int, frame: FrameType | None) -> None:
        raise TooLong(f"more than {SECONDS} s")

    before = signal.signal(signal.SIGALRM, handle)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
