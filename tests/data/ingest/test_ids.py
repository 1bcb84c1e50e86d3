"""Cell lines under all their names: mapped surely, listed otherwise, never merged."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmdrp.data.ingest.ids import CellIds
from mmdrp.data.ingest.raw import Raw
from mmdrp.errors import MmdrpError
from tests.data.ingest.releases import SAMPLE_INFO, write


@pytest.fixture(scope="module")
def ids(tmp_path_factory: pytest.TempPathFactory) -> CellIds:
    return CellIds.read(Raw(write(tmp_path_factory.mktemp("raw"))))


@pytest.mark.parametrize(
    ("kind", "name", "cell"),
    [
        ("cell", "ACH-000001", "ACH-000001"),
        ("any", "ACH-000001", "ACH-000001"),
        ("ccle", "NIHOVCAR3_OVARY", "ACH-000001"),
        ("any", "NIHOVCAR3_OVARY", "ACH-000001"),
        ("cosmic", "905933", "ACH-000001"),
        ("cosmic", "905933.0", "ACH-000001"),
        ("sanger", "SIDM00105", "ACH-000001"),
        ("rrid", "CVCL_0465", "ACH-000001"),
        ("name", "NIH:OVCAR-3", "ACH-000001"),
        ("name", "ovcar 3", "ACH-000001"),
        ("name", "CaCo-2", "ACH-000003"),
        ("name", "TTTHYROID", "ACH-000004"),
        ("name", "TTOESOPHAGUS", "ACH-000005"),
        ("name", "T-T", "ACH-000004"),
        ("cosmic", "9059", ""),
        ("ccle", "NIHOVCAR3_LUNG", ""),
        ("name", "shared name", ""),
        ("rrid", "CVCL_0041", ""),
        ("name", "", ""),
    ],
)
def test_each_kind_of_id(ids: CellIds, kind: str, name: str, cell: str) -> None:
    assert ids.resolve("x", {kind: [name]}).cells == [cell]


def test_what_does_not_map_is_counted_and_listed(ids: CellIds) -> None:
    found = ids.resolve("src", {"name": ["HL-60", "NOWHERE", "shared name", "NOWHERE"]})
    assert found.cells == ["ACH-000002", "", "", ""]
    assert "src: 1 lines have no DepMap id in sample_info and are left out: NOWHERE" in found.notes
    assert any("shared name (ACH-000006 or ACH-000007)" in note for note in found.notes)


def test_two_lines_never_become_one(ids: CellIds) -> None:
    found = ids.resolve("src", {"name": ["OVCAR3", "NIHOVCAR3", "HL60"]})
    assert found.cells == ["", "ACH-000001", "ACH-000002"]  # the exact name outranks the alias
    assert any("OVCAR3 (as ACH-000001)" in note for note in found.notes)
    equal = ids.resolve("src", {"name": ["HL-60", "HL60"]})
    assert equal.cells == ["", ""]


def test_an_identifier_outranks_a_name(ids: CellIds) -> None:
    names = {"cosmic": ["946356", ""], "name": ["T-T", "TT"]}
    assert ids.resolve("src", names).cells == ["ACH-000005", "ACH-000004"]


def test_tissue_is_filled_from_lines_of_the_same_site(ids: CellIds) -> None:
    cells = ids.annotation(["ACH-000005", "ACH-000001"])
    assert cells["tissue"].tolist() == ["esophagus", "ovary"]
    assert cells["cosmic_id"].tolist() == ["946356", "905933"]


@given(st.lists(st.sampled_from(["HL60", "HL-60", "TT", "T-T", "OVCAR3", "ovcar-3", "x", ""])))
@settings(max_examples=60, deadline=None)
def test_a_line_is_claimed_by_one_label_at_most(ids: CellIds, labels: list[str]) -> None:
    cells = ids.resolve("src", {"name": labels}).cells
    claims: dict[str, set[str]] = {}
    for label, cell in zip(labels, cells, strict=True):
        if cell:
            claims.setdefault(cell, set()).add(label)
    assert all(len(claim) == 1 for claim in claims.values())


def test_a_repeated_depmap_id_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "sample_info.csv").write_text(SAMPLE_INFO.replace("ACH-000002", "ACH-000001"))
    with pytest.raises(
        MmdrpError, match=r"sample_info.csv.*'DepMap_ID', row 2.*duplicate of row 1"
    ):
        CellIds.read(Raw(folder))


def test_spellings_of_later_releases(tmp_path: Path) -> None:
    folder = write(tmp_path)
    text = SAMPLE_INFO.replace("Sanger_model_ID", "Sanger_Model_ID").replace(
        "disease", "primary_disease"
    )
    (folder / "sample_info.csv").write_text(text)
    ids = CellIds.read(Raw(folder))
    assert ids.resolve("x", {"sanger": ["SIDM00829"]}).cells == ["ACH-000002"]
    assert ids.annotation(["ACH-000002"])["disease"].tolist() == ["Leukemia"]
