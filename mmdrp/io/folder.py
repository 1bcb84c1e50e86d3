"""Output folders: held by one process, finished or known not to be, replaced whole."""

import contextlib
import ctypes
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from mmdrp.errors import MmdrpError
from mmdrp.io.files import whole
from mmdrp.io.marker import MARKER, Marker, held, is_held, locked, read_marker
from mmdrp.io.marker import RESUME as RESUME
from mmdrp.io.refused import no_trace
from mmdrp.io.sums import check_folder, sums_of

_AT_CWD, _EXCHANGE = -100, 2


@contextlib.contextmanager
def output_folder(
    out: str | Path,
    command: str,
    words: Sequence[str] | None = None,
    overwrite: bool = False,
    grows: bool = False,
    adopt: bool = False,
) -> Iterator[Path]:
    """Yield the folder to write to: ``out``, or, to replace a finished one, a folder beside it.

    It is held by this process until the end and then says that it is complete. One that was left
    unfinished is emptied, but for ``.resume`` and logs, and written anew. A finished one is refused
    unless ``overwrite``; then it stays as it is until the new one is finished, which takes its
    place in one step, with nothing left of the old one.

    ``words`` are the options of the command line; None where it is called from Python.

    A folder that ``grows`` holds many results, each of which is finished by itself (a sweep's runs,
    repeats, encoders): nothing in it is removed, and a finished one is added to.

    What has no marker is never replaced: it is somebody else's, or of a version that set none;
    ``adopt`` takes the latter, to add to it.
    Where this process holds ``out`` already, it is yielded as it is. Raises MmdrpError where
    another process writes there, and where ``out`` is a file, holds what another command wrote or
    something that is not ours, or cannot be written.
    """
    out = Path(out)
    with _named(out), no_trace(out, grows):
        if is_held(out):
            yield out
            return
        _check_free(out)
        begun = Marker.begun(command, None if words is None else list(words), grows)
        if not _replaces(out, command, overwrite, grows, adopt):
            out.mkdir(parents=True, exist_ok=True)
            before = read_marker(out)
            if grows and before is not None and before.files:
                check_folder(out)  # what is added to is what was written
            with locked(out, begun, reopen=grows):
                if not grows:
                    _empty(out)
                with _kept(out, before):
                    yield out
                finish(out, begun)
            return
        real = out.resolve()  # a link stays one
        new = real.with_name(f".{real.name}.new")
        # The old folder is held, too: nobody adds to what is about to go.
        with no_trace(new, grows), held(real):
            new.mkdir(exist_ok=True)
            with locked(new, begun, reopen=True):
                _empty(new)
                yield new
                finish(new, begun)
                exchange(new, real)


@contextlib.contextmanager
def held_by(command: str, out: str | Path | None, adopt: bool = False) -> Iterator[Path | None]:
    """Yield a folder that grows, held by this process; None where nothing is to be written."""
    if out is None:
        yield None
        return
    with output_folder(out, command, grows=True, adopt=adopt) as folder:
        yield folder


@contextlib.contextmanager
def _kept(out: Path, before: Marker | None) -> Iterator[None]:
    """Let a folder that was finished stay so where what was to be added is refused."""
    files = _dated(out)
    try:
        yield
    except MmdrpError:
        if before is not None and before.complete and _dated(out) == files:
            finish(out, before)
        raise


def _dated(folder: Path) -> set[tuple[Path, int]]:
    paths = (path for path in folder.rglob("*") if not _passing(path))
    return {(path, path.lstat().st_mtime_ns) for path in paths if not path.is_dir()}


def _replaces(out: Path, command: str, overwrite: bool, grows: bool, adopt: bool) -> bool:
    """Return whether ``out`` is replaced, not written in its place; MmdrpError if it may not be."""
    marker = read_marker(out)
    if marker is None:
        if _holds_something(out) and not adopt:
            raise MmdrpError(
                f"out={out}: has files that this mmdrp did not write; choose another folder"
            )
        return False
    if overwrite:
        return marker.complete or marker.command != command
    if marker.command not in (command, ""):
        wrote = f"mmdrp {marker.command.replace('_', ' ')}"
        raise MmdrpError(
            f"out={out}: was written by {wrote}; overwrite=true replaces it; or choose another"
        )
    if marker.grows and not marker.complete and not grows:
        raise MmdrpError(
            f"out={out}: holds parts that are done; {marker.how.format(out)}; or choose another"
        )
    if marker.complete and not grows:
        raise MmdrpError(
            f"out={out}: is finished already; overwrite=true replaces it; or choose another"
        )
    return False


def finish(folder: Path, marker: Marker) -> None:
    """Say that a folder is complete, and what it holds; what it was resumed from goes."""
    shutil.rmtree(folder / RESUME, ignore_errors=True)
    done = replace(marker, complete=True, pid=0, host="", files=sums_of(folder))
    with whole(folder / MARKER) as half:
        half.write_text(done.text, encoding="utf-8")


def exchange(new: Path, out: Path) -> None:
    """Put ``new`` in the place of ``out``, which may be there, and remove what was there.

    At no moment is there neither: the two change places in one step where the system can (Linux);
    elsewhere in two renames, and the first is undone if the second fails.
    """
    if not out.exists():
        os.rename(new, out)
        return
    if not _exchanged(new, out):
        aside = out.with_name(f".{out.name}.old")
        shutil.rmtree(aside, ignore_errors=True)
        os.rename(out, aside)
        try:
            os.rename(new, out)
        except BaseException:
            os.rename(aside, out)
            raise
        new = aside
    shutil.rmtree(new, ignore_errors=True)


def _exchanged(new: Path, out: Path) -> bool:
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    done = rename(_AT_CWD, os.fsencode(new), _AT_CWD, os.fsencode(out), _EXCHANGE)
    return bool(done == 0)


def _check_free(out: Path) -> None:
    """Refuse a place where no folder can be."""
    for place in (out, *out.parents):
        if place.exists() or place.is_symlink():
            if not place.is_dir():
                raise MmdrpError(f"out={out}: {place} is a file, not a folder; choose another out=")
            return


def _holds_something(folder: Path) -> bool:
    return folder.is_dir() and any(not _passing(path) for path in folder.iterdir())


def _passing(path: Path) -> bool:
    """Return whether a file stays when a folder is written anew: marker, logs, ``.resume``."""
    return path.name in (MARKER, RESUME) or path.suffix == ".log"


def _empty(folder: Path) -> None:
    """Remove what an interrupted writer left."""
    for path in folder.iterdir():
        if _passing(path):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


@contextlib.contextmanager
def _named(out: Path) -> Iterator[None]:
    """Turn what the system says of ``out`` itself into one line."""
    try:
        yield
    except OSError as error:
        where = str(error.filename or "")
        if where and Path(where).resolve() in (out.resolve(), *out.resolve().parents):
            raise MmdrpError(f"out={out}: {error.strerror}; choose another out=") from error
        raise
