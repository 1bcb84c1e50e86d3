"""The name that was meant."""

import difflib
from collections.abc import Sequence

FEW = 100
"""characters of a list of choices that still go into one line with what was wrong"""


def near(name: str, names: Sequence[str], there: str = "choose among", how: str = "") -> str:
    """Return the names there are, if they are few, and the one that was meant.

    >>> near("cel", ["cell", "drug"])
    "choose among: cell, drug (did you mean 'cell'?)"
    >>> near("cel", ["cell", *map(str, range(99))], how="--help lists them")
    "did you mean 'cell'? --help lists them"
    """
    close = difflib.get_close_matches(name[:40], names, 1)
    meant = f"did you mean {close[0]!r}?" if close else ""
    listed = ", ".join(sorted(names))
    if how and len(listed) > FEW:
        return f"{meant} {how}".strip()
    if meant and len(listed) > FEW:  # what is cut off at the end must not be the name meant
        return f"{meant} {there}: {listed}"
    return f"{there}: {listed} ({meant})" if meant else f"{there}: {listed}"
