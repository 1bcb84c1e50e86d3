"""``.mmdrp``: what a folder is, whether it is finished, and who writes to it now."""

import contextlib
import json
import logging
import os
import socket
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from pathlib import Path

from mmdrp.errors import MmdrpError
from mmdrp.version import __version__

try:
    import fcntl
except ImportError:  # pragma: no cover  # Windows: no lock, all else works
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger(__name__)
MARKER = ".mmdrp"
RESUME = ".resume"
"""the folder inside an output folder that holds what an interrupted command goes on from"""
MAX_BYTES = 32 << 20


@dataclass(frozen=True)
class Marker:
    """What ``.mmdrp`` says of the folder that it lies in."""

    command: str = ""
    """what writes the folder, such as ``train``"""
    words: list[str] | None = field(default_factory=list)
    """the options that it was given; None: it was called from Python"""
    complete: bool = False
    pid: int = 0
    host: str = ""
    started: str = ""
    version: str = __version__
    grows: bool = False
    """whether it holds many results, each finished by itself"""
    files: dict[str, str] = field(default_factory=dict)
    """of a finished folder: file -> SHA-256, see ``mmdrp.io.sums``"""

    @classmethod
    def begun(cls, command: str, words: list[str] | None, grows: bool = False) -> "Marker":
        """Return the marker of a folder that this process begins to write."""
        now = time.strftime("%Y-%m-%d %H:%M:%S")
        return cls(command, words, False, os.getpid(), socket.gethostname(), now, grows=grows)

    @property
    def how(self) -> str:
        """Return how an interrupted writing goes on, ``{}`` standing for the folder."""
        if self.words is None:
            return "the same call, with the same out=, goes on"
        return f"`mmdrp {self.command.replace('_', ' ')} resume={{}}` goes on"

    @property
    def text(self) -> str:
        """Return what stands in the file."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"


def read_marker(folder: Path) -> Marker | None:
    """Return a folder's marker, None where it has none; one that cannot be read is unfinished."""
    path = folder / MARKER
    try:
        if path.stat().st_size > MAX_BYTES:
            return Marker()
        given = json.loads(path.read_text(encoding="utf-8"))
        host, started, version = (
            str(given.get(k, ""))[:80] for k in ("host", "started", "version")
        )
        return Marker(
            str(given.get("command", "")),
            _words(given.get("words", [])),
            given.get("complete") is True,
            given["pid"] if isinstance(given.get("pid"), int) else 0,
            host, started, version,
            given.get("grows") is True,
            {str(k): str(v) for k, v in (given.get("files") or {}).items()},
        )  # fmt: skip
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, AttributeError, RecursionError):
        return Marker()


def _words(given: object) -> list[str] | None:
    if given is None:
        return None
    return [word for word in given if isinstance(word, str)] if isinstance(given, list) else []


def check_finished(folder: str | Path, option: str = "") -> bool:
    """Refuse a folder whose writing was interrupted or goes on; return whether it is finished.

    Within ``accept_incomplete()`` it is taken as it is. A folder without a marker, written by an
    earlier version or by other means, counts as finished. ``option`` stands before it in errors.
    """
    folder = Path(folder)
    marker = read_marker(folder)
    if marker is None or marker.complete or is_held(folder):
        return True
    if not _accepted.get():
        again = marker.how.format(folder)
        raise MmdrpError(f"{option}{folder}: is not finished; {again}, incomplete=true takes it so")
    log.warning("%s: is not finished and taken as it is", folder)
    return False


@contextlib.contextmanager
def accept_incomplete(accept: bool = True) -> Iterator[None]:
    """Let what is read in this block be unfinished, where ``accept``."""
    before = _accepted.set(accept)
    try:
        yield
    finally:
        _accepted.reset(before)


_accepted = ContextVar("accept_incomplete", default=False)
_held: set[Path] = set()
"""folders that this process writes to"""


@contextlib.contextmanager
def locked(folder: Path, marker: Marker, reopen: bool = False) -> Iterator[None]:
    """Hold a folder and write its marker; MmdrpError where another process holds it.

    The lock is the kernel's: it ends with the process, however that ends. Only the marker stays,
    which says that the folder is not finished. ``reopen`` takes one that is complete.
    """
    resolved = folder.resolve()
    descriptor = _taken(folder)
    try:
        before = read_marker(folder)
        # It may have been finished between our look and our lock.
        if before is not None and before.complete and not reopen:
            raise MmdrpError(f"out={folder}: has just been finished by another process")
        # In one step, so that no kill leaves half of it: spaces cover what was longer.
        text = marker.text.encode()
        os.pwrite(descriptor, text.ljust(os.fstat(descriptor).st_size), 0)
        _held.add(resolved)
        yield
    finally:
        _held.discard(resolved)
        os.close(descriptor)


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep other processes from writing to a folder without changing its marker."""
    descriptor = _taken(folder)
    try:
        yield
    finally:
        os.close(descriptor)


def _taken(folder: Path) -> int:
    """Return the open marker file, locked."""
    path = folder / MARKER
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock(descriptor, folder)
            with contextlib.suppress(FileNotFoundError):
                # Whoever finishes puts another file there: a lock on the old one holds nothing.
                if os.fstat(descriptor).st_ino == path.stat().st_ino:
                    return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    if fcntl is None:  # pragma: no cover
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        other = read_marker(folder) or Marker()
        who = f"process {other.pid} on {other.host} since {other.started}"
        raise MmdrpError(
            f"out={folder}: is being written by {who}; wait for it, or choose another out="
        ) from None
    except OSError:  # a file system without locks: the marker alone must do
        return


def is_held(folder: Path) -> bool:
    """Return whether this process writes to the folder already."""
    return folder.resolve() in _held
