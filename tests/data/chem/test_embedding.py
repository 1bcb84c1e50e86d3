"""Embeddings: rows found by id, name or structure, one line for what is wrong, stored ones kept."""

from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mmdrp.data.chem import embedding
from mmdrp.data.chem.embedding import MiniMol, TableEmbedding
from mmdrp.data.known.asked import asked_of
from mmdrp.data.known.embedded import Kept, embedding_table
from mmdrp.data.source import Table
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.registry import part

SMILES = {"d1": "CC(=O)Oc1ccccc1C(=O)O", "d2": "CCO", "d3": "c1ccccc1", "d4": "CCN"}
NAMES = {"d1": "Aspirin", "d2": "Ethyl alcohol"}


def written(folder: Path, frame: pd.DataFrame, kind: str = "parquet") -> TableEmbedding:
    path = folder / f"e.{kind}"
    frame.to_csv(path, index=False) if kind == "csv" else frame.to_parquet(path, index=False)
    return TableEmbedding(str(path))


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_row_is_found_by_id_by_name_and_by_structure(tmp_path: Path, kind: str) -> None:
    keys = ["ethyl-alcohol", "d1", "C1=CC=CC=C1", "unasked"]
    frame = pd.DataFrame({"drug": keys, "b": [1.0, 2.0, 3.0, 4.0], "a": [5, 6, 7, 8]})
    table = written(tmp_path, frame, kind)
    rows = table(SMILES, NAMES)
    assert table.features == ["b", "a"]
    np.testing.assert_array_equal(rows[:3], [[2, 6], [1, 5], [3, 7]])
    assert np.isnan(rows[3]).all()
    assert rows.dtype == np.float32


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        ({"drug": ["d1", "d1"], "a": [1.0, 2.0]}, "row 2: 'd1' stands there twice"),
        ({"drug": ["d1", None], "a": [1.0, 2.0]}, "row 2: is empty"),
        ({"drug": ["d1", "d2"], "a": ["x", "y"]}, "column 'a': is not numbers"),
        ({"drug": ["d1", "d2"], "a": [1.0, np.inf]}, "column 'a', row 2: not a finite number"),
        ({"drug": ["d1", "d2"], "a": [1.0, None]}, "column 'a', row 2: not a finite number"),
        ({"drug": ["d1"]}, "no column besides 'drug'"),
        ({"a": [1.0]}, "no column of texts"),
        (
            {"drug": ["d1", "d2"], "id": ["7", "9"], "a": [1.0, 2.0]},
            "column 'id': 'drug' names the",
        ),
        ({"Unnamed: 0": [0, 1], "drug": ["d1", "d2"], "a": [1.0, 2.0]}, "has no name, such as an"),
    ],
)
def test_a_broken_table_is_one_line(tmp_path: Path, frame: dict[str, Any], said: str) -> None:
    table = written(tmp_path, pd.DataFrame(frame))
    with pytest.raises(MmdrpError, match=r"^e\.parquet") as error:
        table(SMILES)
    assert said in str(error.value)
    assert len(str(error.value)) <= 200


def test_a_column_that_stands_there_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("drug,a,a\nd1,1,2\n")
    with pytest.raises(MmdrpError, match=r"^e\.csv: column 'a' stands there twice$"):
        TableEmbedding(str(tmp_path / "e.csv"))(SMILES)


def test_no_file_is_said_before_anything_is_read(tmp_path: Path) -> None:
    for given in ("table", {"name": "table", "path": ""}):
        with pytest.raises(OptionError, match=r"drug\.path: give a Parquet"):
            asked_of(given)
    with pytest.raises(OptionError, match="drug=morgan reads no file"):
        asked_of("morgan", "x.parquet")
    with pytest.raises(MmdrpError, match="there is no such file"):
        TableEmbedding(str(tmp_path / "none.parquet"))(SMILES)


