"""A study of data frames: what was given is held, replicates are counted, mistakes are named."""

import contextlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmdrp.data.study import Direction, Study
from mmdrp.errors import MmdrpError, OptionError

CELLS, DRUGS = ["A549", "HL-60", "Ца 1"], ["one", "two (GDSC:2)"]


def wide() -> pd.DataFrame:
    return pd.DataFrame([[1.0, 2.0], [np.nan, 4.0], [5.0, 6.5]], index=CELLS, columns=DRUGS)


def tidy(**names: str) -> pd.DataFrame:
    columns = {"cell": "cell", "drug": "drug", "value": "value"} | names
    long = wide().rename_axis("cell").reset_index().melt("cell", var_name="drug")
    return long.rename(columns=columns)


def rna() -> pd.DataFrame:
    return pd.DataFrame(
        {"TP53": [0.5, np.nan, 1], "EGFR": [1, 2, 3]}, index=[CELLS[2], CELLS[0], "XX"]
    )


def values(study: Study, measure: str = "ic50") -> dict[tuple[str, str], float]:
    frame = study.response(measure)
    return {(c, d): v for c, d, v in frame.itertuples(index=False)}


@pytest.mark.parametrize(
    "response",
    [wide(), tidy(), tidy(cell="sample", value="y"), tidy(cell="line"), {"ic50": wide()},
     tidy().assign(measure="ic50"), tidy().assign(batch="x", replicates=2)],
)  # fmt: skip
def test_forms_of_a_response_give_one_study(response: Any) -> None:
    study = Study.from_frames(response, {"rna": rna()}, unit="ln uM")
    assert values(study) == {
        (CELLS[0], "one"): 1.0, (CELLS[2], "one"): 5.0, (CELLS[0], "two (GDSC:2)"): 2.0,
        (CELLS[1], "two (GDSC:2)"): 4.0, (CELLS[2], "two (GDSC:2)"): 6.5,
    }  # fmt: skip
    assert study.measures == ["ic50"]
    assert study.unit("ic50") == "ln uM"
    assert study.higher("ic50") is Direction.RESISTANT
    assert study.cells.index.tolist() == sorted([*CELLS, "XX"])
    assert study.drugs.index.tolist() == DRUGS
    assert study.root is None
    table = study.modality("rna")
    assert list(table.ids) == [CELLS[2], CELLS[0], "XX"]
    assert list(table.features) == ["TP53", "EGFR"]
    np.testing.assert_array_equal(table.values, rna().to_numpy(np.float32))
    assert study.manifest.tables["rna"].missing
    assert study.manifest.notes == []
    study.validate()


def test_measures_have_units_and_directions_of_their_own() -> None:
    response = {"ic50": wide(), "aac": wide() * 2}
    study = Study.from_frames(
        response, {"rna": rna()}, unit={"ic50": "ln uM"}, higher={"aac": "sensitive"}
    )
    assert [study.unit(m) for m in study.measures] == ["", "ln uM"]
    assert [study.higher(m) for m in study.measures] == ["sensitive", "resistant"]
    assert values(study, "aac")[CELLS[2], "one"] == 10
    both = pd.concat([tidy().assign(measure=m) for m in ("a", "b")])
    assert Study.from_frames(both, {"rna": rna()}).measures == ["a", "b"]
    with pytest.raises(OptionError, match="unit: the response has no measure 'auc', but ic50"):
        Study.from_frames(wide(), {"rna": rna()}, unit={"auc": "x"})
    with pytest.raises(OptionError, match="higher='up': choose resistant or sensitive"):
        Study.from_frames(wide(), {"rna": rna()}, higher="up")


def test_replicates_are_averaged_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    response = pd.concat([tidy(), tidy().assign(value=lambda f: f["value"] + 1)])
    twice = pd.concat([rna(), rna().iloc[:1] + 2])
    with caplog.at_level(logging.INFO):
        study = Study.from_frames(response, {"rna": twice})
    assert values(study)[CELLS[0], "one"] == 1.5
    assert len(study.response("ic50")) == 5
    assert study.modality("rna").values[0].tolist() == [1.5, 2.0]
    assert np.isnan(study.modality("rna").values[1, 0])
    expected = ["rna: 1 replicate rows were averaged", "response ic50: 5 replicate values were"]
    for words in expected:
        assert any(words in note for note in study.manifest.notes)
        assert words in caplog.text


