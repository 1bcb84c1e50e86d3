"""File names made of names from data: none is reserved, hidden, too long, or another's."""

import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmdrp.attribution.store import LONG, FileStore, MemoryStore, long_name
from mmdrp.io.files import file_name

DEVICES = ["CON", "nul", "Aux", "PRN", "COM1", "lpt9", "COM¹"]
HOSTILE = [
    *DEVICES, "COM1.txt", ".hidden", "_private", "..", ".", "/etc/passwd", "..\\x", "a/b", "a:b",
    "a?b", "", " ", "trail.", "trail ", "x" * 300, "x" * 299 + "y", "薬" * 200, "😀" * 100, "a\0b",
    "a\nb", "\ud800", "$HOME", "{x}", "<script>", "-rf", "é", "e\u0301", "Nutlin", "nutlin",
    "STRASSE", "straße",
]  # fmt: skip


def on_disk(name: str) -> str:
    """A name as a file system without cases and normal forms takes it."""
    return unicodedata.normalize("NFC", name).casefold()


@pytest.mark.parametrize("text", HOSTILE)
def test_every_text_gives_a_name_that_any_system_takes(text: str, tmp_path: Path) -> None:
    name = file_name(text, HOSTILE)
    assert name == Path(name).name
    assert name.strip(". _")
    assert name[0] not in "._"
    assert len(f"molecule_{name}.parquet.123456.part".encode()) < 255
    assert not set(name) & set('<>:"/\\|?*\0\n')
    assert name.split(".")[0].casefold() not in {d.casefold() for d in DEVICES}
    (tmp_path / f"{name}.csv").write_text("")
    assert [p.name for p in tmp_path.iterdir()] == [f"{name}.csv"]


def test_distinct_texts_have_distinct_files_even_where_case_counts_for_nothing() -> None:
    names = {on_disk(file_name(text, HOSTILE)) for text in HOSTILE}
    assert len(names) == len(HOSTILE)


@given(st.sets(st.text(alphabet="aAbBßé/_.-0f", max_size=6), min_size=2, max_size=12))
def test_a_folder_of_any_names_has_as_many_files(texts: set[str]) -> None:
    assert len({on_disk(file_name(text, texts)) for text in texts}) == len(texts)


def test_a_name_that_looks_like_another_ones_is_told_apart() -> None:
    other = file_name("A/B")
    assert file_name(other) != other


def test_common_names_stay() -> None:
    for text in ("Dabrafenib", "Nutlin-3a(-)", "PD-0325901", "BRD-K1", "Ärzte"):
        assert file_name(text, ["Dabrafenib", "Trametinib"]) == text


@pytest.mark.parametrize("kind", ["files", "memory"])
def test_pandas_reads_the_folder_of_all_drugs_whatever_they_are_called(
    kind: str, tmp_path: Path
) -> None:
    drugs = [text for text in HOSTILE if "\ud800" not in text]
    store = FileStore(tmp_path, {}) if kind == "files" else MemoryStore({}, long=True)
    with store:
        for i, drug in enumerate(drugs):
            name = long_name(drug, drugs)
            store.add(name, pd.DataFrame({"drug": [drug] * 2, "value": [float(i), -1.0]}))
            store.end(name)
    store.write(tmp_path)
    back = pd.read_parquet(tmp_path / LONG)
    assert back["drug"].value_counts().to_dict() == dict.fromkeys(drugs, 2)
    assert back[back["drug"] == "_private"]["value"].iloc[0] == drugs.index("_private")