def test_minimol_is_asked_for_by_one_line_where_it_is_not_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    embedding._minimol.cache_clear()

    def absent(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(embedding, "version", absent)
    with pytest.raises(OptionError, match=r"drug=minimol: is not installed; pip install 'mmdrp"):
        MiniMol()(SMILES)
    assert asked_of("auto") == {"name": "morgan"}
    monkeypatch.setattr(embedding, "version", lambda name: "0.2")
    with pytest.raises(OptionError, match=r"0\.2 is installed, whose numbers may be others"):
        MiniMol()(SMILES)
    assert asked_of({"name": "auto"}) == {"name": "morgan"}
    with pytest.raises(OptionError, match="auto has no options"):
        asked_of({"name": "auto", "radius": 3})


def test_auto_is_minimol_where_that_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "installed", lambda: True)
    assert asked_of("auto") == {"name": "minimol"}


def test_what_auto_is_is_told_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """However many runs of a sweep ask; and not to a log that is not there yet."""
    monkeypatch.setattr(embedding, "installed", lambda: True)
    embedding._say.cache_clear()
    with caplog.at_level("WARNING"):
        asked_of("auto")
    with caplog.at_level("INFO"):
        for _ in range(3):
            asked_of("auto")
    assert caplog.messages == ["drug=auto: minimol, which is installed"]


def counting(calls: list[str]) -> Any:
    def network(smiles: list[str]) -> np.ndarray:
        calls.extend(smiles)
        if smiles == ["CCN"]:
            raise ValueError("cannot be\nfeaturised")
        return np.full((len(smiles), 512), len(smiles[0]), dtype=np.float64)

    return lambda: network


def test_minimol_reads_one_spelling_and_is_kept_in_the_study(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(embedding, "_minimol", counting(calls))
    chosen, smiles = part("fingerprint", "minimol"), {"a": "OCC", "b": "C(C)O"}
    first = embedding_table(chosen, smiles, {}, tmp_path)
    assert calls == ["CCO", "CCO"]
    again = embedding_table(chosen, smiles, {}, tmp_path)
    assert len(calls) == 2
    np.testing.assert_array_equal(first.values, again.values)
    assert first.features == again.features == MiniMol().features
    with pytest.raises(
        MmdrpError, match=r"drug 'd4': minimol cannot read it: cannot be featurised"
    ):
        MiniMol()(SMILES)
    with pytest.raises(MmdrpError, match=r"'x'.*is not a valid SMILES"):
        MiniMol()({"x": "C1CC"})


def test_stored_embeddings_are_taken_and_others_are_made_or_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(embedding, "_minimol", counting(calls))
    features = [f"f{i}" for i in range(512)]
    held = Table("drug", ["a", "b"], features, np.stack([np.full(512, v, "f4") for v in (7, 8)]))
    kept = Kept(held, {"a": "CCO", "b": "c1ccccc1"})
    chosen = part("fingerprint", "minimol")
    found = embedding_table(chosen, {"new": "CCCC", "same": "OCC", "b": "c1ccccc1"}, {}, None, kept)
    assert found.ids == ["new", "same", "b"]
    np.testing.assert_array_equal(found.values[:, 0], [4, 7, 8])
    assert calls == ["CCCC"]
    table = part("fingerprint", {"name": "table", "path": str(tmp_path / "gone.parquet")})
    found = embedding_table(table, {"b": "c1ccccc1"}, {}, None, kept)
    assert found.values[0, 0] == 8
    with pytest.raises(OptionError, match=r"new: have no embedding in the model \(1 of 2\)"):
        embedding_table(table, {"new": "CCCC", "a": "CCO"}, {}, None, kept)


def test_drugs_without_a_row_are_left_out_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    table = written(tmp_path, pd.DataFrame({"drug": ["d1", "d3"], "a": [1.0, 2.0]}))
    chosen = part("fingerprint", {"name": "table", "path": table.path})
    assert embedding_table(chosen, SMILES, {}).ids == ["d1", "d3"]
    assert "2 of 4 drugs have no row: d2, d4" in caplog.text
    with pytest.raises(MmdrpError, match="none of the study's 1 drugs has a row"):
        embedding_table(chosen, {"x": "CCCC"}, {})
