"""The state of an output folder as its marker, its lock and its process tell."""

import os
import socket
from pathlib import Path
from typing import Literal

from mmdrp.io.marker import MARKER, Marker, is_held, read_marker

try:
    import fcntl
except ImportError:  # pragma: no cover  # Windows
    fcntl = None  # type: ignore[assignment]

State = Literal["finished", "running", "stopped"]


def state_of_folder(folder: str | Path) -> State:
    """Return whether a folder is finished, being written to, or was left unfinished.

    A folder without a marker, of an earlier version, counts as finished. It is running while a
    process holds it: one of this machine that is gone holds nothing, and of one that is there, or
    on another machine, the lock tells. Where a file system has no locks, the process does; one on
    another machine is then taken to be at work.
    """
    folder = Path(folder)
    marker = read_marker(folder)
    if marker is None or marker.complete:
        return "finished"
    if is_held(folder):
        return "running"
    return "running" if _at_work(folder, marker) else "stopped"


def _at_work(folder: Path, marker: Marker) -> bool:
    here = marker.host == socket.gethostname()
    if not marker.pid or (here and not _alive(marker.pid)):
        return False
    locked = _is_locked(folder / MARKER)
    return True if locked is None else locked


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # somebody else's process is one, too
        return pid < 1 << 22
    return True


def _is_locked(path: Path) -> bool | None:
    """Return whether a process holds the lock; None where there are no locks.

    A shared lock is asked for, and given back at once.
    """
    if fcntl is None:  # pragma: no cover
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return False