def test_a_gap_beside_a_replicate_does_not_count() -> None:
    frame = pd.DataFrame({"g": [1.0, np.nan, 3.0], "h": [np.nan] * 3}, index=["a", "a", "b"])
    table = Study.from_frames(None, {"rna": frame}).modality("rna")
    np.testing.assert_array_equal(table.values, np.array([[1, np.nan], [3, np.nan]], "f4"))


def test_samples_without_any_value_lack_the_modality() -> None:
    frame = pd.DataFrame({"g": [1.0, np.nan]}, index=CELLS[:2])
    study = Study.from_frames(wide(), {"rna": frame})
    assert list(study.modality("rna").ids) == CELLS[:1]
    assert study.manifest.notes == ["rna: 1 samples without any value are left out"]


def test_annotation_is_kept_and_its_order_with_it(tmp_path: Path) -> None:
    samples = pd.DataFrame(
        {"tissue": ["lung", None, "skin", "x", "y"], "age": [1, 2, 3, 4, 5]},
        index=["XX", *CELLS, "unused"],
    )
    drugs = pd.DataFrame(
        {"smiles": ["C", "", "CC"], "target": ["A;B", np.nan, "C"]}, index=[*DRUGS, "new"]
    )
    study = Study.from_frames(wide(), {"rna": rna()}, samples=samples, drugs=drugs, name="mine")
    assert study.cells.index.tolist() == ["XX", *CELLS, "unused"]
    assert study.cells["age"].tolist() == [1, 2, 3, 4, 5]
    assert study.drugs["smiles"].tolist() == ["C", "", "CC"]
    assert study.drugs["target"].tolist() == ["A;B", "", "C"]
    study.drugs["smiles"] = "changed"
    assert drugs["smiles"].tolist() == ["C", "", "CC"]
    written = study.write(tmp_path / "mine")
    assert written.name == "mine"
    assert written.cells["age"].tolist() == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("kind", [dict, pd.Series])
def test_structures_may_be_a_mapping(kind: Callable[[dict[str, str]], Any]) -> None:
    drugs = kind({"one": "C", DRUGS[1]: "N"})
    study = Study.from_frames(wide(), {"rna": rna()}, drugs=drugs)
    assert study.drugs["smiles"].to_dict() == {"one": "C", DRUGS[1]: "N"}


def test_numbers_may_be_ids_and_features() -> None:
    response = pd.DataFrame({7: [1.0, 2.0]}, index=[905933, 11])
    genes = pd.DataFrame({1017: [1, 0]}, index=[905933.0, 11.0])
    study = Study.from_frames(response, {"mutation": genes.astype(bool)})
    assert values(study) == {("905933", "7"): 1.0, ("11", "7"): 2.0}
    assert study.modality("mutation").frame().to_dict() == {"1017": {"905933": 1.0, "11": 0.0}}


@pytest.mark.parametrize("dtype", ["Int64", "Float32", "boolean", "int8", "float64", "object"])
def test_any_number_will_do(dtype: str) -> None:
    frame = pd.DataFrame({"a": [1, 0], "b": [0, 1]}, index=CELLS[:2]).astype(
        pd.Series(dtype=dtype).dtype
    )
    study = Study.from_frames(wide(), {"x": frame})
    assert study.modality("x").values.tolist() == [[1, 0], [0, 1]]


def bad(frame: pd.DataFrame, row: int, column: int, value: Any) -> pd.DataFrame:
    out = frame.astype(object)
    out.iloc[row, column] = value
    return out


