"""Responses and mutations of the same samples, from frames and from tables on disk."""

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import sparse

from mmdrp.data import tables
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.tumours import Cohort, Mutations
from mmdrp.tumours.cohort_files import measured
from mmdrp.tumours.mutations import read_mutations


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four tumours, three of them with expression; five have predictions."""
    pd.DataFrame({"cell": list("abcd"), "TP53": [1, 0, 2, 0], "KRAS": [0, None, 1, 0]}).to_csv(
        tmp_path / "mutation.csv", index=False
    )
    pd.DataFrame({"cell": list("dca"), "EGFR": [1.0, 2, 3]}).to_parquet(
        tmp_path / "expression.parquet"
    )
    pd.DataFrame({"cell": list("ab"), "CCND1": [1.0, 2]}).to_csv(tmp_path / "cnv.csv", index=False)
    pd.DataFrame({"cell": list("abcd"), "tissue": ["LGG", None, "", "LUAD"], "sex": "f"}).to_csv(
        tmp_path / "cells.csv", index=False
    )
    rows = [(c, d, i + 10.0 * j) for i, c in enumerate("edcba") for j, d in enumerate(["X", "Y"])]
    frame = pd.DataFrame(rows, columns=["cell", "drug", "pred"])
    frame[frame["cell"] + frame["drug"] != "cY"].to_parquet(tmp_path / "predictions.parquet")
    return tmp_path


def test_a_cohort_is_aligned_by_id(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        cohort = Cohort.read(folder, folder, require=[])
    assert "4 of 5 samples are compared; the others lack mutation" in caplog.text
    assert "2 of 4 samples have no cancer type" in caplog.text
    assert cohort.samples == list("abcd")
    assert cohort.drugs == ["X", "Y"]
    assert cohort.response["X"].tolist() == [4, 3, 2, 1]
    assert cohort.response["Y"].isna().tolist() == [False, False, True, False]
    assert cohort.cancer_type.tolist() == ["LGG", "", "", "LUAD"]
    assert cohort.mutations.mutated.toarray().tolist() == [[1, 0, 1, 0], [0, 0, 1, 0]]
    assert cohort.mutations.unknown.toarray().tolist() == [[0, 0, 0, 0], [0, 1, 0, 0]]
    assert cohort.mutations.status("KRAS") == pytest.approx([0, np.nan, 1, 0], nan_ok=True)
    assert cohort.expression is not None
    assert cohort.expression["EGFR"].tolist() == pytest.approx([3, np.nan, 2, 1], nan_ok=True)


def test_samples_without_a_required_table_are_left_out(folder: Path) -> None:
    cohort = Cohort.read(folder, folder)
    assert cohort.samples == list("acd")
    assert cohort.mutations.mutated.toarray()[0].tolist() == [1, 1, 0]
    assert Cohort.read(folder, folder, require=["cnv"]).samples == ["a", "b"]
    with pytest.raises(MmdrpError, match="no table 'rppa'"):
        Cohort.read(folder, folder, require=["rppa"])
    with pytest.raises(MmdrpError, match="there is no such folder"):
        Cohort.read(folder, folder / "nowhere")


def test_another_column_holds_the_types(folder: Path) -> None:
    assert set(Cohort.read(folder, folder, type_column="sex").cancer_type) == {"f"}
    with pytest.raises(MmdrpError, match="no column 'stage'"):
        Cohort.read(folder, folder, type_column="stage")


def test_choosing_drugs_takes_their_columns(folder: Path) -> None:
    cohort = Cohort.read(folder, folder, drugs=["y"])
    assert cohort.drugs == ["Y"]
    assert cohort.response["Y"].iloc[0] == 14
    assert cohort.of_drug("y").tolist() == pytest.approx([14, np.nan, 11], nan_ok=True)


def test_what_a_study_measured_can_take_the_place_of_predictions(study: Study) -> None:
    assert study.root is not None
    responses = measured(study.root, "ic50")
    long = study.response("ic50").set_index(["cell", "drug"])["value"]
    i, j = np.argwhere(np.isfinite(responses.values))[7]
    assert responses.values[i, j] == long[responses.samples[i], responses.drugs[j]]
    assert np.isfinite(responses.values).sum() == len(long)
    cohort = Cohort.read(None, study.root, measure="ic50", unit="nM")
    assert (cohort.unit, cohort.higher) == ("nM", "resistant")
    assert Cohort.read(None, study.root, measure="ic50").unit == study.unit("ic50")
    with pytest.raises(ValueError, match="predictions, measure"):
        Cohort.read(study.root, study.root, measure="ic50")


def test_unit_and_direction_are_what_the_file_says(folder: Path) -> None:
    path = folder / "predictions.parquet"
    table = pq.read_table(path)
    said = {**table.schema.metadata, b"mmdrp.unit": b"AAC", b"mmdrp.higher": b"sensitive"}
    pq.write_table(table.replace_schema_metadata(said), path)
    cohort = Cohort.read(folder, folder)
    assert (cohort.unit, cohort.higher) == ("AAC", "sensitive")
    cohort = Cohort.read(folder, folder, unit="AUC", higher="resistant")
    assert (cohort.unit, cohort.higher) == ("AUC", "resistant")
    frame = pa.Table.to_pandas(table)
    columns = frame.assign(unit="log10 M", higher="resistant")
    mutations = pd.DataFrame({"A": [0, 1]}, index=["a", "b"])
    assert Cohort(columns, mutations).unit == "log10 M"
    with pytest.raises(ValueError, match="pred: column 'unit' says 'a' and 'b'"):
        Cohort(frame.assign(unit=["a", "b"] * 4 + ["a"]), mutations)
    with pytest.raises(ValueError, match="higher=up"):
        Cohort(frame.assign(higher="up"), mutations)


def test_tidy_wide_and_sparse_give_the_same_cohort() -> None:
    rng = np.random.default_rng(0)
    wide = pd.DataFrame(rng.normal(size=(6, 3)), index=list("fedcba"), columns=["Z", "Y", "X"])
    tidy = wide.rename_axis("cell").reset_index().melt("cell", var_name="drug", value_name="pred")
    mutated = (rng.random((6, 4)) < 0.4).astype(float)
    mutated[2, 1] = np.nan
    frame = pd.DataFrame(mutated, index=list("bcdefg"), columns=list("ABCD"))
    gaps = np.isnan(mutated)
    matrix = Mutations(
        list("bcdefg"), list("ABCD"), sparse.csr_array(np.where(gaps, 0, mutated).T),
        sparse.csr_array(gaps.T.astype(float)),
    )  # fmt: skip
    cohorts = [Cohort(wide, frame), Cohort(tidy.sample(frac=1), frame), Cohort(wide, matrix)]
    for cohort in cohorts:
        assert cohort.samples == list("bcdef")
        pd.testing.assert_frame_equal(cohort.response, cohorts[0].response)
        assert np.isnan(cohort.mutations.status("B")[2])
        assert cohort.mutations.burden().tolist() == cohorts[0].mutations.burden().tolist()


PRED = pd.DataFrame({"X": [1.0, 2.0]}, index=["a", "b"])
MUTATIONS = pd.DataFrame({"A": [0, 1]}, index=["a", "b"])
TWICE = pd.Series(["x", "y"], index=["a", "a"])
WRONG: dict[str, Callable[[], Cohort]] = {
    "higher=up: expected resistant or sensitive": lambda: Cohort(PRED, MUTATIONS, higher="up"),  # type: ignore[arg-type]
    "unit=3: expected text": lambda: Cohort(PRED, MUTATIONS, unit=3),  # type: ignore[arg-type]
    "drugs: there is no drug 'Z'": lambda: Cohort(PRED, MUTATIONS, drugs=["Z"]),
    "pred: column 'X' holds text": lambda: Cohort(PRED.astype(str), MUTATIONS),
    "pred: the sample 'a' stands there twice": lambda: Cohort(PRED.set_axis(["a"] * 2), MUTATIONS),
    "pred and mutation have no sample in common": lambda: Cohort(PRED, MUTATIONS.set_axis([1, 2])),
    "mutations: column 'A' holds text": lambda: Cohort(PRED, MUTATIONS.replace(0, "no")),
    "mutations: has no gene columns": lambda: Cohort(PRED, MUTATIONS[[]]),
    "mutations: the sample 'a'": lambda: Cohort(PRED, MUTATIONS.set_axis(["a", "a"])),
    "cancer_type: the sample 'a'": lambda: Cohort(PRED, MUTATIONS, cancer_type=TWICE),
    "annotation: the sample 'a'": lambda: Cohort(PRED, MUTATIONS, annotation=TWICE.to_frame()),
    "expression: the sample 'a'": lambda: Cohort(PRED, MUTATIONS, expression=TWICE.to_frame()),
    "drug=X: stands for several": lambda: _two_screens().of_drug("X"),  # type: ignore[dict-item, return-value]
    "mutations: mutated is 1 x 2, expected 2 genes": lambda: Cohort(
        PRED, Mutations(["a", "b"], ["A", "B"], sparse.csr_array((1, 2)), sparse.csr_array((2, 2)))
    ),
}


def _two_screens() -> Cohort:
    pred = pd.DataFrame(1.0, index=["a", "b"], columns=["X (GDSC:1)", "X (GDSC:2)"])
    return Cohort(pred, MUTATIONS)


@pytest.mark.parametrize("message", WRONG)
def test_a_value_error_names_the_argument(message: str) -> None:
    with pytest.raises(ValueError, match="^" + message) as caught:
        WRONG[message]()
    assert "\n" not in str(caught.value)


Change = Callable[[pd.DataFrame], pd.DataFrame]
BAD: dict[str, tuple[Change, str]] = {
    "twice": (lambda f: pd.concat([f, f.iloc[[2]]]), "row 10 .*twice"),
    "empty": (lambda f: f.assign(drug=f["drug"].where(f.index > 0)), "column 'drug', row 1: empty"),
    "text": (lambda f: f.assign(pred="x"), "'pred' holds text"),
    "infinite": (lambda f: f.assign(pred=np.inf), "infinite"),
    "no column": (lambda f: f.rename(columns={"pred": "y"}), "no column 'pred'"),
    "no rows": (lambda f: f.iloc[:0], "has no rows"),
    "others": (lambda f: f.assign(cell="z" + f["cell"]), "no sample in common"),
}


@pytest.mark.parametrize("damage", BAD)
def test_bad_predictions_are_named(damage: str, folder: Path) -> None:
    change, said = BAD[damage]
    path = folder / "predictions.parquet"
    change(pd.read_parquet(path)).to_parquet(path, index=False)
    with pytest.raises(MmdrpError, match=said) as caught:
        Cohort.read(path, folder)
    assert "predictions.parquet" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bad_mutation_tables_are_named(tmp_path: Path) -> None:
    path = tmp_path / "mutation.csv"
    path.write_text("cell,A\nx,1\ny,yes\n")
    with pytest.raises(MmdrpError, match="column 'A', row 2: 'yes' is not a number"):
        read_mutations(path)
    path.write_text("cell\nx\n")
    with pytest.raises(MmdrpError, match="no gene columns"):
        read_mutations(path)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".feather"])
def test_single_columns_are_read_from_any_table(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"t{suffix}"
    frame = pd.DataFrame({"cell": ["a", "b"], "A": [1, 2], "B": [0.5, np.nan]})
    if suffix == ".csv":
        frame.to_csv(path, index=False)
    elif suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_feather(path)
    read = tables.read_columns(path, "cell", ["B", "Z"])
    assert list(read.columns) == ["B"]
    assert read["B"].tolist() == pytest.approx([0.5, np.nan], nan_ok=True)
    with pytest.raises(MmdrpError, match="no column 'line'"):
        tables.read_columns(path, "line")
    path.write_bytes(b"broken")
    with pytest.raises(MmdrpError, match="t"):
        tables.read_columns(path, "cell")
