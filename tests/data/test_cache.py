"""The cache gives what was made, never anything else, and is never needed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmdrp.data.source import Table
from mmdrp.data.study import Study
from mmdrp.data.study.cache import cached


class Maker:
    def __init__(self, values: Any = ((1.0, 0.0), (0.0, 200.5))) -> None:
        self.calls = 0
        self.values = np.array(values, dtype=np.float32)

    def __call__(self) -> Table:
        self.calls += 1
        return Table("drug", ["b", "a"], ["x", "y"], self.values)


@pytest.mark.parametrize("values", [((1, 0), (0, 1)), ((0.5, 0), (300, 1))])
def test_it_is_made_once_and_read_back(tmp_path: Path, values: Any) -> None:
    make = Maker(values)
    first, second = (cached(tmp_path, "drug", {"k": 1}, make) for _ in range(2))
    assert make.calls == 1
    for found in (first, second):
        assert (list(found.ids), list(found.features)) == (["b", "a"], ["x", "y"])
        np.testing.assert_array_equal(found.values, make.values)
    names = sorted(p.suffix for p in (tmp_path / "cache").iterdir())
    assert names == [".feather", ".sha256"]  # nothing half done


def test_another_key_is_another_table(tmp_path: Path) -> None:
    make = Maker()
    for key in ({"k": 1}, {"k": 2}, {"k": 1, "smiles": {"a": "C"}}, {"k": 1, "smiles": {"a": "N"}}):
        cached(tmp_path, "drug", key, make)
    assert make.calls == 4


def test_a_broken_file_is_made_anew(tmp_path: Path) -> None:
    make = Maker()
    cached(tmp_path, "drug", {"k": 1}, make)
    (path,) = (tmp_path / "cache").glob("*.feather")
    path.write_bytes(path.read_bytes()[:40])
    np.testing.assert_array_equal(cached(tmp_path, "drug", {"k": 1}, make).values, make.values)
    assert make.calls == 2
    cached(tmp_path, "drug", {"k": 1}, make)
    assert make.calls == 2  # and is whole again


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file stands where the folder would")
    make = Maker()
    for _ in range(2):
        np.testing.assert_array_equal(cached(tmp_path, "drug", {"k": 1}, make).values, make.values)
    assert make.calls == 2


def test_the_manifest_does_not_mind(study: Study, tmp_path: Path) -> None:
    cached(study.folder, "drug", {"k": "only a test"}, Maker())
    again = Study.read(study.folder)
    assert again.validate() == study.validate()
    assert "cache" not in again.manifest.tables
