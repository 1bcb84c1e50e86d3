"""PharmacoGx's slots as R writes them: AAC is the area above the curve, IC50 is in uM."""

from pathlib import Path

import numpy as np
import pytest

from mmdrp.data.ingest.recognise import recognise
from mmdrp.data.ingest.tools import pharmacogx
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from tests.data.ingest.releases import SAMPLE_INFO
from tests.data.ingest.tools.layouts import INFO, ONCO, PROFILES, PSET, RNA, put

UNIT = "log2(TPM + 0.001)"


def values(study: Study, measure: str) -> dict[tuple[str, str], float]:
    frame = study.response(measure)
    keys = zip(frame["cell"], frame["drug"], strict=True)
    return dict(zip(keys, frame["value"].round(6).tolist(), strict=True))


def noted(study: Study, *words: str) -> bool:
    return any(all(word in note for word in words) for note in study.manifest.notes)


def test_a_pharmacoset(tmp_path: Path) -> None:
    raw = put(tmp_path / "raw", PSET)
    assert recognise(raw).words() == "study=pharmacogx"
    study = pharmacogx.build(tmp_path / "s", raw, expression_unit=UNIT)
    assert values(study, "aac") == {("A", "one"): 0.5, ("A", "two"): 0.05, ("B-1", "one"): 0.55}
    assert study.higher("aac") == "sensitive"
    ic50 = values(study, "ic50")
    assert set(ic50) == {("A", "one"), ("B-1", "one")}
    assert ic50["A", "one"] == 0
    assert ic50["B-1", "one"] == pytest.approx((1 + np.log(3)) / 2, abs=1e-6)
    assert noted(study, "1 curves that do not cross half have no ic50")
    assert noted(study, "1 experiments without a line or a drug")
    assert study.cells["tissue"].to_dict() == {"A": "Lung", "B-1": "Skin"}
    assert study.drugs["smiles"].to_dict() == {"one": "CCO", "two": ""}
    expression = study.modality("expression").frame()
    assert list(expression.columns) == ["TP53", "EGFR", "ENSG99999999999.1"]
    rows = {str(line): row.tolist() for line, row in expression.iterrows()}
    assert study.units["expression"] == "log2(TPM + 1)"
    tpm = 2**3.5 - 0.001
    assert rows["A"] == pytest.approx([0, np.log2(tpm + 1), np.log2(2**0.5 - 0.001 + 1)], abs=1e-4)
    mutation = study.modality("mutation").select(["B-1", "A"])
    assert np.isnan(mutation.values).tolist() == [[False, False], [False, True]]
    assert mutation.values[0].tolist() == [1, 0]
    assert noted(study, "expression: 1 of 3 genes have no symbol")
    entry = study.manifest.tables["response"]
    assert (entry.source, entry.release) == ("profiles.csv", "PharmacoGx")


def test_one_table_of_profiles_and_info_in_old_spelling(tmp_path: Path) -> None:
    text = "cellid,drugid,aac_recomputed\nA,one,50\nA,two,2\nB,one,90\n"
    study = pharmacogx.build(tmp_path / "s", put(tmp_path / "raw", {"CTRP-exps.csv": text}))
    assert values(study, "aac") == {("A", "one"): 0.5, ("A", "two"): 0.02, ("B", "one"): 0.9}
    assert noted(study, "aac_recomputed is in percent, made a fraction of 1")


def test_an_area_that_may_be_either_is_refused(tmp_path: Path) -> None:
    odd = "sampleid,treatmentid,aac_recomputed\n" + "".join(f"L{i},one,0.{i}\n" for i in range(9))
    few = put(tmp_path / "few", {"x.csv": odd + "L9,one,1.7\n"})
    with pytest.raises(MmdrpError, match="1 of 10 values are above 1: fractions of 1 or percent"):
        pharmacogx.build(tmp_path / "s0", few)
    with pytest.raises(MmdrpError, match=r"row 10: 1.7 is not in 0 to 1"):
        pharmacogx.build(tmp_path / "s0", few, aac="fraction")
    small = "sampleid,treatmentid,aac_recomputed\nA,one,0.05\nB,one,0.08\n"
    raw = put(tmp_path / "raw", {"x.csv": small})
    with pytest.raises(MmdrpError, match=r"fractions of 1 or percent\? say study.raw.aac=frac"):
        pharmacogx.build(tmp_path / "s", raw)
    study = pharmacogx.build(tmp_path / "s", raw, aac="percent")
    assert values(study, "aac")["A", "one"] == 0.0005
    old = put(tmp_path / "old", {"x.csv": small.replace("aac_", "auc_").replace("0.08", "0.8")})
    with pytest.raises(MmdrpError, match=r"before 2021, below it elsewhere: say study.raw.auc"):
        pharmacogx.build(tmp_path / "s2", old)
    assert pharmacogx.build(tmp_path / "s2", old, auc="above").measures == ["aac"]
    assert pharmacogx.build(tmp_path / "s3", old, auc="below").measures == ["auc"]


