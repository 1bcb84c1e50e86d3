"""A modality on disk: the same to the last bit, open to pandas, refused when damaged."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from mmdrp.data import tables
from mmdrp.data.source import Table
from mmdrp.errors import MmdrpError


def table(values: npt.NDArray[np.float32]) -> Table:
    n, d = values.shape
    return Table("cell", [f"L{i}" for i in range(n)], [f"G{j}" for j in range(d)], values)


@pytest.mark.parametrize("kind", ["real", "gaps", "calls", "counts"])
def test_what_was_written_is_read(tmp_path: Path, kind: str) -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(30, 50)).astype(np.float32)
    if kind == "gaps":
        values[rng.random(values.shape) < 0.3] = np.nan
    elif kind == "calls":
        values = rng.integers(-1, 2, values.shape).astype(np.float32)
    elif kind == "counts":
        values = rng.integers(0, 1000, values.shape).astype(np.float32)
    path = tmp_path / "m.feather"
    tables.write_matrix(path, "cell", table(values))
    found = tables.read_matrix(path, "cell", "cell", missing=kind == "gaps")
    np.testing.assert_array_equal(found.values, values)
    assert list(found.features) == [f"G{j}" for j in range(50)]
    frame = pd.read_feather(path).set_index("cell")
    np.testing.assert_array_equal(frame.to_numpy(np.float32), values)


@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "parquet", "feather"])
def test_every_format_reads_alike(tmp_path: Path, suffix: str) -> None:
    frame = pd.DataFrame({"cell": ["a", "b"], "X": [0.5, -1.25], "Y": [1, 0]})
    path = tmp_path / f"m.{suffix}"
    if suffix == "parquet":
        frame.to_parquet(path)
    elif suffix == "feather":
        frame.to_feather(path)
    else:
        frame.to_csv(path, index=False)
    assert tables.find(tmp_path, "m") == path
    found = tables.read_matrix(path, "cell", "cell", missing=False)
    assert (list(found.ids), list(found.features)) == (["a", "b"], ["X", "Y"])
    assert found.values.tolist() == [[0.5, 1], [-1.25, 0]]


@pytest.mark.parametrize("cut", [0, 7, 200, -40])
def test_a_damaged_file_is_refused_in_one_line(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "m.feather"
    tables.write_matrix(path, "cell", table(np.ones((4, 5), np.float32)))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(MmdrpError, match=r"m\.feather: not a readable table") as caught:
        tables.read_matrix(path, "cell", "cell", missing=False)
    assert "\n" not in str(caught.value)


def test_a_gap_is_refused_where_none_is_declared(tmp_path: Path) -> None:
    values = np.ones((4, 5), np.float32)
    values[2, 3] = np.nan
    path = tmp_path / "m.feather"
    tables.write_matrix(path, "cell", table(values))
    with pytest.raises(MmdrpError, match=r"m\.feather: column 'G3', row 3 \(L2\): missing value"):
        tables.read_matrix(path, "cell", "cell", missing=False)
