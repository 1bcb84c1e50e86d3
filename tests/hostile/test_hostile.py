"""A selection of hostile cases; `make bench NAME=hostile` tries many more."""

from collections.abc import Iterator

import pytest

from tests.hostile.case import World
from tests.hostile.suite import suite, verdicts
from tests.hostile.world import settled

CASES = 150


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with settled(tmp_path_factory.mktemp("hostile")) as made:
        yield made


def test_each_ends_in_a_right_result_or_in_one_line(world: World) -> None:
    cases = suite(world, CASES, seed=0)
    assert len(cases) > 0.95 * CASES
    ends = list(verdicts(world, cases))
    wrong = [f"{v.case.name[:80]!r}: {v.why}" for v in ends if v.end == "wrong"]
    assert not wrong, "\n".join(wrong)
    assert {v.end for v in ends} == {"refused", "accepted_right"}


def test_the_cases_are_many_and_each_has_its_own_name(world: World) -> None:
    cases = suite(world)
    assert len(cases) > 2000
    names = [case.name for case in cases]
    assert len(set(names)) > 0.95 * len(names)
    assert {word for case in cases for word in case.words[:1]} >= {
        "data", "train", "pretrain", "predict", "evaluate", "attribute", "associate", "extremes",
        "enrich",
    }  # fmt: skip
