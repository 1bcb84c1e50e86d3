"""Progress bars: one look for everything longer than a few seconds."""

import contextlib
import sys
from collections.abc import Iterable, Iterator
from typing import TextIO, TypeVar

from tqdm import tqdm

T = TypeVar("T")
EVERY = 10.0
"""seconds between two lines off a terminal, and before the first"""


class _Lines:
    """Standard error off a terminal: each state of a bar on a line of its own, no dead bars."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> None:
        """Write what stands between tqdm's returns to the line's beginning."""
        if state := text.strip("\r\n "):
            self.stream.write(f"{state}\n")

    def flush(self) -> None:
        """Flush the stream."""
        self.stream.flush()


def bar(
    items: Iterable[T],
    what: str,
    total: int | None = None,
    unit: str = "",
    done: int = 0,
    hidden: bool = False,
) -> "tqdm[T]":
    """Return ``items`` behind a bar on stderr; off a terminal, a line every ten seconds.

    Without items its ``update`` is called. ``done`` of ``total`` were there before. Bytes
    (``unit="B"``) are counted in kilobytes and more.
    """
    terminal = sys.stderr.isatty()
    return tqdm(
        items,
        desc=what,
        total=total,
        unit=unit or "it",
        unit_scale=unit == "B",
        initial=done,
        file=sys.stderr if terminal else _Lines(sys.stderr),
        leave=False,
        mininterval=0.2 if terminal else EVERY,
        maxinterval=EVERY,
        delay=0 if terminal else EVERY,
        dynamic_ncols=terminal,
        disable=hidden,
        # A bar inside another moves the cursor up, which a file cannot.
        position=None if terminal else 0,
    )


@contextlib.contextmanager
def beside_bars(stream: TextIO) -> Iterator[None]:
    """Take the bars off the terminal while something else is written there, and draw them again."""
    with tqdm.external_write_mode(file=stream):
        yield
