"""Which part of a work: ``3/16``."""

import re
from typing import NamedTuple

from mmdrp.errors import OptionError

MOST = 100_000


class Shard(NamedTuple):
    """One of ``total`` parts, counted from 1."""

    number: int
    total: int

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """Read ``3/16``; OptionError for what is no part of that many.

        >>> Shard.parse("3/16")
        Shard(number=3, total=16)
        """
        found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
        number, total = map(int, found.groups()) if found else (0, 0)
        if not 1 <= number <= total <= MOST:
            raise OptionError(
                f"shard={text[:40]}: expected NUMBER/COUNT, 1/16 to 16/16 of sixteen parts"
            )
        return cls(number, total)

    def of(self, items: int, what: str) -> range:
        """Return the places of this part among ``items``: neighbours, sizes as equal as can be.

        OptionError where there are fewer items than parts; ``what`` says what they are.

        >>> [list(Shard(i, 3).of(7, "drugs")) for i in (1, 2, 3)]
        [[0, 1], [2, 3], [4, 5, 6]]
        """
        if items < self.total:
            raise OptionError(f"shard={self}: {items} {what} cannot be divided into {self.total}")
        edges = [items * i // self.total for i in (self.number - 1, self.number)]
        return range(*edges)

    def __str__(self) -> str:
        return f"{self.number}/{self.total}"
