"""DepMap's fusions, signatures and release quarter; copy number and proteins of Sanger."""

from pathlib import Path

import pytest

from mmdrp.data.ingest.depmap import releases
from mmdrp.data.ingest.raw import Raw
from mmdrp.data.study.units import stated
from mmdrp.errors import MmdrpError
from tests.data.ingest.test_depmap_today import ABOUT, EXPRESSION
from tests.data.ingest.test_depmap_today import built as of_depmap
from tests.data.ingest.test_passports import built as of_sanger

TODAY, ONE, TWO = "OmicsFusionFiltered.csv", "ACH-000001", "ACH-000002"
FUSIONS = """\
,SequencingID,ModelID,IsDefaultEntryForModel,CanonicalFusionName,Gene1,Gene2,FFPM
0,CDS-1,ACH-000001,Yes,BCR--ABL1,BCR (ENSG1),ABL1 (ENSG2),1
1,CDS-1,ACH-000001,Yes,BCR--ABL1,BCR (ENSG1),ABL1 (ENSG2),2
2,CDS-2,ACH-000001,No,EWSR1--FLI1,EWSR1 (ENSG3),FLI1 (ENSG4),1
3,CDS-3,ACH-000002,Yes,BCR--ABL1,BCR (ENSG1),ABL1 (ENSG2),1
4,CDS-3,ACH-000002,Yes,EWSR1--FLI1,EWSR1 (ENSG3),FLI1 (ENSG4),1
"""
OLD = """\
FusionName,JunctionReadCount,LeftGene,ModelID
BCR--ABL1,3,BCR (ENSG1),ACH-000001
BCR--ABL1,3,BCR (ENSG1),ACH-000002
ALK--X,3,ALK (ENSG1),ACH-000002
"""
SIGNATURES = f"""\
{ABOUT},Aneuploidy,CIN,LoHFraction,MSIScore,Ploidy,WGD
0,CDS-1,ACH-000001,Yes,MC-1,Yes,12,0.5,0.25,30.5,3.5,1
1,CDS-2,ACH-000001,No,MC-1,No,1,0,0,1,2,0
2,CDS-3,ACH-000002,Yes,MC-2,Yes,,,,2.5,,
"""


@pytest.mark.parametrize(("name", "text"), [(TODAY, FUSIONS), (TODAY, OLD),
    ("CCLE_fusions.csv", OLD.replace("ModelID", "DepMap_ID"))])  # fmt: skip
def test_fusions_of_default_entries(name: str, text: str, tmp_path: Path) -> None:
    study = of_depmap(tmp_path, {name: text})
    table = study.modality("gene_fusion").frame()
    assert table.to_dict() == {"BCR--ABL1": {ONE: 1, TWO: 1}}
    assert study.units == {"gene_fusion": "0/1"}
    entry = study.manifest.tables["gene_fusion"]
    assert "1 fusions of fewer than 2 lines are left out" in entry.detail
    assert entry.release == "unknown"


