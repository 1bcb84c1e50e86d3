"""oncoPredict's training matrices as R writes them, with and without a corner cell."""

from pathlib import Path

import pytest

from mmdrp.data.ingest.recognise import recognise
from mmdrp.data.ingest.tools import oncopredict
from mmdrp.errors import MmdrpError
from tests.data.ingest.releases import SAMPLE_INFO
from tests.data.ingest.tools.layouts import CTRP, EXPR, ONCO, RES, put

NAME = "GDSC2_Expr (RMA Normalized and Log Transformed).txt"


def test_gdsc2(tmp_path: Path) -> None:
    raw = put(tmp_path / "raw", ONCO)
    assert recognise(raw).words() == "study=oncopredict study.raw.screen=GDSC2"
    study = oncopredict.build(tmp_path / "s", raw)
    frame = study.response("ic50")
    wide = frame.pivot(index="cell", columns="drug", values="value")
    assert wide.loc["905933"].dropna().to_dict() == {
        "Camptothecin": -1.5, "Vinblastine (GDSC:1005)": 2.5,
    }  # fmt: skip
    assert study.drugs["gdsc_id"].tolist() == ["GDSC:1003", "GDSC:1004", "GDSC:1005"]
    assert study.units["expression"] == "log2 intensity"
    table = study.modality("expression").frame()
    assert table.loc["905938"].to_dict() == {"TP53": 3.5, "EGFR": 7.5}
    assert "expression: 2 of the 3 lines with a response" in study.manifest.notes


def test_ids_with_and_without_their_prefix(tmp_path: Path) -> None:
    files = ONCO | {"GDSC2_Res.txt": RES.replace("COSMIC_", "")}
    study = oncopredict.build(tmp_path / "s", put(tmp_path / "raw", files))
    assert study.modality("expression").ids == ["905933", "905938"]


def test_with_depmap_s_table_lines_are_mapped(tmp_path: Path) -> None:
    raw = put(tmp_path / "raw", ONCO | {"sample_info.csv": SAMPLE_INFO})
    study = oncopredict.build(tmp_path / "s", raw)
    assert study.cells.index.tolist() == ["ACH-000001", "ACH-000002"]
    assert study.modality("expression").frame().loc["ACH-000001", "TP53"] == 6.25
    assert any("oncopredict" in n or "GDSC2_Res.txt: 1 lines" in n for n in study.manifest.notes)


def test_ctrp2_is_an_area_and_its_tpm_is_logged(tmp_path: Path) -> None:
    study = oncopredict.build(tmp_path / "s", put(tmp_path / "raw", CTRP))
    assert study.higher("auc") == "resistant"
    assert sorted(study.response("auc")["value"]) == [0.5, 7, 14.5]
    assert study.units["expression"] == "log2(TPM + 1)"
    assert study.modality("expression").select(["A"]).values.tolist() == [[5, 0]]
    logged = {"CTRP2_Res.csv": CTRP["CTRP2_Res.csv"],
              "CTRP2_Expr (TPM, log2(x+1) Transformed).csv": '"","A"\n"TP53",5.5\n'}  # fmt: skip
    study = oncopredict.build(tmp_path / "s2", put(tmp_path / "raw2", logged))
    assert study.modality("expression").values.tolist() == [[5.5]]
    bare = {"CTRP2_Res.csv": CTRP["CTRP2_Res.csv"], "CTRP2_Expr.csv": '"","A"\n"TP53",5.5\n'}
    raw = put(tmp_path / "raw3", bare)
    with pytest.raises(MmdrpError, match=r"values do not say their unit \(.*expression_unit="):
        oncopredict.build(tmp_path / "s3", raw)
    study = oncopredict.build(tmp_path / "s3", raw, expression_unit="TPM")
    assert study.modality("expression").values[0, 0] == pytest.approx(2.70044)


