"""Colours of every picture: told apart by the colour-blind (Okabe and Ito 2008), and kept."""

from collections.abc import Iterable

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6d31", "#5e4fa2",
           "#7f7f00", "#333333")  # fmt: skip
OTHERS = "#c9c9c9"
MODALITIES = (
    "expression", "mutation", "cnv", "tissue", "proteomics", "methylation", "mirna", "metabolomics",
    "rppa", "histone",
)  # fmt: skip
"""have a colour of their own, in every picture"""


def colours_of(names: Iterable[object]) -> dict[str, str]:
    """Return a colour for each name: the same names have the same ones, in whatever order.

    Known modalities keep theirs whatever stands beside them; more than ten names share colours.

    >>> colours_of(["b", "a"]) == colours_of(["a", "b", "a"])
    True
    >>> colours_of(["mutation"])["mutation"] == colours_of(["mutation", "cnv"])["mutation"]
    True
    """
    distinct = {str(name) for name in names}
    fixed = {name: COLOURS[i] for i, name in enumerate(MODALITIES) if name in distinct}
    free = [colour for colour in COLOURS if colour not in fixed.values()] or [*COLOURS]
    rest = sorted(distinct - fixed.keys())
    return fixed | {name: free[i % len(free)] for i, name in enumerate(rest)}
