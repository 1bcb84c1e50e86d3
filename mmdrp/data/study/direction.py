"""What a higher response means: resistance or sensitivity."""

from collections.abc import Mapping
from enum import StrEnum

from mmdrp.errors import OptionError

_BEFORE = {"higher = less sensitive": "resistant", "higher = more sensitive": "sensitive"}
"""how manifests said it (as ``direction``) before they said ``higher``"""


class Direction(StrEnum):
    """What a higher response means: a resistant line (IC50, AUC) or a sensitive one (AAC)."""

    RESISTANT = "resistant"
    SENSITIVE = "sensitive"

    @classmethod
    def parse(cls, given: object, where: str = "higher") -> "Direction":
        """Return the direction of a word; ``where`` is what the option is called in errors.

        >>> Direction.parse("sensitive")
        <Direction.SENSITIVE: 'sensitive'>
        >>> Direction.parse("higher = less sensitive")    # manifests of mmdrp 0.1
        <Direction.RESISTANT: 'resistant'>
        """
        try:
            return cls(_BEFORE.get(str(given), str(given)))
        except ValueError:
            shown = repr(given)
            shown = shown if len(shown) <= 40 else f"{shown[:37]}..."
            raise OptionError(f"{where}={shown}: choose {' or '.join(cls)}") from None

    @property
    def sign(self) -> int:
        """1 where a higher response means resistance, -1 where it means sensitivity."""
        return 1 if self is Direction.RESISTANT else -1


def of_measure(measure: Mapping[str, str], where: str = "higher") -> Direction:
    """Return the direction a manifest states of a measure; resistance where it states none."""
    return Direction.parse(measure.get("higher") or measure.get("direction") or "resistant", where)