def test_predictions_of_oncopredict(tmp_path: Path) -> None:
    text = '"","Camptothecin_1003","Vinblastine_1004"\n"P1",0.5,NA\n"P2",0.25,8\n'
    raw = put(tmp_path / "raw", {"DrugPredictions.csv": text})
    found = oncopredict.predictions(raw / "DrugPredictions.csv")
    assert found.to_dict("list") == {
        "cell": ["P1", "P2", "P2"], "drug": ["Camptothecin", "Camptothecin", "Vinblastine"],
        "pred": [0.5, 0.25, 8.0],
    }  # fmt: skip
    with pytest.raises(MmdrpError, match=r"there: DrugPredictions.csv \(predict"):
        recognise(raw)
    with pytest.raises(MmdrpError, match=r"which are no measurements; put GDSC2_Res.csv there"):
        oncopredict.build(tmp_path / "s", raw)


def test_r_s_own_files_say_what_to_do(tmp_path: Path) -> None:
    raw = put(tmp_path / "raw", {"GDSC2_Res.rds": "x", NAME.replace(".txt", ".rds"): "x"})
    for asked in (lambda: oncopredict.build(tmp_path / "s", raw), lambda: recognise(raw)):
        with pytest.raises(MmdrpError, match=r"in R: write.csv\(readRDS\('GDSC2_") as caught:
            asked()
        assert len(str(caught.value)) <= 200
    pset = put(tmp_path / "pset", {"CTRPv2_2015.rds": "x"})
    with pytest.raises(MmdrpError, match="write its tables as CSV in R"):
        recognise(pset)
    both = put(tmp_path / "both", ONCO | {"GDSC1_Res.txt": RES})
    with pytest.raises(
        MmdrpError, match=r"makes 2 studies; say which: .*screen=GDSC2 or study=onc"
    ):
        recognise(both)
    assert len(oncopredict.build(tmp_path / "s1", both, screen="GDSC1").measures) == 1


@pytest.mark.parametrize(("files", "words"), [
    ({"GDSC2_Res.txt": RES.replace("0.25", "inhibits")}, "row 3 .*'inhibits' is not a number"),
    ({"GDSC2_Res.txt": RES.replace("0.25", "99")}, "99 is not in -25 to 25; it is the natural"),
    ({"GDSC2_Res.txt": RES.replace("905938", "905933")}, "row 2 .*duplicate of row 1"),
    ({"GDSC2_Res.txt": RES.replace("1004", "1003").replace("Vin", "Cam").replace("bl", "pto")
      .replace("Camptoastine", "Camptothecin")}, "'Camptothecin_1003' stands there twice"),
    ({"GDSC2_Res.txt": ""}, "is empty"),
    ({"GDSC2_Res.txt": "a_1,b_2\n-1.5,2\n0.5,1\n"}, "its row names are numbers .such as -1.5."),
    ({"GDSC2_Res.txt": ',a_1\n1,2\n2,1\n3,1\n'}, "row names only count the rows"),
    ({"GDSC2_Res.csv": RES}, "both hold GDSC2_Res; keep one"),
    ({"GDSC2_Res.txt": '"a_1" "b_2"\n"COSMIC_1" 1 2 3\n'}, "row 1 has 4 cells, the header 2"),
    ({NAME: EXPR.replace("COSMIC_", "C")}, "none of its 2 columns .such as 'C905938'. is a line"),
    ({NAME: '"TP53" "EGFR"\n"COSMIC_905938" 1 2\n'}, "lines in rows. write t.x."),
    ({NAME: EXPR.replace("7.5", "7500")}, "EGFR of COSMIC_905938: 7500 is no log2 intensity"),
    ({"GDSC2_Res.txt": '"a_1"\n' + "".join(f'"COSMIC_{i}" {i + 1}\n' for i in range(21))},
     "no value is below 0: exponentiated"),
])  # fmt: skip
def test_flaws_are_named(tmp_path: Path, files: dict[str, str], words: str) -> None:
    with pytest.raises(MmdrpError, match=words):
        oncopredict.build(tmp_path / "s", put(tmp_path / "raw", ONCO | files))
    assert not (tmp_path / "s").exists()