@pytest.mark.parametrize(("old", "new", "message"), [
    ("CanonicalFusionName", "Name", "has no column 'CanonicalFusionName' or 'FusionName'"),
    ("ModelID", "Line", "has no column 'ModelID' or 'DepMap_ID'"),
    ("ACH-000001,Yes,BCR--ABL1", "ACH-000001,Yes,", "column 'CanonicalFusionName', row 1: empty"),
    ("3,CDS-3,ACH-000002,Yes,BCR--ABL1", "3,CDS-3,ACH-000002,Yes,A--B", "of its 3 fusions is in 2"),
    ("ACH-00000", "LINE-", r"none of its 2 lines \(such as 'LINE-1'\)"),
    (FUSIONS[FUSIONS.index("\n") + 1:], "", "holds no rows"),
    (FUSIONS, "", "is empty"),
])  # fmt: skip
def test_fusions_flaws(old: str, new: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(MmdrpError, match=message):
        of_depmap(tmp_path, {TODAY: FUSIONS.replace(old, new)})


def test_signatures(tmp_path: Path) -> None:
    study = of_depmap(tmp_path, {"OmicsSignatures.csv": SIGNATURES})
    table = study.modality("signatures").frame()
    assert table.loc[ONE].to_dict() == {
        "Aneuploidy": 12, "CIN": 0.5, "LoHFraction": 0.25, "MSIScore": 30.5, "Ploidy": 3.5,
        "WGD": 1}  # fmt: skip
    assert table.loc[TWO].isna().sum() == 5
    assert "MSIScore: % of microsatellites" in study.manifest.tables["signatures"].detail


@pytest.mark.parametrize(("old", "new", "message"), [
    ("0.5,0.25", "50,0.25", r"column 'CIN' \(ACH-000001\): 50 is not in 0 to 1"),
    (",30.5,", ",high,", "column 'MSIScore', row 1 .*'high' is not a number"),
    ("No,MC-1,No", "Yes,MC-1,No", "column 'ModelID'.*duplicate"),
    ("Aneuploidy,CIN,LoHFraction,MSIScore,Ploidy,WGD", "a,b,c,d,e,f", "has none of MSIScore"),
])  # fmt: skip
def test_signatures_flaws(old: str, new: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(MmdrpError, match=message):
        of_depmap(tmp_path, {"OmicsSignatures.csv": SIGNATURES.replace(old, new)})


@pytest.mark.parametrize(("folder", "readme", "release"), [
    ("a", "# DepMap Public 25Q3\n\nUntil 25Q1 it was otherwise.\n", "25Q3"),
    ("depmap_24q4", "", "24Q4"),
    ("a", "Notes\n" * 20 + "DepMap 25Q1", "unknown"),
    ("depmap_24Q4", "DepMap Public 25Q3", "unknown: its folder says 24Q4, README.txt says 25Q3"),
])  # fmt: skip
def test_the_quarter(folder: str, readme: str, release: str, tmp_path: Path) -> None:
    place = tmp_path / folder
    place.mkdir()
    if readme:
        (place / "README.txt").write_text(readme)
    assert releases.of(Raw(tmp_path), place / "OmicsSignatures.csv") == release
    assert releases.of(Raw(tmp_path), place / "Signatures_26Q1.csv").endswith("26Q1") == (
        release == "unknown"
    )


def test_the_quarter_stands_in_the_manifest(tmp_path: Path) -> None:
    name = "OmicsExpressionTPMLogp1HumanProteinCodingGenes.csv"
    study = of_depmap(tmp_path, {name: EXPRESSION, "README.txt": "DepMap Public 25Q3\n"})
    assert study.manifest.tables["expression"].release == "25Q3"
    assert not any("README" in note for note in study.manifest.notes if "not read" in note)


WIDE = """\
model_name,NIH:OVCAR-3,HL-60,HL-60
model_id,SIDM00105,SIDM00829,SIDM00829
source,Sanger,Broad,Sanger
symbol,,,
TP53,2,9,1
ERBB2,30,9,
"""
WGS = """\
model_name,,NIH:OVCAR-3,HL-60
model_id,,SIDM00105,SIDM00829
source,,Sanger,Sanger
symbol,gene_id,,
TP53,SIDG1,2,1
ERBB2,SIDG2,30,
"""
CATEGORY = WIDE.replace("TP53,2,9,1", "TP53,Neutral,Gain,Loss").replace(
    "ERBB2,30,9,", "ERBB2,Amplification,Gain,")  # fmt: skip
PICNIC = """\
model_id,,SIDM00105,SIDM00829
model_name,,NIH:OVCAR-3,HL-60
gene_id,symbol,,
SIDG1,TP53,2,1
SIDG2,ERBB2,30,
"""
LONG = """\
model_id,model_name,symbol,gene_id,total_copy_number,cn_category,source
SIDM00105,NIH:OVCAR-3,TP53,SIDG1,2,Neutral,Sanger
SIDM00105,NIH:OVCAR-3,ERBB2,SIDG2,20,Amplification,Sanger
SIDM00105,NIH:OVCAR-3,ERBB2,SIDG2,40,Amplification,Sanger
SIDM00829,HL-60,TP53,SIDG1,9,Gain,Broad
SIDM00829,HL-60,TP53,SIDG1,1,Loss,Sanger
SIDM00829,HL-60,ERBB2,SIDG2,,,Sanger
"""
TOTAL = "WES_pureCN_CNV_genes_total_copy_number_20221213.csv"


@pytest.mark.parametrize(("name", "text", "unit", "values"), [
    (TOTAL, WIDE, "copies", [2, 30, 1]),
    ("WGS_purple_genes_total_copy_number_20230303.csv", WGS, "copies", [2, 30, 1]),
    ("cnv_abs_copy_number_picnic_20191101.csv", PICNIC, "copies", [2, 30, 1]),
    ("WES_pureCN_CNV_genes_cn_category_20221213.csv", CATEGORY, "GISTIC", [0, 2, -1]),
    ("cnv_gistic_20191101.csv", PICNIC.replace("TP53,2", "TP53,0").replace("30", "2").replace(
        ",0,1", ",0,-1"), "GISTIC", [0, 2, -1]),
    ("WES_pureCN_CNV_genes_20221213.csv", LONG, "copies", [2, 30, 1]),
    ("WES_pureCN_CNV_genes_latest.csv", LONG, "copies", [2, 30, 1]),
])  # fmt: skip
@pytest.mark.parametrize("listed", [False, True])
def test_sanger_s_copy_number(
    name: str, text: str, unit: str, values: list[float], listed: bool, tmp_path: Path
) -> None:
    study = of_sanger(tmp_path, {name: text}, listed)
    table = study.modality("cnv").frame()
    other = "SIDM00829" if listed else TWO
    found = [table.loc[ONE, "TP53"], table.loc[ONE, "ERBB2"], table.loc[other, "TP53"]]
    assert found == values
    assert table["ERBB2"].isna()[other]
    assert study.units == {"cnv": unit}
    assert study.manifest.tables["cnv"].licence.startswith("Cell Model Passports")


@pytest.mark.parametrize(("name", "text", "message"), [
    (TOTAL, WIDE.replace("TP53,2", "TP53,-2"), "row 1 .*-2 is no copy number"),
    (TOTAL, WIDE.replace("TP53,2", "TP53,two"), "'two' is not a number"),
    (TOTAL, WIDE.replace("ERBB2", "TP53"), "'symbol', row 2 .*duplicate of row 1"),
    (TOTAL, WIDE.replace("model_id,", "id,"), "its first column begins with model_name, id,"),
    (TOTAL, WIDE.split("TP53")[0], "holds no rows"),
    (TOTAL, "", "its first column begins with"),
    (TOTAL, WIDE.replace("SIDM", "X").replace("HL", "Y").replace("OV", "Z"),
     r"none of its 2 lines \(such as 'X00105'\)"),
    ("WES_pureCN_CNV_genes_cn_category_20221213.csv", CATEGORY.replace("Loss", "Lots"),
     "row 1: 'Lots' is none of Deletion, Loss"),
    ("WES_pureCN_CNV_genes_20221213.csv", LONG.replace("total_copy", "copy"),
     "no column 'total_copy_number'"),
    ("WES_pureCN_CNV_genes_20221213.csv", LONG.replace(",9,", ",-9,"), "row 4: -9 is no copy"),
    ("WES_pureCN_CNV_genes_20221213.csv", LONG.replace("HL-60,TP53", "HL-60,"), "row 4: empty"),
])  # fmt: skip
def test_sanger_s_flaws(name: str, text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(MmdrpError, match=message):
        of_sanger(tmp_path, {name: text})


PROCAN = """\
Project_Identifier\tP04637;P53_HUMAN\tP00533;EGFR_HUMAN
SIDM00105;NIH:OVCAR-3\t5.5\t
SIDM00829;HL-60\t6\t7.25
"""
MATRIX = "ProCan-DepMapSanger_protein_matrix_8498_averaged.txt"


@pytest.mark.parametrize("first", ["Project_Identifier", ""])
def test_procan(first: str, tmp_path: Path) -> None:
    study = of_sanger(tmp_path, {MATRIX: PROCAN.replace("Project_Identifier", first)})
    table = study.modality("proteomics").frame()
    assert table.columns.tolist() == ["P53_HUMAN (P04637)", "EGFR_HUMAN (P00533)"]
    assert table.loc[TWO].to_numpy().tolist() == [6, 7.25]
    assert table["EGFR_HUMAN (P00533)"].isna()[ONE]
    assert stated(study.units["proteomics"])


@pytest.mark.parametrize(("old", "new", "message"), [
    ("Project_Identifier", "Line", "its first column is 'Line', expected 'Project_Identifier'"),
    ("SIDM00829;HL-60", "HL-60", "row 2: 'HL-60' is not SIDM....;LINE"),
    ("SIDM00829;HL-60", "SIDM00105;NIH:OVCAR-3", "duplicate of row 1"),
    ("7.25", "high", "'high' is not a number"),
    (PROCAN, "", "is empty"),
])  # fmt: skip
def test_procan_s_flaws(old: str, new: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(MmdrpError, match=message):
        of_sanger(tmp_path, {MATRIX: PROCAN.replace(old, new)})
