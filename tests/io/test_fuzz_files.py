"""A small run of ``make bench NAME=fuzz_files``: damaged files give their results or a refusal."""

import logging
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks.reliability import fuzz_files
from tests.benchmarks.reliability._damage import MODES


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fuzz_files.made(tmp_path_factory.mktemp("base"))


@pytest.mark.parametrize("name", fuzz_files.KINDS)
def test_a_damaged_file_is_refused_or_changes_nothing(
    name: str, base: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    kind, seen = fuzz_files.KINDS[name], set()
    for number, mode in enumerate(MODES):
        (tmp_path / mode).mkdir()
        rng = np.random.default_rng([7, number])
        seen.add(fuzz_files.tried(kind, base, tmp_path / mode, mode, rng))
    assert seen <= {"refused", "equal"}
    assert seen == {"equal"} if name == "state" else "refused" in seen
