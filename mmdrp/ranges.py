"""Ranges of numbers, as annotations of arguments hold them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Range:
    """What a number may be: ``least`` and ``most`` belong to the range, ``above``, ``below`` not.

    >>> Range(above=0, most=1).words()
    'above 0 and at most 1'
    """

    least: float | None = None
    most: float | None = None
    above: float | None = None
    below: float | None = None

    def fits(self, value: float) -> bool:
        """Return whether a number lies in the range."""
        return (
            (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )

    def words(self) -> str:
        """Say the range in words."""
        if self.above is not None and self.below is not None:
            return f"between {self.above:g} and {self.below:g}"
        if self.least is not None and self.most is not None:
            return f"from {self.least:g} to {self.most:g}"
        said = {"at least": self.least, "above": self.above}
        said |= {"at most": self.most, "below": self.below}
        return " and ".join(f"{word} {edge:g}" for word, edge in said.items() if edge is not None)
