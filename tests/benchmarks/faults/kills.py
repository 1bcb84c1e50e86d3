"""100 kills at random moments of every long command: each is taken up, and nothing differs.

Signals and moments are drawn by SEED (0); KILLS is how many. ``resumed`` went on by ``resume=``;
``clean`` had written nothing yet, or writes a study: the same command was given again. ``equal``
left the files of an undisturbed command, no process, and said what it should.
"""

import os
import random
import signal
import sys
import tempfile
from pathlib import Path

from tests.faults.cases import CASES, Case, Outcome, Workplace
from tests.faults.server import Server

KILLS = int(os.environ.get("KILLS", "100"))
SHARE = {
    "fetch": 8, "fetch_packages": 8, "build": 8, "pretrain": 12, "train_panel": 12,
    "train_pairs": 12, "predict": 10, "attribute": 10, "table1": 8, "sweep": 6, "evaluate": 2,
    "overwrite": 4,
}  # fmt: skip
"""kills of each case, of a hundred"""
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
TRIES = 8


def main() -> dict[str, int]:
    chance = random.Random(int(os.environ.get("SEED", "0")))
    queue = [case for case in CASES for _ in range(SHARE[case.name])]
    queue = queue * (KILLS // 100) + chance.sample(queue, KILLS % 100)
    done: list[Outcome] = []
    with tempfile.TemporaryDirectory() as scratch, Server("../shared/data") as server:
        place = Workplace(Path(scratch) / "kills", server)
        for number, case in enumerate(sorted(queue, key=CASES.index)):
            outcome = _killed(place, case, SIGNALS[number % len(SIGNALS)], chance)
            good = not (outcome.flaws or outcome.unequal)
            print(f"{number + 1:4d} {'' if good else 'NOT EQUAL: '}{outcome}", file=sys.stderr)
            done.append(outcome)
    return {
        "kills": len(done),
        "resumed": sum(o.resumed and not o.flaws for o in done),
        "clean": sum(not o.resumed and not o.flaws for o in done),
        "equal": sum(not (o.flaws or o.unequal) for o in done),
    }


def _killed(place: Workplace, case: Case, number: signal.Signals, chance: random.Random) -> Outcome:
    """Kill at a random moment; where the command was quicker than that, somewhat earlier."""
    moment = chance.random()
    for _ in range(TRIES):
        outcome = place.killed(case, number, moment)
        moment *= 0.8
        if outcome is not None:
            return outcome
    raise AssertionError(f"{case.name} ended before every signal")
