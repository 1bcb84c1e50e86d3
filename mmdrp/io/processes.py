"""Processes that end with the one that started them, however that ends."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence

_SET_PDEATHSIG = 1
_RUN = """
import ctypes, os, runpy, signal, sys
parent, module = int(sys.argv[1]), sys.argv[2]
signal.signal(signal.SIGTERM, lambda *_: os.killpg(0, signal.SIGKILL))
try:
    ctypes.CDLL(None).prctl(1, int(signal.SIGTERM))
except (OSError, AttributeError, TypeError):
    pass
if os.getppid() != parent:
    os._exit(1)
sys.argv = sys.argv[2:]
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""
"""A module run as a program: when its parent ends, so does it, with all that it has started."""


def end_with_parent(parent: int | None = None) -> None:
    """Let the kernel end this process when its parent ends; nothing where it cannot (Linux can).

    ``parent`` is who it should be: if that one has ended already, this process ends at once.
    """
    try:
        ctypes.CDLL(None).prctl(_SET_PDEATHSIG, int(signal.SIGKILL))
    except (OSError, AttributeError, TypeError):
        return
    if parent is not None and os.getppid() != parent:
        os._exit(1)


def run_module(
    module: str, words: Sequence[str], env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a module of this Python as a program, with its output as text.

    It is the first of a group of processes, which all end when this one does, or is interrupted.
    """
    command = [sys.executable, "-c", _RUN, str(os.getpid()), module, *words]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, errors="replace", process_group=0, env=None if env is None else {**env},
    ) as process:  # fmt: skip
        try:
            out, error = process.communicate()
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
    return subprocess.CompletedProcess(command, process.returncode, out, error)
