"""All hostile cases, or an even selection of them."""

from collections.abc import Iterator
from random import Random

from tests.hostile import damage, library, manifests, options, places, remains
from tests.hostile.case import Case, World
from tests.hostile.judge import Verdict, judge

SHARES = {
    options: 0.27, library: 0.2, damage: 0.17, manifests: 0.06, remains: 0.15, places: 0.15,
}  # fmt: skip
"""how much of a selection each kind has"""


def suite(world: World, size: int | None = None, seed: int = 0) -> list[Case]:
    """Return every case, or about ``size`` of them, the same ones for the same ``seed``."""
    rng, chosen = Random(seed), []
    for module, share in SHARES.items():
        there = list(module.cases(world))
        wanted = len(there) if size is None else min(len(there), round(share * size))
        chosen += rng.sample(there, wanted)
    return chosen


def verdicts(world: World, cases: list[Case]) -> Iterator[Verdict]:
    """Judge one case after the other."""
    for case in cases:
        yield judge(case, world)
