"""Responses and mutations of the same tumours, read from tables."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmdrp.data import tables
from mmdrp.data.cohort import measured, named, predicted, read_cohort
from mmdrp.data.mutations import read_mutations
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four tumours, three of them with expression; five have predictions."""
    pd.DataFrame({"cell": list("abcd"), "TP53": [1, 0, 2, 0], "KRAS": [0, None, 1, 0]}).to_csv(
        tmp_path / "mutation.csv", index=False
    )
    pd.DataFrame({"cell": list("dca"), "EGFR": [1.0, 2, 3]}).to_parquet(
        tmp_path / "expression.parquet"
    )
    pd.DataFrame({"cell": list("abcd"), "tissue": ["LGG", None, "", "LUAD"], "sex": "f"}).to_csv(
        tmp_path / "cells.csv", index=False
    )
    rows = [(c, d, i + 10.0 * j) for i, c in enumerate("edcba") for j, d in enumerate(["X", "Y"])]
    frame = pd.DataFrame(rows, columns=["cell", "drug", "pred"])
    frame[frame["cell"] + frame["drug"] != "cY"].to_parquet(tmp_path / "predictions.parquet")
    return tmp_path


def test_a_cohort_is_aligned_by_id(folder: Path) -> None:
    cohort = read_cohort(predicted(folder), folder)
    assert list(cohort.cells) == list("abcd")
    assert list(cohort.drugs) == ["X", "Y"]
    assert cohort.response[:, 0].tolist() == [4, 3, 2, 1]
    assert np.isnan(cohort.response[2, 1])
    assert cohort.kind.tolist() == ["LGG", "", "", "LUAD"]
    assert cohort.mutations.mutated.toarray().tolist() == [[1, 0, 1, 0], [0, 0, 1, 0]]
    assert cohort.mutations.unknown.toarray().tolist() == [[0, 0, 0, 0], [0, 1, 0, 0]]


def test_tumours_without_a_required_table_are_left_out(folder: Path) -> None:
    cohort = read_cohort(predicted(folder), folder, ["mutation", "expression"])
    assert list(cohort.cells) == list("acd")
    assert cohort.mutations.mutated.toarray()[0].tolist() == [1, 1, 0]
    with pytest.raises(MmdrpError, match="no table 'cnv'"):
        read_cohort(predicted(folder), folder, ["cnv"])


def test_another_column_holds_the_types(folder: Path) -> None:
    assert set(read_cohort(predicted(folder), folder, (), "sex").kind) == {"f"}
    with pytest.raises(MmdrpError, match="no column 'stage'"):
        read_cohort(predicted(folder), folder, (), "stage")


def test_drugs_go_by_id_or_name() -> None:
    known = ["Afatinib (GDSC:1032)", "Afatinib (GDSC:1377)", "Nutlin-3a (-)", "PLX-4720"]
    assert named("afatinib", known) == known[:2]
    assert named("Afatinib (GDSC:1377)", known) == known[1:2]
    assert named("nutlin3a", known) == known[2:3]
    assert named("plx4720", known) == known[3:]
    assert named("aspirin", known) == []
    with pytest.raises(MmdrpError, match="no drug 'nutlin'; similar: Nutlin-3a"):
        named("nutlin", known, required=True)


def test_choosing_drugs_takes_their_columns(folder: Path) -> None:
    cohort = read_cohort(predicted(folder), folder).choose(["y"])
    assert list(cohort.drugs) == ["Y"]
    assert cohort.response[0].tolist() == [14]


def test_what_a_study_measured_can_take_the_place_of_predictions(study: Study) -> None:
    responses = measured(study.root, "ic50")
    long = study.response("ic50").set_index(["cell", "drug"])["value"]
    i, j = np.argwhere(np.isfinite(responses.values))[7]
    assert responses.values[i, j] == long[responses.cells[i], responses.drugs[j]]
    assert np.isfinite(responses.values).sum() == len(long)


Change = Callable[[pd.DataFrame], pd.DataFrame]
BAD: dict[str, tuple[Change, str]] = {
    "twice": (lambda f: pd.concat([f, f.iloc[[2]]]), "row 10 .*twice"),
    "empty": (lambda f: f.assign(drug=f["drug"].where(f.index > 0)), "column 'drug', row 1: empty"),
    "text": (lambda f: f.assign(pred="x"), "'pred' holds text"),
    "infinite": (lambda f: f.assign(pred=np.inf), "infinite"),
    "no column": (lambda f: f.rename(columns={"pred": "y"}), "no column 'pred'"),
    "no rows": (lambda f: f.iloc[:0], "has no rows"),
    "others": (lambda f: f.assign(cell="z" + f["cell"]), "no tumour in common"),
}


@pytest.mark.parametrize("damage", BAD)
def test_bad_predictions_are_named(damage: str, folder: Path) -> None:
    change, said = BAD[damage]
    path = folder / "predictions.parquet"
    change(pd.read_parquet(path)).to_parquet(path, index=False)
    with pytest.raises(MmdrpError, match=said) as caught:
        read_cohort(predicted(path), folder)
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
