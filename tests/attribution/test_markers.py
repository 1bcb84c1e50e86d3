"""The table of known markers is sound, and each marker is found where a study has it."""

from pathlib import Path

import pandas as pd
import pytest

from mmdrp.attribution.benchmark.markers import check_markers, genes, places, read_markers, spelled
from mmdrp.data.known.names import drug_names, owner
from mmdrp.errors import MmdrpError

HEAD = "drug,source,feature,direction\n"


def test_the_shipped_table_is_sound() -> None:
    table = read_markers()
    assert len(table) >= 40
    assert set(table["direction"]) == {"sensitivity", "resistance"}
    assert set(table["source"]) <= {"expression", "mutation", "cnv", "protein", "methylation"}
    assert set(table["evidence"]) == {"lines", "clinic", "class"}
    author_year_journal = r"[A-Z][\w'-]+(?: [\w'-]+)? (?:19|20)\d\d [A-Za-z].+"
    assert table["reference"].str.fullmatch(author_year_journal).all()
    assert table["feature"].str.fullmatch(r"[A-Z0-9]+(-[A-Z0-9]+)?").all()


def test_every_drug_of_the_table_has_its_names() -> None:
    table, names = read_markers(), drug_names()
    pairs = zip(table["drug"], table["also"], strict=True)
    assert all(owner(drug) and drug in also for drug, also in pairs)
    # One spelling, one drug: otherwise a marker is looked for in another drug's responses.
    rows: dict[str, str] = {}
    for drug, also in names["also"].items():
        for name in {spelled(n) for n in (str(drug), *filter(None, also.split(";")))}:
            assert rows.setdefault(name, str(drug)) == drug, name


@pytest.mark.parametrize(
    ("drug", "feature"),
    [
        ("Dabrafenib", "BRAF"), ("Lapatinib", "ERBB2"), ("Gefitinib", "EGFR"),
        ("Nutlin-3", "TP53"), ("Tanespimycin", "NQO1"), ("Topotecan", "SLFN11"),
        ("Paclitaxel", "ABCB1"), ("Selumetinib", "NRAS"), ("Imatinib", "BCR-ABL"),
        ("Quizartinib", "FLT3"), ("Crizotinib", "MET"), ("NVP-TAE684", "ALK"),
        ("Venetoclax", "BCL2"), ("Palbociclib", "RB1"), ("PD173074", "FGFR2"),
        ("BMS-536924", "IGF1R"), ("Temozolomide", "MGMT"), ("Erlotinib", "VIM"),
        ("MK-2206", "PTEN"), ("Pictilisib", "PIK3CA"),
    ],
)  # fmt: skip
def test_what_every_textbook_names_is_there(drug: str, feature: str) -> None:
    table = read_markers()
    assert ((table["drug"] == drug) & (table["feature"] == feature)).any()


@pytest.mark.parametrize(
    ("feature", "gene"),
    [
        ("BRAF", "BRAF"),
        ("HLA-A", "HLA-A"),
        ("BCR-ABL", "BCR-ABL"),
        ("NAPRT1", "NAPRT"),
        ("HER2", "ERBB2"),
        ("HER2_pY1248_Caution", "ERBB2"),
        ("c-Met_Caution", "MET"),
        ("4E-BP1_pT37_T46", "4E-BP1"),
        ("cnaPANCAN301 (CDK12,ERBB2,MED24)", "ERBB2"),
        ("gain:cnaBRCA12 (MYC)", "MYC"),
        ("MGMT_10_131264949_131265949", "MGMT"),
        ("RPL10_X_153625405_153626405", "RPL10"),
    ],
)
def test_features_stand_for_genes(feature: str, gene: str) -> None:
    assert gene in genes(feature)


@pytest.mark.parametrize("feature", ["HER3", "EGFRAS1", "cnaPANCAN1 (ERBB2IP)", "ERBB2_like"])
def test_a_name_that_only_resembles_is_another_gene(feature: str) -> None:
    assert not genes(feature) & {"ERBB2", "EGFR"}


def one(tmp_path: Path, *rows: str) -> pd.DataFrame:
    path = tmp_path / "mine.csv"
    path.write_text(HEAD + "\n".join(rows) + "\n")
    return read_markers(path)


def test_screens_and_places(tmp_path: Path) -> None:
    table = one(
        tmp_path, "Selumetinib,mutation,BRAF,sensitivity", "Lapatinib,protein,ERBB2,sensitivity"
    )
    drugs = {"Selumetinib (GDSC:1062)": "Selumetinib", "1498": "azd-6244", "GW572016": "GW572016"}
    features = {
        "expression": ["BRAF", "A"],
        "mutation": ["A", "BRAF"],
        "rppa": ["HER2", "HER2_pY1"],
    }
    found = places(drugs, features, table)
    assert found["screen"].tolist() == ["1498", "Selumetinib (GDSC:1062)", "GW572016"]
    assert found["place"].tolist() == [(3,), (3,), (4, 5)]
    assert found["reason"].eq("").all()


def test_what_cannot_be_tested_says_why(tmp_path: Path) -> None:
    table = one(
        tmp_path, "A,mutation,BRAF,sensitivity", "B,cnv,MET,sensitivity", "C,mutation,X,resistance"
    )
    found = places({"b": "B", "c": "C"}, {"mutation": ["BRAF"]}, table)
    assert found["reason"].tolist() == [
        "the run has no such drug",
        "the run has no cnv",
        "not among the features of mutation",
    ]
    assert found["place"].tolist() == [(0,), (), ()]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["A,mutation,BRAF,good"], "row 1, column direction: 'good'"),
        (["A,mutation,BRAF,sensitivity", "A,mutation,BRAF,resistance"], "row 2: this marker"),
        (["A,,BRAF,sensitivity"], "row 1: drug, source and feature"),
    ],
)
def test_a_table_of_ones_own_is_checked(tmp_path: Path, rows: list[str], said: str) -> None:
    with pytest.raises(MmdrpError, match=said):
        one(tmp_path, *rows)


def test_markers_may_be_a_frame() -> None:
    table = pd.DataFrame(
        {"drug": ["Selumetinib"], "source": ["mutation"], "feature": ["BRAF"],
         "direction": ["sensitivity"]}, index=[7],
    )  # fmt: skip
    assert "azd6244" in {spelled(name) for name in check_markers(table, "mine")["also"][0]}
    assert "also" not in table
    with pytest.raises(MmdrpError, match="mine: row 2: this marker"):
        check_markers(pd.concat([table, table]), "mine")


def test_a_column_that_lacks_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("drug,source,feature\nA,mutation,BRAF\n")
    with pytest.raises(MmdrpError, match=r"mine\.csv: lacks the column 'direction'"):
        read_markers(path)
