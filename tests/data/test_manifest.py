"""A manifest is somebody else's word: any JSON is a study, or is refused in one line."""

import copy
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mmdrp.data.study import Direction, Study
from mmdrp.data.study.manifest import MAX_BYTES, Manifest
from mmdrp.errors import MmdrpError, OptionError

Path_ = tuple[str | int, ...]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small study with one modality, two measures, notes and options."""
    rna = pd.DataFrame({"A": [1.0, np.nan], "B": [0.5, 2]}, index=["x", "y"])
    response = pd.DataFrame({"d": [1.0, 2.0]}, index=["x", "y"])
    study = Study.from_frames(
        {"ic50": response, "aac": response}, {"rna": rna}, unit="ln uM", higher={"aac": "sensitive"}
    )
    root = study.write(tmp_path_factory.mktemp("manifests") / "small").folder
    raw = json.loads((root / "manifest.json").read_text())
    raw |= {"notes": ["a note"], "options": {"seed": 0, "lines": ["a", None]}}
    (root / "manifest.json").write_text(json.dumps(raw))
    return root


def places(value: Any, at: Path_ = ()) -> list[Path_]:
    """Return the places of all values in plain containers."""
    items: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [at, *(place for key, part in items for place in places(part, (*at, key)))]


def changed(raw: dict[str, Any], place: Path_, value: Any) -> Any:
    if not place:
        return value
    out = copy.deepcopy(raw)
    inner: Any = out
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return out


def refusal(folder: Path, text: str) -> str:
    """Return the line by which a study with this manifest is refused, "" if it is fine."""
    path = folder / "manifest.json"
    before = path.read_bytes()
    try:
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        study = Study.read(folder)
        study.validate()
        for measure in study.measures:
            study.unit(measure)
            study.higher(measure)
    except MmdrpError as error:
        assert len(str(error).splitlines()) == 1, error  # noqa: PT017
        return str(error)
    finally:
        path.write_bytes(before)
    return ""


JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
        st.sampled_from(["../x.csv", "manifest.json", "cells.parquet", "a" * 64, "resistant"]),
    ),
    lambda p: (
        st.lists(p, max_size=3) | st.dictionaries(st.text(max_size=8), p, max_size=3)
    ),
    max_leaves=6,
)  # fmt: skip


@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data(), JSON)
def test_any_value_anywhere_is_fine_or_refused(
    folder: Path, data: st.DataObject, value: Any
) -> None:
    raw = json.loads((folder / "manifest.json").read_text())
    place = data.draw(st.sampled_from(places(raw)))
    refusal(folder, json.dumps(changed(raw, place, value)))


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data(), st.text(max_size=8), JSON)
def test_any_further_key_is_fine_or_refused(
    folder: Path, data: st.DataObject, key: str, value: Any
) -> None:
    raw = json.loads((folder / "manifest.json").read_text())
    there = [p for p in places(raw) if isinstance(inner(raw, p), dict)]
    place = data.draw(st.sampled_from(there))
    refusal(folder, json.dumps(changed(raw, (*place, key), value)))


def inner(raw: Any, place: Path_) -> Any:
    for key in place:
        raw = raw[key]
    return raw


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=64))
@example(b"\xff\xfe")
@example(b"[" * 64)
def test_any_bytes_are_refused(folder: Path, tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(raw)
    with pytest.raises(MmdrpError) as caught:
        Study.read(tmp_path)
    assert len(str(caught.value).splitlines()) == 1


FILE = ("tables", "cells", "file")
MEASURE = ("tables", "response", "measures", "ic50")
REFUSED: list[tuple[Path_, Any, str]] = [
    (FILE, "../cells.parquet", "tables.cells.file: expected a plain file name"),
    (FILE, "/etc/passwd.csv", "plain file name inside the folder"),
    (FILE, "a/b.csv", "plain file name"), (FILE, "a\\b.csv", "plain file name"),
    (FILE, "C:b.csv", "plain file name"), (FILE, "", "plain file name"),
    (FILE, "..", "plain file name"), (FILE, ".hidden.csv", "plain file name"),
    (FILE, "cells.pkl", "ends in .feather, .parquet, .csv, .csv.gz"),
    (FILE, "x.csv", "named in manifest.json but not there"), (FILE, 3, "tables.cells.file"),
    (("tables", "cells", "rows"), 3, "2 rows, manifest.json says 3"),
    (("tables", "cells", "rows"), True, "tables.cells.rows: expected a count"),
    (("tables", "cells", "rows"), "2", "tables.cells.rows: expected a count"),
    (("tables", "cells", "rows"), 2.0, "tables.cells.rows: expected a count"),
    (("tables", "rna", "rows"), 1, "rna.feather: 2 rows, manifest.json says 1"),
    (("tables", "rna", "columns"), 7, "rna.feather: 2 columns, manifest.json says 7"),
    (("tables", "response", "rows"), 1, "4 rows, manifest.json says 1"),
    (("tables", "cells", "columns"), ["cell", "x"], "columns, manifest.json says"),
    (("tables", "cells", "columns"), [1], "tables.cells.columns[0]: expected text"),
    (("tables", "cells", "columns"), {}, "tables.cells.columns: expected a count"),
    (("tables", "cells", "sha256"), "A" * 64, "tables.cells.sha256: expected 64 hex"),
    (("tables", "cells", "sha256"), "a" * 64, "differs from its checksum"),
    (("tables", "rna", "missing"), 1, "tables.rna.missing: expected true or false"),
    (("tables", "rna", "unit"), None, "tables.rna.unit: expected text, not null"),
    (("tables", "rna", "_target_"), "os.system", "unknown key 'tables.rna._target_'"),
    (("tables", "rna"), [], "tables.rna: expected an object"), (("tables",), 1, "tables: expected"),
    (("tables", "a\nb"), {}, "tables: expected printable names, not 'a\\nb'"),
    (("tables", "response", "measures"), [], "measures: expected an object"),
    (MEASURE, "ln uM", "measures.ic50: expected an object"),
    ((*MEASURE, "unit"), 1, "measures.ic50.unit: expected text"),
    ((*MEASURE, "higher"), "up", "measures.ic50.higher='up': choose resistant or sensitive"),
    ((*MEASURE, "colour"), "red", "unknown key"),
    (("notes",), "a note", "notes: expected a list of texts"),
    (("notes", 0), 1, "notes[0]: expected"),
    (("options", "seed"), {"a": 1}, "options.seed: expected a text, a number"),
    (("options", "seed"), [[1]], "options.seed"), (("options",), 1, "options: expected an object"),
    (("name",), None, "name: expected text"), (("format",), 1.0, "format: expected a count"),
    (("format",), True, "format: expected a count"),
    (("format",), 2, "format 2, this mmdrp reads 1"),
    (("colour",), "red", "unknown key 'colour'; known are: name, tables"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "value", "words"), REFUSED)
def test_a_wrong_value_is_refused_by_name(
    folder: Path, place: Path_, value: Any, words: str
) -> None:
    raw = json.loads((folder / "manifest.json").read_text())
    said = refusal(folder, json.dumps(changed(raw, place, value)))
    assert words in said, said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"format": NaN}', "NaN is not JSON"), ('{"format": 1e999}', "1e999 is not JSON"),
        ('{"format": 1, "format": 1}', "key 'format' stands there twice"),
        ("[" * 100_000, "not a manifest"), (" " * (MAX_BYTES + 1), "larger than 16 MiB"),
        ('"\ud800"', "not a manifest"), ('{"format": ' + "9" * 5000 + "}", "not a manifest"),
    ],
    ids=["nan", "inf", "twice", "deep", "huge", "surrogate", "digits"],
)  # fmt: skip
def test_what_is_no_json_is_refused(folder: Path, text: str, words: str) -> None:
    assert words in refusal(folder, text)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_out_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.parquet"
    inside = folder / "cells.parquet"
    raw = inside.read_bytes()
    outside.write_bytes(raw)
    try:
        inside.unlink()
        inside.symlink_to(outside)
        with pytest.raises(MmdrpError, match="links to a file outside the study folder"):
            Study.read(folder)
        other = folder / "other.parquet"
        other.write_bytes(raw)
        inside.unlink()
        inside.symlink_to(other)
        Study.read(folder).validate()
        other.unlink()
    finally:
        inside.unlink(missing_ok=True)
        inside.write_bytes(raw)
    link = tmp_path / "link"
    link.symlink_to(folder)
    Study.read(link).validate()


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ({"unit": "x", "direction": "higher = less sensitive"}, "resistant"),
        ({"unit": "-log10 M", "direction": "higher = more sensitive"}, "sensitive"),
        ({"unit": "x"}, "resistant"), ({}, "resistant"),
        ({"unit": "pIC50", "higher": "sensitive"}, "sensitive"),
        ({"higher": "", "direction": ""}, "resistant"),
    ],
)  # fmt: skip
def test_older_manifests_state_directions_in_their_words(
    folder: Path, measure: dict[str, str], expected: str
) -> None:
    raw = json.loads((folder / "manifest.json").read_text())
    read = Manifest.parse(changed(raw, MEASURE, measure))
    study = Study.read(folder)
    tables = Study(folder, read, study.cells, study.drugs)
    assert tables.higher("ic50") == expected
    assert tables.unit("ic50") == measure.get("unit", "")
    assert set(read.tables["response"].measures["ic50"]) <= {"unit", "higher"}


def test_a_direction_is_a_word_of_two() -> None:
    assert [Direction.parse(d).sign for d in Direction] == [1, -1]
    with pytest.raises(OptionError, match="higher='less': choose resistant or sensitive"):
        Direction.parse("less")


@pytest.mark.parametrize("named", [True, False])
def test_a_table_that_pandas_wrote_with_its_index(tmp_path: Path, named: bool) -> None:
    from mmdrp.data.ingest.folder import write_manifest

    long = pd.DataFrame({"measure": "ic50", "cell": ["a", "b"], "drug": "d", "value": [1.0, 2.0]})
    rna = pd.DataFrame({"cell": ["a", "b"], "G": [1.0, 2.0]})
    if named:
        long, rna = long.set_index("measure"), rna.set_index("cell")
    else:
        long.index = rna.index = pd.Index(["p", "q"])
    long.to_parquet(tmp_path / "response.parquet")
    rna.to_parquet(tmp_path / "rna.parquet")
    study = write_manifest(tmp_path)
    study.validate()
    assert study.modality("rna").frame().to_dict() == {"G": {"a": 1.0, "b": 2.0}}
    assert study.response("ic50")["value"].tolist() == [1, 2]
