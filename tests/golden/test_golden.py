"""Today's numbers, command by command, and files of format 1: neither may change unnoticed.

A difference that is meant: ``python -m tests.golden.record CASE``, and say why in the commit.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.golden import format1, record
from tests.golden.commands import CASES, Case
from tests.golden.record import GDSC, Place

LARGEST = 300_000
"""bytes of all that is stored: a checkout carries them for good"""
P = 1e-4
"""how far a p may be off, relatively: as small as 1e-23, it multiplies what a statistic is off"""


@pytest.fixture(scope="session")
def today(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Where commands run; a case that others need runs once per worker."""
    return Place(tmp_path_factory.mktemp("golden") / "today", CASES)


@pytest.fixture(scope="session")
def old(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("golden") / "old", format1.USED)


def stored(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / name)


def compare(name: str, case: Case, found: pd.DataFrame, folder: Path) -> None:
    """Names equal and in order; numbers as close as the case says, p relatively."""
    want = stored(folder, name)
    assert list(found.columns) == list(want.columns), name
    assert len(found) == len(want), name
    for column in want.columns:
        one, other = found[column], want[column]
        where = f"{name}: {column}"
        if not pd.api.types.is_numeric_dtype(other):
            # As text, empty where there is nothing: a file cannot tell these apart.
            assert one.fillna("").astype(str).tolist() == other.fillna("").astype(str).tolist(), (
                where
            )
            continue
        p = column == "p" or column.startswith("p_")
        rtol, atol = (P, 0.0) if p else (case.close, case.close)
        np.testing.assert_allclose(
            one.to_numpy(float), other.to_numpy(float), rtol=rtol, atol=atol, err_msg=where
        )


def check(place: Place, name: str, folder: Path) -> None:
    found = dict(place.tables(name))
    assert {path.name for path in folder.glob(f"{name}.*")} == set(found)
    for file, table in found.items():
        compare(file, place.cases[name], table, folder)


SYNTHETIC = [name for name, case in CASES.items() if case.kept and "gdsc" not in case.needs]
REAL = [name for name, case in CASES.items() if "gdsc" in case.needs]


@pytest.mark.parametrize("name", SYNTHETIC)
def test_a_command_gives_the_numbers_it_gave(name: str, today: Place) -> None:
    check(today, name, record.NUMBERS)


@pytest.mark.shared
@pytest.mark.skipif(not GDSC.is_dir(), reason="data/gdsc: mmdrp data fetch study=gdsc makes it")
@pytest.mark.parametrize("name", REAL)
def test_a_command_gives_the_numbers_it_gave_on_the_real_study(name: str, today: Place) -> None:
    check(today, name, record.NUMBERS)


@pytest.mark.parametrize("name", [n for n, case in format1.USED.items() if case.kept])
def test_files_of_format_1_do_what_they_did(name: str, old: Place) -> None:
    check(old, name, format1.NUMBERS)


def test_the_comparison_finds_a_difference(today: Place) -> None:
    name = "synthetic.response.csv"
    want = stored(record.NUMBERS, name)
    compare(name, CASES["synthetic"], want, record.NUMBERS)
    off = want.assign(value=want["value"] + 1e-4)
    for wrong in (off, want[::-1], want[1:], want.rename(columns={"cell": "line"})):
        with pytest.raises(AssertionError):
            compare(name, CASES["synthetic"], wrong, record.NUMBERS)


def test_all_numbers_belong_to_a_case_and_are_small() -> None:
    for folder, cases in ((record.NUMBERS, CASES), (format1.NUMBERS, format1.USED)):
        assert {path.name.split(".")[0] for path in folder.iterdir()} == {
            name for name, case in cases.items() if case.kept
        }
    files = [path for path in record.HERE.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < LARGEST
