"""Arguments are refused by their name before anything is read: types, ranges, choices."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mmdrp.errors import MmdrpError, OptionError
from mmdrp.options import LARGEST_WHOLE, Count, Range, Share, check, checked, complete, hints_of

NUMBER = st.floats(-1e6, 1e6) | st.integers(-1000, 1000)
EDGE = st.none() | st.integers(-20, 20)
PLAIN = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.lists(st.integers(), max_size=2) | st.dictionaries(st.text(max_size=2), st.integers())
)  # fmt: skip


def accepted(value: Any, hint: Any) -> bool:
    try:
        check(value, hint, "size")
    except OptionError as error:
        said = str(error)
    else:
        return True
    assert said.startswith("size=")
    assert "expected " in said
    assert len(said.splitlines()) == 1
    return False


@given(value=NUMBER, least=EDGE, most=EDGE, above=EDGE, below=EDGE)
def test_a_number_is_accepted_exactly_where_it_lies_in_the_range(
    value: float, least: int | None, most: int | None, above: int | None, below: int | None
) -> None:
    inside = (
        (least is None or value >= least) and (most is None or value <= most)
        and (above is None or value > above) and (below is None or value < below)
    )  # fmt: skip
    limits = Range(least, most, above, below)
    assert accepted(value, Annotated[float, limits]) == inside
    assert accepted(value, Annotated[float, limits] | None) == inside
    assert accepted([value], Sequence[Annotated[float, limits]]) == inside
    assert accepted({"a": value}, Mapping[str, Annotated[float, limits]]) == inside


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float32("nan")])
@pytest.mark.parametrize("hint", [float, Share, Annotated[float, Range(least=0)], float | None])
def test_what_is_no_finite_number_is_refused(value: float, hint: Any) -> None:
    assert not accepted(value, hint)


@pytest.mark.parametrize("hint", [int, float, Count, Share, int | None, Literal[0, 1]])
@pytest.mark.parametrize("value", [True, False, np.True_])
def test_a_truth_value_is_no_number(value: bool, hint: Any) -> None:
    assert not accepted(value, hint)
    assert accepted(value, bool)


@given(value=PLAIN)
def test_types_are_kept_apart(value: Any) -> None:
    whole = [value, *value] if isinstance(value, list) else [value]
    whole += value.values() if isinstance(value, dict) else []
    assume(all(abs(v) <= LARGEST_WHOLE for v in whole if type(v) is int))
    assert accepted(value, int) == (type(value) is int)
    assert accepted(value, str) == (type(value) is str)
    assert accepted(value, bool) == (type(value) is bool)
    assert accepted(value, Literal["a", None]) == (value in ("a", None) and value is not False)
    assert accepted(value, Sequence[int]) == isinstance(value, list)
    assert accepted(value, Mapping[str, int]) == isinstance(value, dict)


@given(st.text())
def test_text_is_no_list_of_texts(value: str) -> None:
    assert not accepted(value, Sequence[str])
    assert not accepted(value, tuple[str, ...])
    assert accepted([value], tuple[str, ...])


def test_numbers_of_numpy_come_back_as_pythons() -> None:
    """A grid search hands them over, and a checkpoint could not hold them."""
    for value, hint in (
        (np.int64(3), Count), (np.float64(0.5), Share), (np.float32(0.5), float),
        (np.str_("a"), str), ([np.int32(1)], Sequence[int]), (np.array([1, 2]), Sequence[Count]),
        ({np.str_("a"): np.float64(1)}, Mapping[str, float]), ((np.int64(1),), tuple[int, ...]),
    ):  # fmt: skip
        found = check(value, hint, "x")
        inner = [found]
        while isinstance(inner[-1], list | tuple | dict):
            inner += inner[-1].items() if isinstance(inner[-1], dict) else inner[-1]
        assert all(type(v).__module__ == "builtins" for v in inner), value
    assert not accepted(np.int64(0), Count)


@checked
def smooth(
    table: pd.DataFrame, *, size: Count = 3, share: Share = 0.5, how: Literal["a", "b"] = "a",
    names: Sequence[str] | None = None,
) -> tuple[Any, ...]:  # fmt: skip
    return type(table), size, share, how, names


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"size": 0}, "size=0: expected a whole number at least 1"),
        ({"size": 2.0}, "size=2.0: expected a whole number"),
        ({"share": 1}, "share=1: expected a number between 0 and 1"),
        ({"how": "c"}, "how=c: expected a or b"),
        ({"names": "abc"}, "names=abc: expected a list of: text or null"),
        ({"names": [1]}, r"names=\[1\]: expected a list of: text"),
    ],
)
def test_a_call_is_refused_by_the_name_of_its_argument(options: dict[str, Any], said: str) -> None:
    for kind in (ValueError, MmdrpError):
        with pytest.raises(kind, match=said):
            smooth(pd.DataFrame(), **options)


def test_what_is_no_option_is_of_its_class() -> None:
    for given_ in ({"no": "frame"}, None, np.zeros((2, 2)), pd.Series()):
        with pytest.raises(OptionError, match=r"table=.*: expected a data frame"):
            smooth(given_)  # type: ignore[arg-type]
    assert smooth(pd.DataFrame(), size=np.int64(7))[1] == 7  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        smooth(pd.DataFrame(), sizes=1)  # type: ignore[call-arg]


class Part:
    def __init__(self, rows: Any, size: Count, share: Share = 0.5) -> None: ...


def test_options_of_a_class_are_completed() -> None:
    assert complete(Part, {"size": 2}, skip=("rows",)) == {"size": 2, "share": 0.5}
    assert set(hints_of(Part)) == {"rows", "size", "share", "return"}
    for given_, said in (
        ({}, "part.size: give a value"),
        ({"size": 1, "sizes": 2}, "part.sizes: there is no such option; it has: size, share"),
        ({"size": 1, "rows": 2}, "part.rows: there is no such option"),
        ({"size": "1"}, "part.size=1: expected a whole number"),
    ):
        with pytest.raises(OptionError, match=said):
            complete(Part, given_, "part.", ("rows",))


@given(given_=st.dictionaries(st.sampled_from(["size", "share", "more"]), PLAIN))
def test_whatever_a_file_says_an_option_fits_or_is_refused(given_: dict[str, Any]) -> None:
    try:
        found = complete(Part, given_, skip=("rows",))
    except OptionError:
        return
    assume(given_)
    assert set(found) == {"size", "share"}
    assert type(found["size"]) is int
    assert found["size"] >= 1
    assert 0 < found["share"] < 1