def test_lines_become_depmap_s_and_contradictions_are_left_out(tmp_path: Path) -> None:
    rows = (
        "sampleid,cellid,treatmentid,aac_recomputed\nOVCAR-3,OVCAR-3,one,0.5\n"
        "HL-60,CACO2,one,0.4\nHL-60,,one,0.3\nNOWHERE,,one,0.2\n"
    )
    raw = put(tmp_path / "raw", {"x.csv": rows, "sample_info.csv": SAMPLE_INFO, "other.pdf": "x"})
    study = pharmacogx.build(tmp_path / "s", raw)
    assert values(study, "aac") == {("ACH-000001", "one"): 0.5, ("ACH-000002", "one"): 0.3}
    assert noted(study, "1 experiments whose columns name two lines", "HL-60")
    assert noted(study, "1 lines have no DepMap id", "NOWHERE")
    assert noted(study, "not read: other.pdf")
    assert study.cells["tissue"].tolist() == ["ovary", "blood"]


def test_beside_another_study_both_are_named(tmp_path: Path) -> None:
    raw = put(tmp_path / "raw", PSET | ONCO)
    with pytest.raises(MmdrpError, match=r"makes 2 studies; say which: .* or study=pharmacogx"):
        recognise(raw)


@pytest.mark.parametrize(("files", "words"), [
    ({"info.csv": ""}, "profiles.csv: does not say which lines and drugs; in R"),
    ({"info.csv": INFO.replace('"e', '"x')}, "none of its 6 experiments .such as 'e1'. is in info"),
    ({"info.csv": INFO.replace("e2", "e1")}, "row 2 .e1.: duplicate of row 1"),
    ({"profiles.csv": PROFILES.replace("0.9", "much")}, "'aac_recomputed', row 3: 'much' is no num"),
    ({"profiles.csv": PROFILES.replace("0.9", "-0.9")}, "row 3: -0.9 is not in 0 to 1"),
    ({"profiles.csv": PROFILES.replace("2.71", "-2.71")}, "row 3: below 0; PharmacoGx gives uM"),
    ({"profiles.csv": PROFILES.replace('"e', '"'), "info.csv": INFO.replace('"e', '"')},
     "profiles.csv: its row names only count the rows"),
    ({"rnaseq.csv": RNA.replace("ENSG00000141510.18", "1").replace("ENSG00000146648.16", "2")
      .replace("ENSG99999999999.1", "3")}, "rnaseq.csv: its row names only count the rows"),
    ({"info.csv": INFO.replace("sampleid", "cellid").replace("duration", "sampleid")
      .replace('"e6",""', '"e6","D"')},
     "columns sampleid, cellid, treatmentid contradict each other in every row"),
    ({"profiles.csv": PROFILES.split("\n")[0]}, "profiles.csv: holds no rows"),
    ({"more.csv": PROFILES}, "both hold sensitivity profiles"),
    ({"rnaseq.csv": RNA.replace('"A","B-1"', '"Y","Z"')}, "none of its 3 columns .such as 'Y'"),
    ({"rnaseq.csv": RNA.replace("3.5", "low")}, "'low' is not a number"),
    ({"rnaseq.csv": RNA.replace("-9.9658", "1")}, r"do not say their unit .log2.TPM \+ 1. or log2"),
    ({"treatments.csv": "treatmentid,smiles\none,C(\n"}, "'C.' is not a valid SMILES"),
])  # fmt: skip
def test_flaws_are_named(tmp_path: Path, files: dict[str, str], words: str) -> None:
    wanted = {name: text for name, text in (PSET | files).items() if text}
    raw = put(tmp_path / "raw", wanted)
    unit = None if files.get("rnaseq.csv") else UNIT
    with pytest.raises(MmdrpError, match=words) as caught:
        pharmacogx.build(tmp_path / "s", raw, expression_unit=unit)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "s").exists()
