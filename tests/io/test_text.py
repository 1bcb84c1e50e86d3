"""Texts from data: what a spreadsheet runs, what a terminal obeys, what cannot be told apart."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyarrow.csv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmdrp.errors import MmdrpError
from mmdrp.io import outputs
from mmdrp.io.outputs import Outputs
from mmdrp.io.text import columns, exact, label, padded, plain, quoted, read_csv, write_csv

RUN = ['=HYPERLINK("http://x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1+1"]
HARMLESS = ["TP53", "-0.5", "+3", "-1e-3", "-inf", "-", "=", "(-)-nutlin", "5'-aza", "a=b", ""]
"""texts that a spreadsheet shows as they are"""
texts = st.text(max_size=30) | st.builds(
    lambda a, b, c: a + b + c, st.sampled_from(["", "'", "''"]),
    st.sampled_from(["=", "+", "-", "@", "\t", "\uff1d"]), st.text(max_size=10),
)  # fmt: skip


@pytest.mark.parametrize("text", RUN)
def test_a_formula_gets_an_apostrophe_in_cells_names_and_index(text: str) -> None:
    frame = pd.DataFrame({text: ["a", text]}, index=[text, "b"])
    stream = io.StringIO()
    write_csv(frame, stream)
    back = pd.read_csv(io.StringIO(stream.getvalue()), index_col=0, lineterminator="\n")
    assert back.columns[0] == back.index[0] == back.iloc[1, 0] == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_other_texts_stay(text: str) -> None:
    assert quoted(text) == exact(text) == text


@pytest.mark.parametrize("kind", ["object", "string", "category"])
def test_every_type_of_text_column_is_made_safe_and_the_frame_is_left_alone(
    kind: str, tmp_path: Path
) -> None:
    frame = pd.DataFrame({"a": pd.Series(["=1", None, "x"], dtype=kind), "b": [1.5, -2.0, np.nan]})
    before = frame.copy(deep=True)
    write_csv(frame, tmp_path / "a.csv", index=False)
    assert (tmp_path / "a.csv").read_text().splitlines() == ["a,b", "'=1,1.5", ",-2.0", "x,"]
    pd.testing.assert_frame_equal(frame, before)


@given(texts)
def test_the_apostrophe_comes_off_again(text: str) -> None:
    assert exact(quoted(text)) == text
    assert not quoted(text).startswith(("=", "@")) or len(text) == 1


@given(texts, texts)
def test_two_texts_stay_two(one: str, other: str) -> None:
    assert (quoted(one) == quoted(other)) == (one == other)


@given(
    st.lists(
        st.tuples(
            texts.filter(lambda t: t.isprintable()),
            st.floats(allow_nan=False, allow_infinity=False),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_what_is_written_is_read_back_to_the_last_digit(rows: list[tuple[str, float]]) -> None:
    frame = pd.DataFrame(rows, columns=["=name", "value"])
    with TemporaryDirectory() as folder:
        write_csv(frame, Path(folder) / "a.csv", index=False)
        back = read_csv(Path(folder) / "a.csv", ["=name"])
    assert back["=name"].tolist() == frame["=name"].tolist()
    assert back["value"].astype(float).tolist() == frame["value"].tolist()


def test_names_that_look_like_numbers_or_gaps_are_names(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"name": ["NA", "null", "007", "1e5", "-", ""], "x": [0.1, np.nan, 3, 4, 5, 6]}
    )
    write_csv(frame, tmp_path / "a.csv", index=False)
    pd.testing.assert_frame_equal(read_csv(tmp_path / "a.csv", ["name"]), frame)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b'a,b\n"1,2\n', b"a\n1,2,3\n4,5\n6\n"])
def test_what_is_no_table_is_refused_in_a_line(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(MmdrpError) as caught:
        read_csv(tmp_path / "a.csv")
    assert str(tmp_path / "a.csv") in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_large_table_is_as_safe_as_a_small_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = pd.DataFrame({"=g": ["=1", "b", "+a", "d"], "p": [0.1, 0.2, 0.3, 0.4]})
    frame["kind"] = pd.Categorical(["@x", "y", "y", "@x"])
    Outputs(tmp_path).table("small", frame, "")
    monkeypatch.setattr(outputs, "CHUNK", 2)
    Outputs(tmp_path).table("large", frame, "")
    for name in ("small", "large"):
        back = pyarrow.csv.read_csv(tmp_path / f"{name}.csv").to_pydict()
        assert back == {
            "'=g": ["'=1", "b", "'+a", "d"], "p": [0.1, 0.2, 0.3, 0.4],
            "kind": ["'@x", "y", "y", "'@x"],
        }  # fmt: skip


@given(st.text())
def test_plain_text_is_one_printable_line(text: str) -> None:
    shown = plain(text)
    assert len(shown.splitlines()) <= 1
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u202e\u200b\u2028" for c in shown)
    assert plain(shown) == shown
    shown.encode()


@given(st.text())
def test_labels_are_short_plain_and_never_formulas_or_hidden(text: str) -> None:
    shown = label(text)
    assert shown.count("$") == shown.count(r"\$")
    assert len(shown.replace(r"\$", "$")) <= 61
    assert not shown.startswith("_")


def test_what_is_told_of_a_character_is_what_it_is() -> None:
    assert plain("\x1b[2J\u202eevil\r\n") == r"\x1b[2J\u202eevil\r\n"
    assert plain("a\nb", keep="\n") == "a\nb"
    assert plain("TGF-β") == "TGF-β"
    assert plain("\ud800") == r"\ud800"


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("薬", 2), ("e\u0301", 1), ("ＡＢ", 4)])
def test_columns_are_those_of_a_terminal(text: str, width: int) -> None:
    assert columns(text) == width
    assert columns(padded(text, 10)) == 10
    assert padded(text, 1) == text + " " * max(0, 1 - width)
