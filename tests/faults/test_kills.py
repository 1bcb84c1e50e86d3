"""A few kills of each kind; `make bench NAME=kills` does a hundred at random moments."""

import signal
from collections.abc import Iterator

import pytest

from tests.faults.cases import CASES, Workplace
from tests.faults.server import Server

KILLS = [
    ("fetch_packages", signal.SIGKILL, 0.5),
    ("build", signal.SIGTERM, 0.4),
    ("pretrain", signal.SIGKILL, 0.7),
    ("train_panel", signal.SIGKILL, 0.6),
    ("train_panel", signal.SIGINT, 0.75),
    ("train_pairs", signal.SIGTERM, 0.6),
    ("predict", signal.SIGKILL, 0.7),
    ("attribute", signal.SIGINT, 0.6),
    ("sweep", signal.SIGTERM, 0.7),
    ("overwrite", signal.SIGKILL, 0.7),
]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    with Server("../shared/data") as server:
        yield Workplace(tmp_path_factory.mktemp("kills") / "root", server)


@pytest.mark.parametrize(("name", "number", "share"), KILLS, ids=lambda v: str(v))
def test_a_killed_command_is_taken_up_and_nothing_differs(
    name: str, number: signal.Signals, share: float, place: Workplace
) -> None:
    case = next(case for case in CASES if case.name == name)
    outcomes = (place.killed(case, number, share * k) for k in (1, 0.7, 0.4, 0.2))
    outcome = next(filter(None, outcomes))  # on a machine that was busy before, it may be quicker
    assert outcome.flaws == []
    assert outcome.unequal == []
