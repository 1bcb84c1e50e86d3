"""A user's own study that looks right and is not: refused in one line."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmdrp.data.ingest.folder import write_manifest
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError

CELLS = ["A", "B", "C", "D"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    rna = pd.DataFrame(rng.normal(size=(4, 3)), pd.Index(CELLS, name="cell"), list("xyz"))
    rna.to_csv(tmp_path / "expression.csv")
    pd.DataFrame({"measure": "ic50", "cell": CELLS, "drug": "d", "value": [0.5, 1, -1, 2]}).to_csv(
        tmp_path / "response.csv", index=False
    )
    return tmp_path


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "index", "X", "...1"])
@pytest.mark.parametrize("first", [0, 1])
def test_row_numbers_are_no_feature(name: str, first: int, folder: Path) -> None:
    table = pd.read_csv(folder / "expression.csv")
    table.insert(0, name, range(first, first + 4))
    table.to_csv(folder / "expression.csv", index=False)
    with pytest.raises(MmdrpError, match=r"has no name, such as an index|only counts the rows"):
        write_manifest(folder)


def test_a_feature_may_be_called_x(folder: Path) -> None:
    table = pd.read_csv(folder / "expression.csv")
    table.assign(X=[0, 2, 1, 3]).to_csv(folder / "expression.csv", index=False)
    assert "X" in write_manifest(folder).modality("expression").features


@pytest.mark.parametrize("table", ["response", "cells"])
def test_no_column_is_without_a_name(table: str, folder: Path) -> None:
    write_manifest(folder)
    pd.read_csv(folder / f"{table}.csv").to_csv(folder / f"{table}.csv")  # with its index
    with pytest.raises(MmdrpError, match=rf"{table}\.csv: a column '' has no name"):
        write_manifest(folder)


def test_frames_have_no_row_numbers_either(folder: Path) -> None:
    table = pd.read_csv(folder / "expression.csv").set_index("cell")
    table.insert(0, "Unnamed: 0", range(4))
    with pytest.raises(MmdrpError, match=r"rna: column 1 \(Unnamed: 0\) has no name"):
        Study.from_frames(None, {"rna": table})


@pytest.mark.parametrize("table", ["response", "expression"])
def test_a_header_alone_is_refused(table: str, folder: Path) -> None:
    write_manifest(folder)
    path = folder / f"{table}.csv"
    path.write_text(path.read_text().splitlines()[0] + "\n")
    with pytest.raises(MmdrpError, match=rf"{table}.csv: (holds no rows|has no value in any row)"):
        write_manifest(folder)


def test_a_modality_without_a_value_is_refused(folder: Path) -> None:
    pd.DataFrame({"cell": CELLS, "x": np.nan}).to_csv(folder / "rppa.csv", index=False)
    with pytest.raises(MmdrpError, match=r"rppa.csv: has no value in any row; leave the modality"):
        write_manifest(folder, missing=["rppa"])


def edited(folder: Path, table: str, **changes: object) -> None:
    raw = json.loads((folder / "manifest.json").read_text())
    raw["tables"][table] |= changes
    (folder / "manifest.json").write_text(json.dumps(raw))


def test_a_manifest_of_other_rows_is_refused(folder: Path) -> None:
    write_manifest(folder)
    edited(folder, "expression", rows=5)
    with pytest.raises(MmdrpError, match=r"expression.csv: 4 rows, manifest.json says 5"):
        Study.read(folder).modality("expression")


@pytest.mark.parametrize(("measure", "higher", "unit", "fine"), [
    ("ic50", "sensitive", "ln uM", False), ("ic50", "sensitive", "", False),
    ("aac", "resistant", "fraction of 1", False), ("IC-50", "sensitive", "uM", False),
    ("ic50", "sensitive", "-log10 M", True), ("pIC50", "sensitive", "", True),
    ("auc", "sensitive", "", True), ("score", "sensitive", "", True),
])  # fmt: skip
def test_a_direction_that_contradicts_its_measure_is_refused(
    measure: str, higher: str, unit: str, fine: bool, folder: Path
) -> None:
    table = pd.read_csv(folder / "response.csv").assign(measure=measure)
    table.to_csv(folder / "response.csv", index=False)
    write_manifest(folder)
    edited(folder, "response", measures={measure: {"higher": higher, "unit": unit}})
    if fine:
        assert Study.read(folder).higher(measure) == higher
        return
    with pytest.raises(MmdrpError, match=f"a higher {measure} means") as caught:
        Study.read(folder)
    assert len(str(caught.value).replace(str(folder), "")) <= 200
    response = pd.DataFrame({"d": [1.0, 2]}, index=["A", "B"])
    with pytest.raises(MmdrpError, match=f"higher: a higher {measure} means"):
        Study.from_frames({measure: response}, {}, unit=unit, higher=higher)


@pytest.mark.parametrize(("unit", "value", "message"), [
    ("ln uM", 4000, "4000 is no ic50 in ln uM; take the natural logarithm"),
    ("fraction of 1", 73, "73 is no ic50 in fraction of 1; of percent, take a hundredth"),
    ("-log10 M", 4000, "4000 is no ic50 in -log10 M; take the logarithm"),
])  # fmt: skip
def test_values_that_a_unit_cannot_have(
    unit: str, value: float, message: str, folder: Path
) -> None:
    text = (folder / "response.csv").read_text().replace("0.5", str(value))
    (folder / "response.csv").write_text(text)
    write_manifest(folder)
    edited(folder, "response", measures={"ic50": {"unit": unit}})
    with pytest.raises(MmdrpError, match=f"'value', row 1: {message}"):
        Study.read(folder).response("ic50")


def test_infinite_is_measured(folder: Path) -> None:
    text = (folder / "response.csv").read_text()
    (folder / "response.csv").write_text(text.replace("0.5", "Inf"))
    with pytest.raises(MmdrpError, match=r"'Inf' is not a finite.*give the highest dose"):
        write_manifest(folder)


def test_a_wide_response_is_recognised(folder: Path) -> None:
    (folder / "response.csv").write_text("depmap_id,one,two\nA,1,2\nB,2,3\n")
    with pytest.raises(MmdrpError, match=r"if it is wide \(depmap_id, one, two, \.\.\.: lines x"):
        write_manifest(folder)


def test_what_is_not_read_is_named(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    (folder / "mutation.tsv").write_text("cell\tTP53\n")
    (folder / "drugs.xlsx").write_text("x")
    write_manifest(folder)
    assert "drugs.xlsx (save it as drugs.csv, with commas), mutation.tsv" in caplog.text
