"""Pairs learned per second: blocks of lines, each entity once, against a per-pair loop."""

import time
from collections.abc import Iterable, Iterator

from mmdrp.batch import Batch
from tests.benchmarks._pairs import Learner, data, per_pair_batches

BATCH, STEPS = 512, 4


class Clock:
    """Times what hands over batches apart from what learns from them."""

    def __init__(self) -> None:
        self.pairs, self.assembly, self.learning = 0, 0.0, 0.0

    def over(self, batches: Iterable[Batch], warm: int) -> Iterator[Batch]:
        """Yield batches; the first ``warm`` are not timed."""
        started, iterator, number = time.perf_counter(), iter(batches), 0
        while (batch := next(iterator, None)) is not None:
            ready = time.perf_counter()
            yield batch
            done = time.perf_counter()
            if number >= warm:
                self.pairs += len(batch.y)
                self.assembly += ready - started
                self.learning += done - ready
            started, number = time.perf_counter(), number + 1

    @property
    def rate(self) -> float:
        """Pairs per second, assembly included."""
        return self.pairs / (self.assembly + self.learning)


def main() -> dict[str, float | int | str]:
    source = data()
    learner = Learner()
    parameters = sum(p.numel() for p in learner.net.parameters())
    block, plain = Clock(), Clock()
    for _ in range(2):  # two epochs: the blocks differ
        for batch in block.over(source.train_dataloader(), warm=2):
            learner.step(batch)
    for batch in plain.over(per_pair_batches(source, BATCH, STEPS + 1), warm=1):
        learner.step(batch)
    return {
        "ratio": block.rate / plain.rate,
        "pairs_per_s": round(block.rate),
        "per_pair_loop": round(plain.rate),
        "assembly_share": block.assembly / (block.assembly + block.learning),
        "parameters": parameters,
    }
