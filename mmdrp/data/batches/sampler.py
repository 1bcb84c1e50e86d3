"""Which examples make a batch: at random, or blocks of cell lines with their pairs.

Both draw the batches of an epoch from the seed and the epoch's number alone, so every process of a
distributed run draws the same ones and takes its share of each; together they do what one would.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch.distributed as dist
from torch.utils.data import Sampler

from mmdrp.options import Count

Rows = npt.NDArray[np.int64]


class Batches(Sampler[list[int]]):
    """Batches of an epoch, another order every epoch, the same under a seed."""

    def __init__(self, seed: int) -> None:
        self.seed, self.epoch = seed, 0

    def __iter__(self) -> Iterator[list[int]]:
        rng = np.random.default_rng([self.seed, self.epoch])
        self.epoch += 1
        rank, world = process()
        for rows in self.draw(rng):
            yield share(rows, rank, world).tolist()

    def draw(self, rng: np.random.Generator) -> Iterator[Rows]:
        """Yield the rows of each batch of one epoch, of all processes together."""
        raise TypeError("Batches is abstract: choose RandomBatches or BlockBatches")


class RandomBatches(Batches):
    """Shuffled batches of ``size`` examples."""

    def __init__(self, rows: Rows, groups: Rows, size: Count = 64, seed: int = 0) -> None:
        del groups
        super().__init__(seed)
        self.rows, self.size = rows, size

    def __len__(self) -> int:
        return -(-len(self.rows) // self.size)

    def draw(self, rng: np.random.Generator) -> Iterator[Rows]:
        """Yield the rows of each batch."""
        order = rng.permutation(self.rows)
        for start in range(0, len(order), self.size):
            yield order[start : start + self.size]


class BlockBatches(Batches):
    """Blocks of ``block`` cell lines with all their pairs: each line is encoded once an epoch.

    Per pair this costs what the fusion costs; the encoders' cost is shared by a line's pairs. With
    ``pairs``, a line brings at most so many of its pairs at a time, at random, and the rest later:
    smaller, more varied batches. Every pair comes exactly once an epoch.
    """

    def __init__(
        self,
        rows: Rows,
        groups: Rows,
        block: Count = 16,
        pairs: Count | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(seed)
        self.block, self.pairs = block, pairs
        order = np.argsort(groups, kind="stable")
        starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
        self._members = np.split(rows[order], starts[1:])

    def __len__(self) -> int:
        most = self.pairs or max(len(m) for m in self._members)
        chunks = sum(-(-len(m) // most) for m in self._members)
        return -(-chunks // self.block)

    def draw(self, rng: np.random.Generator) -> Iterator[Rows]:
        """Yield the rows of each block, the pairs of a line side by side."""
        chunks = [chunk for m in self._members for chunk in self._cut(rng.permutation(m))]
        order = rng.permutation(len(chunks))
        for start in range(0, len(order), self.block):
            yield np.concatenate([chunks[c] for c in order[start : start + self.block]])

    def _cut(self, rows: Rows) -> list[Rows]:
        if self.pairs is None:
            return [rows]
        return np.split(rows, range(self.pairs, len(rows), self.pairs))


def share(rows: Rows, rank: int, world: int) -> Rows:
    """Return one process's share of a batch: a stretch, so that a line stays with one process.

    With fewer rows than processes the last ones repeat a row: without a batch of their own they
    would wait forever.
    """
    if len(rows) >= world:
        return np.array_split(rows, world)[rank]
    return rows[[min(rank, len(rows) - 1)]]


def process() -> tuple[int, int]:
    """Return this process's rank and how many there are; 0, 1 outside a distributed run."""
    if not (dist.is_available() and dist.is_initialized()):
        return 0, 1
    return dist.get_rank(), dist.get_world_size()
