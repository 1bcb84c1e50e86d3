"""A study folder: what was written is read, it says what it holds, and it is whole or not there."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmdrp.data import tables
from mmdrp.data.ingest.folder import write_manifest
from mmdrp.data.source import Table
from mmdrp.data.study import Study, write_study
from mmdrp.data.study.manifest import Entry, Manifest
from mmdrp.errors import MmdrpError
from mmdrp.io import folder as folders

CELLS = ["A-549", "Ца-1", "TT", "T-T", "NCI-H23"]
DRUGS = ["5-Fluorouracil", "drug, with comma", "β-lapachone"]
MEASURES = {"ic50": {"unit": "arbitrary", "higher": "resistant"}}

Parts = dict[str, Any]


def parts(seed: int = 0) -> Parts:
    """The arguments of ``write_study`` for a small study with awkward names."""
    rng = np.random.default_rng(seed)
    pairs = [(c, d) for c in CELLS for d in DRUGS if rng.random() < 0.8] or [(CELLS[0], DRUGS[0])]
    response = pd.DataFrame(pairs, columns=["cell", "drug"])
    response.insert(0, "measure", "ic50")
    response["value"] = rng.normal(size=len(response)) * 10.0 ** rng.integers(-9, 9)
    gappy = rng.normal(size=(4, 7)).astype(np.float32)
    gappy[rng.random(gappy.shape) < 0.3] = np.nan
    gappy[0, 0] = np.nan
    return {
        "manifest": Manifest(
            "small",
            {
                "response": Entry("", 0, 0, "", "", "by hand", "r1", "CC0", measures=MEASURES),
                "proteomics": Entry("", 0, 0, "", "log2 ratio", "by hand"),
            },
            ["a note: β"],
        ),
        "frames": {
            "cells": pd.DataFrame({"cell": CELLS, "tissue": ["lung", "", "thyroid", "x", "lung"]}),
            "drugs": pd.DataFrame({"drug": DRUGS, "name": DRUGS, "smiles": ["C", "", "CC"]}),
            "response": response,
        },
        "modalities": {
            "expression": dense(rng.normal(size=(5, 6)).astype(np.float32), CELLS),
            "cnv": dense(rng.integers(-1, 2, (3, 6)).astype(np.float32), CELLS[:3]),
            "proteomics": dense(gappy, CELLS[1:]),
        },
    }


def dense(values: npt.NDArray[np.float32], ids: list[str]) -> Table:
    return Table("cell", ids, [f"GENE-{j}" for j in range(values.shape[1])], values)


def bits(values: npt.NDArray[np.floating]) -> bytes:
    return values.tobytes()


def same(one: Study, other: Study) -> None:
    assert sorted(one.modalities) == sorted(other.modalities)
    assert one.measures == other.measures
    # CSV cannot tell an empty text from none: both mean "not known".
    for left, right in ((one.cells, other.cells), (one.drugs, other.drugs)):
        pd.testing.assert_frame_equal(left.fillna(""), right.fillna(""), check_dtype=False)
    for measure in one.measures:
        a, b = one.response(measure), other.response(measure)
        assert a[["cell", "drug"]].to_numpy().tolist() == b[["cell", "drug"]].to_numpy().tolist()
        assert bits(a["value"].to_numpy()) == bits(b["value"].to_numpy())
    for name in one.modalities:
        x, y = one.modality(name), other.modality(name)
        assert (list(x.ids), list(x.features)) == (list(y.ids), list(y.features))
        assert bits(x.values) == bits(y.values)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_what_was_written_is_read(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    given_ = parts(seed)
    root = tmp_path_factory.mktemp("written") / "deep" / "small"
    same(write_study(root, **given_), Study.read(root))
    study = Study.read(str(root))
    assert study.cells.index.tolist() == CELLS
    assert study.drugs["smiles"].tolist() == ["C", "", "CC"]
    expected = given_["frames"]["response"]
    found = study.response("ic50")
    assert bits(found["value"].to_numpy()) == bits(expected["value"].to_numpy())
    assert found["cell"].tolist() == expected["cell"].tolist()
    for name, table in given_["modalities"].items():
        read = study.modality(name)
        assert (list(read.ids), list(read.features)) == (table.ids, table.features)
        assert bits(read.values) == bits(table.values)


def test_the_manifest_says_what_each_table_is(tmp_path: Path) -> None:
    study = write_study(tmp_path / "small", **parts())
    said = json.loads((study.folder / "manifest.json").read_text(encoding="utf-8"))
    assert said["name"] == "small"
    assert said["format"] == 1
    assert said["notes"] == ["a note: β"]
    assert said["created_by"].startswith("mmdrp ")
    assert {p.name for p in study.folder.iterdir()} == {
        "manifest.json", *(entry["file"] for entry in said["tables"].values())
    }  # fmt: skip
    for entry in said["tables"].values():
        raw = (study.folder / entry["file"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(raw).hexdigest()
    tables_ = said["tables"]
    assert tables_["cells"]["columns"] == ["cell", "tissue"]
    assert tables_["drugs"]["columns"] == ["drug", "name", "smiles"]
    assert tables_["response"]["columns"] == ["measure", "cell", "drug", "value"]
    assert tables_["response"]["rows"] == len(study.response("ic50"))
    assert tables_["response"]["measures"] == MEASURES
    assert [tables_["response"][k] for k in ("source", "release", "licence")] == [
        "by hand", "r1", "CC0"
    ]  # fmt: skip
    assert {n: (tables_[n]["rows"], tables_[n]["columns"]) for n in study.modalities} == {
        "expression": (5, 6), "cnv": (3, 6), "proteomics": (4, 7)
    }  # fmt: skip
    assert tables_["proteomics"]["unit"] == "log2 ratio"
    assert [tables_[n]["missing"] for n in ("expression", "cnv", "proteomics")] == [
        False, False, True
    ]  # fmt: skip


def response_of(column: str, row: int, value: object) -> Callable[[Parts], None]:
    def change(given_: Parts) -> None:
        frame = given_["frames"]["response"].astype(object)
        frame.loc[row, column] = value
        given_["frames"]["response"] = frame.infer_objects()

    return change


def doubled(name: str) -> Callable[[Parts], None]:
    def change(given_: Parts) -> None:
        frame = given_["frames"][name]
        given_["frames"][name] = pd.concat([frame, frame.iloc[:1]], ignore_index=True)

    return change


def modality(values: npt.NDArray[np.float32], ids: list[str]) -> Callable[[Parts], None]:
    def change(given_: Parts) -> None:
        given_["modalities"]["zz_last"] = dense(values, ids)

    return change


BAD: dict[str, tuple[Callable[[Parts], None], str]] = {
    "gap": (response_of("value", 2, np.nan), "column 'value', row 3"),
    "infinite response": (response_of("value", 0, np.inf), "not a finite number"),
    "unknown line": (response_of("cell", 1, "NOBODY"), "'NOBODY' is not in the cells table"),
    "unknown drug": (response_of("drug", 1, "NOTHING"), "'NOTHING' is not in the drugs table"),
    "unknown measure": (response_of("measure", 1, "ec50"), "measure 'ec50'"),
    "pair twice": (doubled("response"), "average replicates first"),
    "line twice": (doubled("cells"), "duplicate of row 1"),
    "drug twice": (doubled("drugs"), "duplicate of row 1"),
    "infinite feature": (
        modality(np.array([[1, np.inf]], np.float32), ["TT"]),
        "zz_last.feather: column 'GENE-1', row 1 (TT): infinite",
    ),
    "line of a modality twice": (
        modality(np.ones((2, 2), np.float32), ["TT", "TT"]),
        "duplicate of row 1",
    ),
    "unknown line of a modality": (
        modality(np.ones((1, 2), np.float32), ["T T"]),
        "'T T' is not in the cells table",
    ),
}


@pytest.mark.parametrize("flaw", BAD)
@pytest.mark.parametrize("before", [False, True])
def test_a_bad_table_leaves_nothing_behind(flaw: str, before: bool, tmp_path: Path) -> None:
    root = tmp_path / "small"
    if before:
        write_study(root, **parts(1))
    change, expected = BAD[flaw]
    given_ = parts()
    change(given_)
    with pytest.raises(MmdrpError) as caught:
        write_study(root, **given_)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
    untouched(tmp_path, before)


def untouched(folder: Path, before: bool) -> None:
    """Either nothing is there at all, or the study that was there, whole."""
    assert [p.name for p in folder.iterdir()] == (["small"] if before else [])
    if before:
        found = Study.read(folder / "small")
        found.validate()
        again = folder / "again"
        same(found, write_study(again, **parts(1)))


STEPS: list[tuple[Any, str, int, bool]] = [
    (where, name, nth, before)
    for where, name, nth in (
        (tables, "write_parquet", 2),
        (tables, "write_matrix", 2),
        (Manifest, "write", 1),
        (Study, "validate", 1),
        (os, "rename", 1),
    )
    for before in (False, True)
]
STEPS.append((os, "rename", 2, True))  # the old study stands aside, the new one is not there yet


@pytest.mark.parametrize("step", STEPS, ids=lambda s: f"{s[1]}-{s[2]}-{s[3]}")
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_an_interruption_leaves_nothing_behind(
    step: tuple[Any, str, int, bool], error: type[BaseException], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    where, name, nth, before = step
    if before:
        write_study(tmp_path / "small", **parts(1))
    calls = 0
    usual = getattr(where, name)

    def interrupted(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == nth:
            raise error("in the middle")
        return usual(*args, **kwargs)

    if name == "rename":  # as on systems where two folders cannot change places in one step
        monkeypatch.setattr(folders, "_exchanged", lambda new, out: False)
    monkeypatch.setattr(where, name, interrupted)
    with pytest.raises(error):
        write_study(tmp_path / "small", **parts())
    monkeypatch.undo()
    untouched(tmp_path, before)


def test_a_study_is_replaced_whole(tmp_path: Path) -> None:
    root = tmp_path / "small"
    write_study(root, **parts(1))
    (root / "left_over.csv").write_text("cell,x\n")
    same(write_study(root, **parts(2)), write_study(tmp_path / "fresh", **parts(2)))
    assert not (root / "left_over.csv").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["fresh", "small"]


def test_a_folder_of_other_things_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("precious")
    with pytest.raises(MmdrpError, match="something else than a study"):
        write_study(tmp_path / "thesis", **parts())
    with pytest.raises(MmdrpError, match="something else than a study"):
        write_study(tmp_path / "thesis" / "chapter.tex", **parts())
    assert (tmp_path / "thesis" / "chapter.tex").read_text() == "precious"
    (tmp_path / "empty").mkdir()
    write_study(tmp_path / "empty", **parts()).validate()


@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "parquet"])
def test_csv_and_parquet_give_the_same_study(suffix: str, tmp_path: Path) -> None:
    given_ = parts()
    expected = write_study(tmp_path / "small", **given_)
    mine = tmp_path / "mine"
    mine.mkdir()
    frames = dict(given_["frames"])
    for name, table in given_["modalities"].items():
        frames[name] = pd.DataFrame(table.values, columns=table.features)
        frames[name].insert(0, "cell", table.ids)
    for name, frame in frames.items():
        path = mine / f"{name}.{suffix}"
        frame.to_parquet(path) if suffix == "parquet" else frame.to_csv(path, index=False)
    with pytest.raises(MmdrpError, match=r"proteomics.*missing value"):
        write_manifest(mine)  # gaps are declared, not guessed
    found = write_manifest(mine, missing=["proteomics"])
    found.validate()
    same(found, expected)
    assert found.manifest.name == "mine"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "not a manifest"),
        ("[]", "not a manifest"),
        ('{"format": 2}', "format 2, this mmdrp reads 1"),
        ('{"format": 1}', "not a manifest"),
        ('{"format": 1, "name": "x", "tables": {"cells": {"fail": "x"}}}', "not a manifest"),
        ('{"format": 1, "name": "x", "tables": {}}', "names no table 'cells'"),
    ],
)
def test_a_broken_manifest_is_refused(text: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(MmdrpError) as caught:
        Study.read(tmp_path)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_a_study_lacks_is_named(tmp_path: Path) -> None:
    study = write_study(tmp_path / "small", **parts())
    with pytest.raises(MmdrpError, match="no modality 'rppa'; it has: expression, cnv, proteomics"):
        study.modality("rppa")
    with pytest.raises(MmdrpError, match="no response 'auc'; it has: ic50"):
        study.response("auc")
    with pytest.raises(MmdrpError, match="no such study folder"):
        Study.read(tmp_path / "nowhere")
    (tmp_path / "bare").mkdir()
    with pytest.raises(MmdrpError, match=r"has no manifest\.json"):
        Study.read(tmp_path / "bare")
