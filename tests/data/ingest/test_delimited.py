"""Delimited files: read to the last digit, or refused in one line that says where."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmdrp.data.ingest.delimited import Delimited
from mmdrp.errors import MmdrpError

GOOD = "id,a,b\nx,1.5,-2e3\ny, 0.25,NA\n"


def put(folder: Path, content: str | bytes, name: str = "t.csv") -> Path:
    path = folder / name
    raw = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(raw) if name.endswith(".gz") and raw[:2] != b"\x1f\x8b" else raw)
    return path


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (GOOD, "t.csv"),
        (GOOD, "t.csv.gz"),
        ("\ufeff" + GOOD, "t.csv"),
        (GOOD.replace("\n", "\r\n"), "t.csv"),
        ("# made by hand\n#twice\n" + GOOD, "t.csv"),
        (GOOD.replace(",", "\t"), "t.txt"),
        (GOOD.replace("\ny", "\n\ny"), "t.csv"),
    ],
)
def test_every_spelling_of_a_table_reads_alike(tmp_path: Path, content: str, name: str) -> None:
    table = Delimited.open(put(tmp_path, content, name), None, ["id"])
    frame, values = table.numbers(["id"])
    assert table.header == ["id", "a", "b"]
    assert frame["id"].tolist() == ["x", "y"]
    np.testing.assert_array_equal(values, np.array([[1.5, -2000], [0.25, np.nan]], np.float32))
    streamed = list(table.blocks(["id"], ["b", "a"]))
    np.testing.assert_array_equal(np.concatenate([v for _, v in streamed]), values[:, ::-1])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ["t.csv", "empty"]),
        ("\n", ["t.csv", "empty"]),
        ("id;a\nx;1\n", ["t.csv", "semicolons", "commas"]),
        ("id\ta\nx\t1\n", ["t.csv", "tabs", "commas"]),
        ("name,a\nx,1\n", ["t.csv", "'id'", "name, a"]),
        ("id,a,a\nx,1,2\n", ["t.csv", "'a'", "twice"]),
        ("id,a\nx,1\ny,1.2.3\n", ["t.csv", "'a'", "row 2", "(y)", "'1.2.3'"]),
        ("id,a\nx,1_000\n", ["t.csv", "'a'", "row 1", "'1_000'"]),
        ("id,a\nx,1\ny,inf\n", ["t.csv", "'a'", "row 2", "infinite"]),
        ("id,a,b\nx,1,2\ny,1\n", ["t.csv", "row 2", "2 cells", "header 3"]),
        (GOOD.encode("utf-16"), ["t.csv", "UTF-16", "UTF-8"]),
        (GOOD.encode("utf-16-le"), ["t.csv", "UTF-16", "UTF-8"]),
        (b"id,a\n\xff\xfe,1\n", ["t.csv"]),
    ],
)
def test_what_cannot_be_read_is_named(
    tmp_path: Path, content: str | bytes, words: list[str]
) -> None:
    with pytest.raises(MmdrpError) as caught:
        Delimited.open(put(tmp_path, content), ",", ["id"]).numbers(["id"])
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message


def test_a_cut_off_gzip_is_named(tmp_path: Path) -> None:
    whole = gzip.compress(("id,a\n" + "x,0.123\n" * 10000).encode(), mtime=0)
    for cut in (1, 5, 30, len(whole) // 2, len(whole) - 4):
        with pytest.raises(MmdrpError, match=r"t\.csv\.gz.*download it again"):
            Delimited.open(put(tmp_path, whole[:cut], "t.csv.gz"), ",", ["id"]).numbers(["id"])


def test_text_cells_lose_blanks_and_nulls_only(tmp_path: Path) -> None:
    path = put(tmp_path, 'id\tname\n1\t a "b" c \n2\tNA\n', "t.txt")
    assert Delimited.open(path, "\t").text(["name"])["name"].tolist() == ['a "b" c', ""]


def test_a_number_column_of_text_is_checked(tmp_path: Path) -> None:
    table = Delimited.open(put(tmp_path, "id,v\na,1\nb,\nc,oops\n"), ",")
    with pytest.raises(MmdrpError, match=r"'v', row 3: 'oops'"):
        table.column(table.text(["v"]), "v")


@given(st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_a_table_or_an_error_of_one_line(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "t.csv"
    path.write_bytes(content)
    fold_data = ""
    try:
        table = Delimited.open(path, None)
        table.numbers(table.header[:1])
    except MmdrpError as error:
        fold_data = str(error)
    assert not fold_data or "t.csv" in fold_data
    assert "\n" not in fold_data
