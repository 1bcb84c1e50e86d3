"""Hostile and damaged inputs and options: each ends in a right result or in one line.

``SIZE`` cases (by default 640, ``all`` for every one) are drawn by ``SEED`` from those of
tests/hostile: over every command and the public functions.
"""

import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.hostile.suite import suite, verdicts
from tests.hostile.world import settled

KEYS = ("refused", "accepted_right", "wrong")


def main() -> dict[str, object]:
    """Return how many cases were tried, and how they ended."""
    size, seed = os.environ.get("SIZE", "640"), int(os.environ.get("SEED", "0"))
    with tempfile.TemporaryDirectory() as scratch, settled(Path(scratch)) as world:
        cases = suite(world, None if size == "all" else int(size), seed)
        ends: Counter[str] = Counter()
        for number, verdict in enumerate(verdicts(world, cases), 1):
            ends[verdict.end] += 1
            if verdict.end == "wrong":
                print(f"{verdict.case.name[:90]!r}: {verdict.why[:300]}", file=sys.stderr)
            if number % 100 == 0:
                print(f"{number} of {len(cases)}: {dict(ends)}", file=sys.stderr, flush=True)
    return {"tried": len(cases), **{key: ends[key] for key in KEYS}}
