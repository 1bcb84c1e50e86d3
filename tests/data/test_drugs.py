"""One resolver of drugs: what is written wins, what may be several drugs is refused."""

import contextlib
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmdrp.data.drugs import drug_name, plain_name, resolve
from mmdrp.errors import MmdrpError

IDS = [
    "Dabrafenib", "PLX-4720 (GDSC:1036)", "PLX-4720 (GDSC:1371)", "GDSC:1003", "Nutlin-3a (-)",
    "Nutlin-3a (+)", "ABT-263", "β-lapachone", "(5Z)-7-Oxozeaenol", "VX-702",
]  # fmt: skip
NAMES = {"GDSC:1003": "Camptothecin", "ABT-263": "Navitoclax"}
SYNONYMS = {"Dabrafenib": ["GSK2118436", "Tafinlar"], "VX-702": ["KVK702"]}
BOTH = ["PLX-4720 (GDSC:1036)", "PLX-4720 (GDSC:1371)"]


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("Dabrafenib", ["Dabrafenib"]), ("DABRAFENIB", ["Dabrafenib"]),
        ("dabra-fenib", ["Dabrafenib"]), ("tafinlar", ["Dabrafenib"]),
        ("GSK-2118436", ["Dabrafenib"]),
        ("PLX-4720", BOTH), ("plx4720", BOTH), ("PLX 4720", BOTH),
        ("PLX-4720 (GDSC:1036)", BOTH[:1]),
        ("plx4720 (gdsc:1371)", BOTH[1:]), ("GDSC:1003", ["GDSC:1003"]),
        ("gdsc 1003", ["GDSC:1003"]),
        ("camptothecin", ["GDSC:1003"]), ("Camptothecin (GDSC:1003)", ["GDSC:1003"]),
        ("Nutlin-3a (-)", ["Nutlin-3a (-)"]), ("navitoclax", ["ABT-263"]), ("abt263", ["ABT-263"]),
        ("Β-Lapachone", ["β-lapachone"]), ("5z7oxozeaenol", ["(5Z)-7-Oxozeaenol"]),
        ("Dabrafenib (GDSC:1373)", ["Dabrafenib"]),
    ],
)  # fmt: skip
def test_a_drug_is_known_by_all_that_it_is_called(given_: str, expected: list[str]) -> None:
    assert resolve([given_], IDS, NAMES, SYNONYMS) == expected
    assert resolve(given_, IDS, NAMES, SYNONYMS) == expected


def test_order_is_that_of_the_question_and_each_stands_once() -> None:
    wanted = ["vx702", "plx4720", "VX-702", BOTH[1], "Dabrafenib"]
    assert resolve(wanted, IDS) == ["VX-702", *BOTH, "Dabrafenib"]
    assert resolve([], IDS) == []


@pytest.mark.parametrize(
    ("given_", "words"),
    [
        ("nutlin 3a", ["'nutlin 3a' may be Nutlin-3a (-), Nutlin-3a (+)", "give the name"]),
        ("Dabrafenip", ["no drug 'Dabrafenip'; similar: Dabrafenib"]),
        ("Tafinla", ["similar: Tafinlar"]),
        ("PLX-4720 (GDSC:7)", ["no drug 'PLX-4720 (GDSC:7)'; similar: PLX-4720"]),
        ("zzz", ["no drug 'zzz'; there are 10 others"]), ("", ["no drug ''"]),
        ("--", ["no drug '--'"]),
    ],
)  # fmt: skip
def test_what_is_no_drug_or_several_is_refused(given_: str, words: list[str]) -> None:
    with pytest.raises(MmdrpError) as caught:
        resolve([given_], IDS, NAMES, SYNONYMS)
    assert all(word in str(caught.value) for word in words), caught.value
    assert str(caught.value).count(", ") <= 6


def test_the_id_wins_over_another_drugs_name() -> None:
    assert resolve("A", ["A", "B"], {"B": "A"}) == ["A"]
    assert resolve("x", ["A", "B"], {"A": "x", "B": "x"}) == ["A", "B"]
    assert resolve("x", ["A", "B"], {"A": "x"}, {"B": ["x"]}) == ["A"]
    with pytest.raises(MmdrpError, match=r"'x' may be A, B"):
        resolve("x", ["A", "B"], None, {"A": ["x"], "B": ["x"]})


def test_names_that_differ_in_case_alone_are_told_apart() -> None:
    assert resolve("aBT", ["ABT", "aBT"]) == ["aBT"]
    with pytest.raises(MmdrpError, match="may be ABT, aBT"):
        resolve("abt", ["ABT", "aBT"])


def test_parts_of_a_name() -> None:
    assert drug_name("Afatinib (GDSC:1032)") == "Afatinib"
    assert drug_name("Afatinib") == "Afatinib"
    assert plain_name("Nutlin-3a (-) (GDSC:1047)") == "nutlin3a"


TEXT = st.text("aAbB-1 (GDSC:)", max_size=12)


@contextlib.contextmanager
def one_line() -> Iterator[None]:
    try:
        yield
    except MmdrpError as error:
        if len(str(error).splitlines()) != 1:
            pytest.fail(f"not one line: {error}")


@settings(max_examples=200, deadline=None)
@given(
    st.lists(TEXT, min_size=1, max_size=6, unique=True), TEXT, st.dictionaries(TEXT, TEXT),
    st.dictionaries(TEXT, st.lists(TEXT, max_size=2)),
)  # fmt: skip
def test_any_question_is_answered_with_ids(
    ids: list[str], given_: str, names: dict[str, str], synonyms: dict[str, list[str]]
) -> None:
    for drug in ids:
        if drug:
            assert resolve(drug, ids, names, synonyms) == [drug]
    with one_line():
        found = resolve(given_, ids, names, synonyms)
        assert found
        assert set(found) <= set(ids)
        assert len({drug_name(names.get(d) or d) for d in found}) == 1