LEVELS = pd.MultiIndex.from_product([[1], [1, 2, 3]])
MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "text feature": ({"modalities": {"rna": bad(rna(), 1, 0, "high")}},
                     r"rna: column 'TP53', row 2 \(A549\): 'high' is not a number"),
    "infinite feature": ({"modalities": {"rna": bad(rna(), 2, 1, -np.inf)}},
                         r"rna: column 'EGFR', row 3 \(XX\): infinite"),
    "too large": ({"modalities": {"rna": bad(rna(), 2, 1, 1e300)}}, r"row 3 \(XX\): infinite"),
    "complex": ({"modalities": {"rna": rna().astype(complex)}},
                r"'TP53', row 1 .*\(0.5\+0j\) is not a number"),
    "feature twice": ({"modalities": {"rna": rna().set_axis(["A", "A"], axis=1)}},
                      r"rna: feature 'A' stands there twice \(1 and 2\)"),
    "empty id": ({"modalities": {"rna": rna().set_axis(["a", " ", "c"])}},
                 "rna: index, row 2: empty id"),
    "no id": ({"modalities": {"rna": rna().set_axis(["a", None, "c"])}}, "row 2: empty id"),
    "odd id": ({"modalities": {"rna": rna().set_axis([1.5, 2, 3])}}, "1.5 is no id"),
    "levels": ({"modalities": {"rna": rna().set_axis(LEVELS)}},
               "index has 2 levels"),
    "no columns": ({"modalities": {"rna": rna()[[]]}}, "rna: has no feature columns"),
    "no rows": ({"modalities": {"rna": rna().head(0)}}, "rna: has no rows"),
    "no value": ({"modalities": {"rna": rna() * np.nan}}, "rna: has no value"),
    "list": ({"modalities": {"rna": [[1]]}}, "rna: expected a data frame or AnnData, not list"),
    "frame alone": ({"modalities": rna()}, "expected name -> frame, or MuData, not DataFrame"),
    "nothing": ({"modalities": {}, "response": None}, "there are none"),
    "reserved": ({"modalities": {"cells": rna()}}, "'cells' is what another table"),
    "path": ({"modalities": {"../x": rna()}}, r"'\.\./x': a name is letters"),
    "other ids": ({"modalities": {"rna": rna().set_axis(["a", "b", "c"])}},
                  "no sample in common .such as 'A549' and 'a'"),
    "text response": ({"response": bad(wide(), 0, 1, "n/a")},
                      r"response ic50: column 'two \(GDSC:2\)', row 1 \(A549\): 'n/a' is not"),
    "infinite response": ({"response": bad(tidy(), 3, 2, np.inf)},
                          r"ic50: column 'value', row 4 \(A549/two \(GDSC:2\)\): infinite"),
    "tidy without values": ({"response": tidy()[["cell", "drug"]]}, "it has no column 'value'"),
    "tidy, no drug": ({"response": tidy(drug="cpd")}, "it has no column 'drug'"),
    "two samples": ({"response": tidy().assign(sample="x")}, "'cell' and 'sample' both mean cell"),
    "empty cell": ({"response": bad(tidy(), 1, 0, "")}, "column 'cell', row 2: empty id"),
    "drug twice": ({"response": wide().set_axis(["d", "d"], axis=1)}, "drug 'd' stands there twi"),
    "unmeasured": ({"response": wide() * np.nan}, "holds no value"),
    "empty": ({"response": wide().head(0)}, "holds no value"),
    "no measure": ({"response": {}}, "holds no measure"),
    "series": ({"response": wide()["one"]}, "expected a data frame, or measure -> data frame"),
    "list of responses": ({"response": {"ic50": [1]}}, "response ic50: expected a data frame"),
    "unlisted sample": ({"samples": pd.DataFrame({"tissue": "x"}, index=["A549"])},
                        "response: sample 'HL-60' is not in samples"),
    "unlisted drug": ({"drugs": {"one": "C"}}, r"drug 'two \(GDSC:2\)' is not in drugs"),
    "sample twice": ({"samples": pd.DataFrame({"tissue": "x"}, index=["A549", "A549"])},
                     "samples: id 'A549' stands there twice"),
    "column cell": ({"samples": pd.DataFrame({"cell": CELLS})}, "give it as the index"),
    "samples list": ({"samples": CELLS}, "samples: expected a data frame"),
    "number as SMILES": ({"drugs": {"one": 3, DRUGS[1]: "C"}},
                         r"drugs: column 'smiles', row 1 \(one\): 3 is not a text"),
    "name": ({"name": ""}, "name='': give a printable text"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_in_one_line(mistake: str) -> None:
    changed, expected = MISTAKES[mistake]
    given_: dict[str, Any] = {"response": wide(), "modalities": {"rna": rna()}} | changed
    with pytest.raises(MmdrpError, match=expected) as caught:
        Study.from_frames(given_.pop("response"), given_.pop("modalities"), **given_)
    assert "\n" not in str(caught.value)


SCALAR = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3),
    st.sampled_from([pd.NaT, pd.NA, np.inf, complex(1), b"x", (), pd.Timestamp(0)]),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(SCALAR, st.sampled_from(["rna", "response", "index", "columns", "smiles"]))
