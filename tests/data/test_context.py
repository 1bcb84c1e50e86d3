"""Context of lines as sources: one-hot, unseen values are unknown ones, odd columns refused."""

import logging

import pandas as pd
import pytest

from mmdrp.data.context import among, context_of_samples, context_sources, context_table, met
from mmdrp.data.spec import DataSpec
from mmdrp.data.study import Study
from mmdrp.errors import OptionError

CELLS = pd.DataFrame(
    {"medium": ["R", "F", "R", None, ""], "plate": ["1", "1", "2", "2", "2"], "id": list("vwxyz")},
    index=list("ABCDE"),
)


def study(cells: pd.DataFrame = CELLS) -> Study:
    expression = pd.DataFrame({"G": range(len(cells))}, index=cells.index, dtype=float)
    response = pd.DataFrame({"X": range(len(cells))}, index=cells.index, dtype=float)
    return Study.from_frames(response, {"expression": expression}, samples=cells)


def test_columns_are_one_hot_sources_and_a_batch_is_called_batch() -> None:
    found = context_sources(DataSpec(context=("medium",), batch=("plate",)), study())
    assert list(found) == ["context:medium", "batch:plate"]
    table = found["context:medium"]
    assert table.frame().to_dict("index") == {
        "A": {"F": 0, "R": 1}, "B": {"F": 1, "R": 0}, "C": {"F": 0, "R": 1},
    }  # fmt: skip


def test_the_usual_column_may_lack_and_is_said(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert context_sources(DataSpec(), study(CELLS[["plate"]])) == {}
    assert "context:medium: study" in caplog.text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"context": ("meduim",)}, r"base.context=\[meduim\]: the cells table has no such column"),
        ({"batch": ("day",)}, r"base.batch=\[day\]: the cells table has no such column; it has"),
        ({"context": ("id",)}, r"base.context=\[id\]: 5 values for 5 lines; choose"),
    ],
)
def test_what_is_no_context_is_refused(given: dict[str, tuple[str, ...]], said: str) -> None:
    with pytest.raises(OptionError, match=said) as caught:
        context_sources(DataSpec(**given), study())  # type: ignore[arg-type]
    assert len(str(caught.value)) <= 200


def test_values_that_training_lacks_are_unknown() -> None:
    table = context_table(CELLS["medium"].dropna().loc[["A", "B", "C"]])
    known = met({"context:medium": table}, ["A", "C"])["context:medium"]
    assert list(known.features) == ["R"]
    assert list(known.ids) == ["A", "C"]  # B's medium no training line has
    assert list(among(table, ["F", "H"]).ids) == ["B"]


def test_new_samples_say_what_is_not_known(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        table = context_of_samples("context:medium", CELLS, ["R"])
    assert list(table.ids) == ["A", "C"]
    assert "context medium: known for 2 of 5 samples" in caplog.text
    caplog.clear()
    with caplog.at_level(logging.INFO):
        assert not context_of_samples("context:medium", None, ["R"]).ids
    assert "context medium: not given, or none that training knows: samples are pred" in caplog.text
