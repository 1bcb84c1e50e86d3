"""Which examples make a batch: at random, or blocks of cell lines with all their pairs."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from torch.utils.data import Sampler

from mmdrp.errors import MmdrpError


class RandomBatches(Sampler[list[int]]):
    """Shuffled batches of ``size`` examples, another order every epoch, the same under a seed."""

    def __init__(
        self,
        rows: npt.NDArray[np.int64],
        groups: npt.NDArray[np.int64],
        size: int = 64,
        seed: int = 0,
    ) -> None:
        del groups
        if size < 1:
            raise MmdrpError(f"sampler.size={size}: needs at least 1")
        self.rows, self.size, self.seed, self.epoch = rows, size, seed, 0

    def __len__(self) -> int:
        return -(-len(self.rows) // self.size)

    def __iter__(self) -> Iterator[list[int]]:
        order = np.random.default_rng([self.seed, self.epoch]).permutation(self.rows)
        self.epoch += 1
        for start in range(0, len(order), self.size):
            yield order[start : start + self.size].tolist()


class BlockBatches(Sampler[list[int]]):
    """Blocks of ``lines`` cell lines with all their pairs: each line is encoded once an epoch.

    Per pair this costs what the fusion costs; the encoders' cost is shared by a line's pairs.
    """

    def __init__(
        self,
        rows: npt.NDArray[np.int64],
        groups: npt.NDArray[np.int64],
        lines: int = 16,
        seed: int = 0,
    ) -> None:
        if lines < 1:
            raise MmdrpError(f"sampler.lines={lines}: needs at least 1")
        self.lines, self.seed, self.epoch = lines, seed, 0
        order = np.argsort(groups, kind="stable")
        starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
        self._members = np.split(rows[order], starts[1:])

    def __len__(self) -> int:
        return -(-len(self._members) // self.lines)

    def __iter__(self) -> Iterator[list[int]]:
        rng = np.random.default_rng([self.seed, self.epoch])
        order = rng.permutation(len(self._members))
        self.epoch += 1
        for start in range(0, len(order), self.lines):
            block = [self._members[g] for g in order[start : start + self.lines]]
            yield rng.permutation(np.concatenate(block)).tolist()