def test_any_value_anywhere_is_read_or_named(value: Any, where: str) -> None:
    frame, response, drugs = rna(), wide(), pd.DataFrame({"smiles": ["C", "N"]}, index=DRUGS)
    if where == "rna":
        frame = bad(frame, 0, 0, value)
    elif where == "response":
        response = bad(response, 0, 0, value)
    elif where == "index":
        frame.index = pd.Index([value, CELLS[0], CELLS[1]], dtype=object)
    elif where == "columns":
        frame.columns = pd.Index([value, "y"], dtype=object)
    else:
        drugs = bad(drugs, 0, 0, value)
    with contextlib.suppress(MmdrpError), one_line():
        Study.from_frames(response, {"rna": frame}, drugs=drugs).validate()


@contextlib.contextmanager
def one_line() -> Iterator[None]:
    """Let an error of one line pass, and fail at one of several."""
    try:
        yield
    except MmdrpError as error:
        if len(str(error).splitlines()) != 1:
            pytest.fail(f"not one line: {error}")
        raise


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_a_folder_holds_what_memory_held(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    cells = [f"L{i}" for i in range(6)]
    frame = pd.DataFrame(rng.normal(size=(4, 3)), index=cells[:4], columns=list("abc"))
    frame = frame.mask(rng.random(frame.shape) < 0.3).dropna(how="all")
    response = pd.DataFrame(rng.normal(size=(6, 2)), index=cells, columns=list("xy"))
    samples = pd.DataFrame({"tissue": rng.choice(["a", "b"], 6)}, index=cells)
    study = Study.from_frames(
        response, {"rna": frame}, samples=samples, unit="u", higher="sensitive", measure="dss"
    )
    read = study.write(tmp_path_factory.mktemp("study") / "s")
    assert read.validate() == study.validate()
    assert read.root is not None
    pd.testing.assert_frame_equal(read.cells, study.cells, check_dtype=False)
    pd.testing.assert_frame_equal(read.response("dss"), study.response("dss"), check_dtype=False)
    assert read.modality("rna").values.tobytes() == study.modality("rna").values.tobytes()
    assert (read.unit("dss"), read.higher("dss")) == ("u", "sensitive")
    shapes = [(e.rows, e.columns, e.missing) for e in study.manifest.tables.values()]
    assert shapes == [(e.rows, e.columns, e.missing) for e in read.manifest.tables.values()]


def test_a_study_says_what_it_is(study: Study, tmp_path: Path) -> None:
    mine = Study.from_frames(wide(), {"rna": rna()})
    assert repr(mine) == (
        "<Study frames (in memory): 4 lines, 2 drugs; modalities: rna; measures: ic50>"
    )
    assert f"synthetic (in {study.folder}): 160 lines, 32 drugs; modalities: expr" in repr(study)
    with pytest.raises(MmdrpError, match="'frames' is in memory; write it first"):
        _ = mine.folder
    again = study.write(tmp_path / "copy")
    assert again.validate() == study.validate()
    assert again.manifest.options == study.manifest.options


def test_a_study_may_have_no_response() -> None:
    study = Study.from_frames(None, {"rna": rna()})
    assert study.measures == []
    assert len(study.drugs) == 0
    with pytest.raises(MmdrpError, match="no response 'ic50'; it has: none"):
        study.response("ic50")
    study.validate()
