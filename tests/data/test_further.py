"""A further study: lines and drugs matched, and nothing of what is held out left in its screen."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mmdrp.data.examples import everything_of
from mmdrp.data.further.beside import beside, further_of
from mmdrp.data.further.drugs import same_drugs
from mmdrp.data.further.lines import matched_lines
from mmdrp.data.further.screen import responses_of, screens_of
from mmdrp.data.sources import sources_of
from mmdrp.data.spec import DataSpec, DrugFeatures
from mmdrp.data.split import Fold, Part
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.registry import Part as Choice
from mmdrp.registry import build

SMILES = {
    "Ethanol": "CCO",
    "acid": "CC(=O)O",
    "amine": "CCN",
    "phenol": "Oc1ccccc1",
    "ether": "COC",
}
ELSEWHERE = {"S1": ("ethanol", "CCO"), "S2": ("acetate", "CC(=O)[O-].[Na+]"), "S3": ("new", "CCCC")}
DATA = DataSpec(
    measure="auc", layout="by_pair", log=None, modalities=("expression",), context=(),
    drug=DrugFeatures(fingerprint=Choice("morgan", {"size": 64})),
)  # fmt: skip


def study_of(lines: list[str], drugs: dict[str, tuple[str, str]], **more: Any) -> Study:
    rng = np.random.default_rng(0)
    rna = pd.DataFrame(rng.normal(size=(len(lines), 3)), index=lines, columns=list("ABC"))
    response = pd.DataFrame(rng.normal(size=(len(lines), len(drugs))), lines, list(drugs))
    table = pd.DataFrame.from_dict(drugs, orient="index", columns=["name", "smiles"])
    return Study.from_frames(
        response, {"expression": rna}, drugs=table, **{"measure": "auc", "unit": "AUC", **more}
    )


@pytest.fixture
def own() -> Study:
    drugs = {d: (d, s) for d, s in SMILES.items()}
    lines = [f"ACH-{i}" for i in range(6)]
    ids = pd.DataFrame({"cosmic_id": [str(i + 100) for i in range(6)]}, index=lines)
    return study_of(lines, drugs, samples=ids, name="own")


@pytest.fixture
def other() -> Study:
    lines = [f"line {i}" for i in range(6)]
    ids = pd.DataFrame({"COSMIC_ID": [100.0, 101, 102, 103, 104, 999]}, index=lines)
    return study_of(lines, ELSEWHERE, samples=ids, name="other")


def fold(axis: dict[str, list[str]]) -> Fold:
    """Return a fold that holds out these ids, half as validation; the rest is training."""
    every = {"cell": [f"ACH-{i}" for i in range(6)], "drug": list(SMILES)}
    every["pair"] = [f"{c}\t{d}" for c in every["cell"] for d in every["drug"]]
    half = {a: len(ids) // 2 for a, ids in axis.items()}
    return Fold(
        Part({a: frozenset(every[a]) - set(ids) for a, ids in axis.items()}),
        Part({a: frozenset(ids[: half[a]]) for a, ids in axis.items()}),
        Part({a: frozenset(ids[half[a] :]) for a, ids in axis.items()}),
    )


def told(own: Study, other: Study, held: dict[str, list[str]], data: DataSpec = DATA) -> set[str]:
    screen = responses_of(data, own, other, fold(held))
    return {
        f"{c} {d}" for c, d in zip(screen.response["cell"], screen.response["drug"], strict=True)
    }


def test_lines_are_matched_by_ids_before_names() -> None:
    """One and the same line, one that only a name gives, one whose ids contradict each other."""
    mine = pd.DataFrame(
        {"name": ["HL-60", "K562", "A549", "MCF7"], "sanger_id": ["S1", "S2", "", "S4"],
         "cosmic_id": ["11", "12", "", "14"]}, index=["ACH-1", "ACH-2", "ACH-3", "ACH-4"],
    )  # fmt: skip
    theirs = pd.DataFrame(
        {"SANGER_MODEL_ID": ["S1", "", "S4", None], "cosmic": [None, 99, 12, 14.0]},
        index=["K-562 ", "a-549", "MCF-7", "14"],
    )
    a, b = (
        Study.from_frames(None, {"rna": pd.DataFrame({"A": 1.0}, index=t.index)}, samples=t)
        for t in (mine, theirs.set_axis(["K-562", "a-549", "MCF-7", "x14"]))
    )
    assert matched_lines(a, b) == {"K-562": "ACH-1", "a-549": "ACH-3", "x14": "ACH-4"}


def test_two_lines_never_become_one() -> None:
    mine = pd.DataFrame({"name": ["TT"]}, index=["ACH-1"])
    theirs = pd.DataFrame({"note": ["", ""]}, index=["T-T", "TT."])
    a, b = (
        Study.from_frames(None, {"rna": pd.DataFrame({"A": 1.0}, index=t.index)}, samples=t)
        for t in (mine, theirs)
    )
    assert matched_lines(a, b) == {}


def test_depmap_ids_are_found_in_a_column_and_in_the_index(own: Study) -> None:
    named = pd.DataFrame({"ModelID": ["ACH-3", "ACH-9"]}, index=["x", "y"])
    rna = {"rna": pd.DataFrame({"A": 1.0}, index=named.index)}
    other = Study.from_frames(None, rna, samples=named)
    assert matched_lines(own, other) == {"x": "ACH-3"}
    assert matched_lines(other, own) == {"ACH-3": "x"}


def test_drugs_are_one_by_structure_or_name(own: Study, other: Study) -> None:
    found = same_drugs(own.drugs, other.drugs)
    assert found.to_numpy().tolist() == [["Ethanol", "S1"], ["acid", "S2"]]
    mirror = pd.DataFrame({"smiles": ["C[C@H](N)O"], "synonyms": ["one;two"]}, index=["1"])
    plain = pd.DataFrame({"smiles": ["CC(N)O", "", "CCCCC"]}, index=["a", "TWO", "1"])
    assert same_drugs(mirror, plain)["other"].tolist() == ["TWO", "a"]  # 1 is no name


@pytest.mark.parametrize("known", ["all", "own"])
def test_nothing_of_held_out_lines(own: Study, other: Study, known: str) -> None:
    data = DataSpec(**{**vars(DATA), "held_out_in": known})
    left = told(own, other, {"cell": ["ACH-0", "ACH-3"]}, data)
    assert {pair.split()[0] for pair in left} == {"ACH-1", "ACH-2", "ACH-4"}


def test_nothing_of_held_out_drugs_under_any_name(own: Study, other: Study) -> None:
    left = told(own, other, {"drug": ["Ethanol", "acid"]})
    assert {pair.split()[1] for pair in left} == {"S3"}
    data = DataSpec(**{**vars(DATA), "held_out_in": "own"})
    assert {p.split()[1] for p in told(own, other, {"drug": ["Ethanol", "acid"]}, data)} == {
        "S1", "S2", "S3"
    }  # fmt: skip


def test_validation_is_told_once_it_is_learned_from(own: Study, other: Study) -> None:
    again = fold({"drug": ["Ethanol", "acid"]}).with_validation()  # acid is test
    screen = responses_of(DATA, own, other, again)
    assert screen.drugs == ["S1", "S3"]


def test_nothing_of_held_out_pairs(own: Study, other: Study) -> None:
    held = ["ACH-0\tEthanol", "ACH-1\tacid", "ACH-2\tphenol"]
    every = told(own, other, {"cell": []})
    assert told(own, other, {"pair": held}) == every - {"ACH-0 S1", "ACH-1 S2"}


def test_direction_measure_and_description(own: Study, other: Study) -> None:
    lines = [f"ACH-{i}" for i in range(6)]
    turned = study_of(lines, ELSEWHERE, measure="aac", higher="sensitive", name="turned")
    study = beside(own, [other, turned])
    sources = sources_of(DATA, study)
    plain, reverse = screens_of(DATA, study, fold({"cell": ["ACH-5"]}), sources)
    assert (plain.measure, reverse.measure) == ("auc", "aac")
    given = turned.response("aac").set_index(["cell", "drug"])["value"]
    got = reverse.response.set_index(["cell", "drug"])["value"]
    pd.testing.assert_series_equal(got, -given.loc[got.index])
    assert plain.drugs == ["S1", "S2", "S3"]
    ours = sources["drug"].select(["Ethanol", "acid"]).values
    np.testing.assert_array_equal(plain.sources["drug"].select(["S1", "S2"]).values, ours)


def test_mistakes_are_said_in_one_line(own: Study, other: Study) -> None:
    examples = everything_of(DATA, own)
    split: Fold = build("split", Choice("cell", {"folds": 2, "validation": 0.4}))(
        examples, own.cells, 0, own.drugs
    )
    strangers = study_of(["a", "b"], ELSEWHERE, name="strangers")
    with pytest.raises(MmdrpError, match="also=strangers: shares 0 lines of training with own"):
        responses_of(DATA, own, strangers, split)
    with pytest.raises(OptionError, match="name each study once"):
        beside(own, [other, other])
    with pytest.raises(OptionError, match="give a list of studies"):
        beside(own, "gdsc")
    with pytest.raises(OptionError, match="float is no study"):
        beside(own, [1.0])  # type: ignore[list-item]
    with pytest.raises(MmdrpError, match="also=nowhere: there is no such study folder"):
        further_of(DataSpec(**{**vars(DATA), "also": ("nowhere",)}), own)
    by_name = DataSpec(**{**vars(DATA), "drug": DrugFeatures(fingerprint=Choice("identity", {}))})
    with pytest.raises(OptionError, match="compared by structure"):
        screens_of(by_name, beside(own, [other]), fold({"cell": ["ACH-5"]}), {})
    nothing = Study.from_frames(None, {"e": pd.DataFrame({"A": 1.0}, index=["ACH-1"])}, name="no")
    with pytest.raises(MmdrpError, match="also=no: the study has no response"):
        responses_of(DATA, own, nothing, split)
