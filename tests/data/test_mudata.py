"""Studies from and to AnnData and MuData: nothing is lost on the way there and back."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError

anndata: Any = pytest.importorskip("anndata", reason="needs the extra anndata")
mudata: Any = pytest.importorskip("mudata", reason="needs the extra anndata")
# mudata 0.3.10 under pandas 3.1: its own call, gone in its next release.
pytestmark = pytest.mark.filterwarnings(
    "ignore:The inplace keyword in DataFrame.drop:Warning:mudata"
)


def same(one: Study, other: Study) -> None:
    assert one.validate() == other.validate()
    assert one.manifest.notes == other.manifest.notes
    assert one.manifest.options == other.manifest.options
    assert one.modalities == other.modalities
    for mine, theirs in ((one.cells, other.cells), (one.drugs, other.drugs)):
        pd.testing.assert_frame_equal(mine, theirs, check_dtype=False, check_column_type=False)
    assert [(m, one.unit(m), one.higher(m)) for m in one.measures] == [
        (m, other.unit(m), other.higher(m)) for m in other.measures
    ]
    for measure in one.measures:
        pd.testing.assert_frame_equal(
            one.response(measure), other.response(measure), check_dtype=False, check_exact=True
        )
    for name in one.modalities:
        a, b = one.modality(name), other.modality(name)
        assert (list(a.ids), list(a.features)) == (list(b.ids), list(b.features))
        assert a.values.tobytes() == b.values.tobytes()
        x, y = one.manifest.tables[name], other.manifest.tables[name]
        assert (x.unit, x.source, x.licence, x.missing) == (y.unit, y.source, y.licence, y.missing)


def small(seed: int = 0) -> Study:
    rng = np.random.default_rng(seed)
    cells = [f"Ц{i}" for i in range(6)]
    rna = pd.DataFrame(rng.normal(size=(4, 3)), index=cells[1:5], columns=["A", "B", "C"])
    rna = rna.mask(rng.random(rna.shape) < 0.2)
    mutation = pd.DataFrame(rng.integers(0, 2, (5, 2)), index=cells[:5], columns=["A", "Z"])
    response = pd.DataFrame(rng.normal(size=(6, 2)), index=cells, columns=["d1", "d2"])
    samples = pd.DataFrame(
        {"tissue": ["lung", None, "", "x", "y", "y"], "age": rng.integers(1, 9, 6)}, index=cells
    )
    return Study.from_frames(
        {"ic50": response.mask(rng.random(response.shape) < 0.3), "aac": response},
        {"rna": rna.dropna(how="all"), "mutation": mutation}, samples=samples,
        drugs=pd.DataFrame({"smiles": ["C", ""], "ph": [1.0, None]}, index=["d2", "d1"]),
        unit={"ic50": "ln uM"}, higher={"aac": "sensitive"}, name="mine",
    )  # fmt: skip


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_there_and_back(seed: int) -> None:
    study = small(seed)
    same(study, Study.from_mudata(study.to_mudata()))


def test_a_study_of_a_folder_and_a_file_of_it(study: Study, tmp_path: Path) -> None:
    made = study.to_mudata()
    same(study, Study.from_mudata(made))
    with mudata.set_options(pull_on_update=False):
        for name in ("one.h5mu", "two.h5mu"):
            made.write(tmp_path / name)
            same(study, Study.from_mudata(mudata.read(tmp_path / name)))
    written = Study.from_mudata(made).write(tmp_path / "again")
    same(study, written)


def test_what_a_mudata_holds() -> None:
    study = small()
    made = study.to_mudata()
    assert list(made.mod) == ["rna", "mutation"]
    assert made["mutation"].obs_names.tolist() == [f"Ц{i}" for i in range(5)]
    assert made["mutation"].var_names.tolist() == ["A", "Z"]
    assert made["mutation"].obs["tissue"].tolist()[0] == "lung"
    held = made.uns["mmdrp"]
    assert list(held["response"]) == ["measure", "cell", "drug", "value"]
    assert held["measures"].loc["ic50"].to_dict() == {"unit": "ln uM", "higher": "resistant"}
    assert held["measures"].loc["aac", "higher"] == "sensitive"
    assert held["drugs"].index.tolist() == ["d2", "d1"]
    made["mutation"].X[0, 0] = 7
    assert 7 not in study.modality("mutation").values


def test_a_study_without_responses() -> None:
    rna = pd.DataFrame({"A": [1.0, 2]}, index=["x", "y"])
    study = Study.from_frames(None, {"rna": rna})
    same(study, Study.from_mudata(study.to_mudata()))
    with pytest.raises(MmdrpError, match="has no modality, which MuData needs"):
        Study.from_frames(pd.DataFrame({"d": [1.0]}, index=["x"]), {}).to_mudata()


@pytest.mark.parametrize("kind", [np.asarray, scipy.sparse.csr_matrix, scipy.sparse.csc_array])
def test_frames_may_be_anndata_or_mudata(kind: Any) -> None:
    values = np.array([[0, 1.5], [2, 0], [0, 3]], dtype=np.float32)
    obs, var = pd.DataFrame(index=["x", "y", "y"]), pd.DataFrame(index=["A", "B"])
    obs.index = obs.index.astype(object)
    with pytest.warns(UserWarning, match="not unique"):
        adata = anndata.AnnData(kind(values), obs=obs, var=var)
    response = pd.DataFrame({"d": [1.0, 2]}, index=["x", "y"])
    study = Study.from_frames(response, {"rna": adata})
    assert study.modality("rna").frame().to_dict() == {
        "A": {"x": 0.0, "y": 1.0}, "B": {"x": 1.5, "y": 1.5}
    }  # fmt: skip
    assert study.manifest.notes == ["rna: 1 replicate rows were averaged"]
    with mudata.set_options(pull_on_update=False):
        made = mudata.MuData({"rna": adata[:2].copy()})
    assert Study.from_frames(response, made).modality("rna").values.tolist() == [[0, 1.5], [2, 0]]
    with pytest.raises(MmdrpError, match=r"\.uns\['mmdrp'\] does not hold a study; for MuData of"):
        Study.from_mudata(made)


def test_anndata_without_values_is_refused() -> None:
    empty = anndata.AnnData(obs=pd.DataFrame(index=["x"]), var=pd.DataFrame(index=["A"]))
    with pytest.raises(MmdrpError, match="rna: AnnData without X"):
        Study.from_frames(None, {"rna": empty})
    with pytest.raises(MmdrpError, match="expected MuData, not AnnData"):
        Study.from_mudata(empty)


def damage(key: str, value: Any) -> Any:
    made = small().to_mudata()
    made.uns["mmdrp"][key] = value
    return made


PAIR = {"measure": ["ic50"], "cell": ["Ц0"], "drug": ["d1"], "value": [1.0]}
BAD: list[tuple[str, Any, str]] = [
    ("cells", {}, r"\['cells'\]: expected a data frame, not dict"),
    ("cells", pd.DataFrame({"t": [1]}, index=["Ц0"]), "is not in the cells table"),
    ("cells", pd.DataFrame({"t": [1, 2]}, index=["x", "x"]), "cells: id 'x' stands there twice"),
    ("response", pd.DataFrame({"cell": [1]}), r"\['response'\]: has no column 'measure'"),
    ("response", pd.DataFrame(PAIR | {"value": ["x"]}), "is not a finite number"),
    ("response", pd.DataFrame(PAIR | {"measure": ["ec"]}), "measure 'ec' is not in"),
    ("measures", pd.DataFrame({"unit": [""], "higher": ["up"]}, index=["ic50"]),
     "ic50.higher='up': choose resistant or sensitive"),
    ("options", "{", r"\.uns\['mmdrp'\]: "), ("options", json.dumps([1]), "expected an object"),
    ("name", 3, "name: expected text"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value", "words"), BAD)
def test_what_was_damaged_is_refused(key: str, value: Any, words: str) -> None:
    with pytest.raises(MmdrpError, match=words) as caught:
        Study.from_mudata(damage(key, value))
    assert "\n" not in str(caught.value)


def test_without_the_extra_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from mmdrp.data.study import multimodal

    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(multimodal, "import_module", missing)
    with pytest.raises(MmdrpError, match=r"pip install 'mmdrp\[anndata\]'"):
        small().to_mudata()
