"""Ctrl-C and SIGTERM: both end a command as an exception does, so that nothing is half done."""

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

AGAIN = 0.01
"""seconds after which a signal is raised anew that a destructor or callback has lost"""


class StoppedError(KeyboardInterrupt):
    """A command was stopped while it held an output folder."""

    def __init__(self, command: str, out: Path, own: Sequence[str] = ()) -> None:
        super().__init__()
        # Who hands out the runs is no part of what is resumed: it is given again.
        self.how = " ".join([f"mmdrp {command.replace('_', ' ')} resume={out}", *own])


class Stop:
    """Which signal ended the command, if one did."""

    signal: int = signal.SIGINT
    received: bool = False

    @property
    def code(self) -> int:
        """Return the exit code: 128 and the signal's number, as a shell has it."""
        return 128 + self.signal

    def line(self, error: KeyboardInterrupt) -> str:
        """Return what to say."""
        said = "stopped" if self.signal == signal.SIGINT else "stopped by SIGTERM"
        if isinstance(error, StoppedError):
            return f"{said}; `{error.how}` goes on"
        return said


_stop = Stop()


def stopped() -> bool:
    """Return whether a signal has come: libraries make other exceptions of what it raises."""
    return _stop.received


@contextlib.contextmanager
def stoppable() -> Iterator[Stop]:
    """Let SIGINT and SIGTERM raise KeyboardInterrupt; a second one ends the process at once."""
    global _stop
    stop = _stop = Stop()

    def handle(number: int, frame: FrameType | None) -> None:
        if number != signal.SIGALRM:
            stop.signal, stop.received = number, True
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_DFL)
        raise KeyboardInterrupt

    def unraisable(lost: Any) -> None:
        # Where Python cannot raise, in a destructor or a callback, it only prints.
        if issubclass(lost.exc_type, KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, AGAIN)
        else:
            hook(lost)

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in numbers}
    hook = sys.unraisablehook
    for number in numbers:
        # Whoever started us with Ctrl-C ignored (nohup, a job in the background) means it.
        if before[number] != signal.SIG_IGN:
            signal.signal(number, handle)
    if hasattr(signal, "setitimer"):
        before[signal.SIGALRM] = signal.signal(signal.SIGALRM, handle)
        sys.unraisablehook = unraisable
    try:
        yield stop
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)
