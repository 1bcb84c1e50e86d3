"""Whose trial it is, and whether that process is still there."""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

BEAT = 30.0
"""seconds between signs of life"""
SILENT = 300.0
"""seconds without one after which a process on another machine counts as gone"""


def this_worker() -> dict[str, Any]:
    """Return what tells this process from all others."""
    return {"host": _place(), "pid": os.getpid(), "born": _born(os.getpid()), "beat": time.time()}


def is_gone(attrs: Mapping[str, Any]) -> bool:
    """Return whether the process that a trial's attributes name has ended.

    On this machine the system knows; elsewhere its last sign of life tells.
    """
    if attrs.get("host") == _place():
        pid = attrs.get("pid")
        return not isinstance(pid, int) or _born(pid) != attrs.get("born")
    beat = attrs.get("beat")
    return not isinstance(beat, int | float) or time.time() - beat > SILENT


@contextlib.contextmanager
def beating(storage: Any, trial_id: int) -> Iterator[None]:
    """Give signs of life of a trial while the block runs."""
    done = threading.Event()

    def beat() -> None:
        while not done.wait(BEAT):
            with contextlib.suppress(Exception):  # a storage that is away for a moment
                storage.set_trial_user_attr(trial_id, "beat", time.time())

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _place() -> str:
    """Return the machine, and the space of process numbers, that this process lives in."""
    space = ""
    with contextlib.suppress(OSError):
        space = os.readlink("/proc/self/ns/pid")
    return f"{socket.gethostname()} {space}".strip()


def _born(pid: int) -> str:
    """Return when a process began, as the system counts; "" where it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        if Path("/proc/self").exists():
            return ""
        return "there" if _signalled(pid) else ""
    state, *rest = text.rpartition(")")[2].split()
    return "" if state in "ZX" else rest[18]  # field 22: a number is given again, a time is not


def _signalled(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
