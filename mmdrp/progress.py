"""Progress bars: one look for everything longer than a few seconds."""

import sys
from collections.abc import Iterable
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")


def bar(
    items: Iterable[T], what: str, total: int | None = None, unit: str = "", done: int = 0
) -> "tqdm[T]":
    """Return ``items`` behind a bar on stderr; off a terminal it speaks every ten seconds.

    ``done`` of ``total`` were there before. Bytes (``unit="B"``) are counted in kilobytes and more.
    """
    return tqdm(
        items,
        desc=what,
        total=total,
        unit=unit or "it",
        unit_scale=unit == "B",
        initial=done,
        file=sys.stderr,
        leave=False,
        mininterval=0.2 if sys.stderr.isatty() else 10,
        maxinterval=10,
        dynamic_ncols=True,
    )
