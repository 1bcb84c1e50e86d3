"""Folders to make something in: one process at a time, and no kill leaves two of them."""

import contextlib
import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # pragma: no cover  # Windows: no lock, all else works
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger(__name__)


@contextlib.contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """Yield ``folder``, empty and held by this process; it is gone in the end.

    Its name is always the same, so that what a killed process left is taken over by the next one.
    Where another process holds it, this one waits: the lock is the kernel's and ends with it.
    """
    descriptor = _taken(folder)
    try:
        for left in folder.iterdir():
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left)
            else:
                left.unlink()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold ``folder``, made if need be, and keep what is in it; another process waits meanwhile."""
    descriptor = _taken(folder)
    try:
        yield
    finally:
        os.close(descriptor)


def _taken(folder: Path) -> int:
    """Return the open folder, locked."""
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            _lock(descriptor, folder)
            with contextlib.suppress(FileNotFoundError):
                # Whoever held it has removed it: a lock on what is gone holds nothing.
                if os.fstat(descriptor).st_ino == folder.stat().st_ino:
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
        log.info("%s: another process works there; waiting for it", folder)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError:  # a file system without locks
        return
