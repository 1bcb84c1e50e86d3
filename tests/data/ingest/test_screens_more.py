"""PRISM's primary screens, as a matrix and in rows, and CTRPv1."""

import zipfile
from pathlib import Path

import pytest

from mmdrp.data.ingest.recognise import recognise
from mmdrp.data.ingest.screens import ctrpv1, prism
from mmdrp.data.study import Study
from mmdrp.data.study.direction import Direction
from mmdrp.errors import MmdrpError
from tests.data.ingest.releases import DEPMAP, write
from tests.data.ingest.test_as_downloaded import CURVES

Q = "Repurposing_Public_24Q2_"
ONE, TWO = "ACH-000001", "ACH-000002"
MATRIX = {
    f"{Q}Extended_Primary_Data_Matrix.csv": """\
,ACH-000001,ACH-000002,ACH-999999
BRD:BRD-K00000001-001-01-1,-2.5,0.25,1
BRD:BRD-K00000001-001-02-1,-1.5,,1
BRD:BRD-K00000001-001-03-1,-9,-9,1
BRD:BRD-K00000002-001-01-1,0.5,NA,1
BRD:BRD-K00000003-001-01-1,0.125,-1,1
""",
    f"{Q}Extended_Primary_Compound_List.csv": """\
IDs,Drug.Name,repurposing_target,screen,dose,MOA,Synonyms
BRD:BRD-K00000001-001-01-1,amine,EGFR,REP.1M,2.5,inhibitor,x
BRD:BRD-K00000001-001-02-1,amine,EGFR,REP.1M,2.5,inhibitor,x
BRD:BRD-K00000001-001-03-1,amine,EGFR,MTS004,2.5,inhibitor,x
BRD:BRD-K00000002-001-01-1,two,,MTS004,2.5,,
BRD:BRD-K00000003-001-01-1,two,,REP.300,2.5,,
""",
}
COLLAPSED = {
    f"{Q}LFC_COLLAPSED.csv": """\
row_id,broad_id,dose,compound_plate,screen,culture,LFC
ACH-000001::PR500A::1,BRD-K00000001-001-01-1,2.5,P1,REP1M,PR500A,-2.5
ACH-000001::PR500B::1,BRD-K00000001-001-01-1,2.5,P1,REP1M,PR500B,-1.5
ACH-000002::PR500A::1,BRD-K00000001-001-01-1,2.5,P1,REP1M,PR500A,0.25
ACH-000002::PR500A::1,BRD-K00000002-001-01-1,10,P1,REP1M,PR500A,0.5
ACH-000002::PR500A::1,QC Failure,2.5,P1,REP1M,PR500A,0.5
""",
    f"{Q}Treatment_Meta_Data.csv": """\
profile_id,culture,compound_plate,prism_replicate,rep,perturbation_type,perturbation_well,dose,broad_id,name,screen
p1,PR500A,P1,P1_X1,X1,trt_cp,A1,2.5,BRD-K00000001-001-01-1,amine,REP1M
p2,PR500A,P1,P1_X2,X2,trt_cp,A1,2.5,BRD-K00000001-001-01-1,amine,REP1M
p3,PR500A,P1,P1_X2,X2,trt_poscon,A2,20,BRD-K88510285-001-17-8,bortezomib,REP1M
""",
}
REPLICATES = {
    f"{Q}LFC.csv": """\
row_id,profile_id,LFC,LFC_cb,PASS
a,p1,-9,-2.5,TRUE
a,p2,-9,-1.5,TRUE
a,p2,-9,9,FALSE
b,p1,9,0.25,TRUE
b,p3,9,-7,TRUE
""",
    f"{Q}Treatment_Meta_Data.csv": COLLAPSED[f"{Q}Treatment_Meta_Data.csv"],
    f"{Q}Cell_Line_Meta_Data.csv": "row_id,depmap_id,ccle_name\na,ACH-000001,x\nb,ACH-000002,y\n",
}
SECONDARY = {prism.FILE: CURVES}


def built(folder: Path, files: dict[str, str], **options: object) -> Study:
    raw = write(folder / "raw", files, DEPMAP)
    return prism.build(folder / "study", raw, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("files", [MATRIX, COLLAPSED, REPLICATES])
def test_primary_screens(files: dict[str, str], tmp_path: Path) -> None:
    study = built(tmp_path, files)
    values = study.response("lfc").set_index(["drug", "cell"])["value"]
    assert values["amine"].to_dict() == {ONE: -2, TWO: 0.25}
    assert study.higher("lfc") is Direction.RESISTANT
    entry = study.manifest.tables["response"]
    assert (entry.release, entry.measures["lfc"]["unit"][:16]) == ("24Q2", "log2 fold change")
    assert entry.licence


def test_compounds_of_the_matrix(tmp_path: Path) -> None:
    smiles = {"smiles.csv": "drug,smiles\namine,CCN\n"}
    study = built(tmp_path, MATRIX | smiles)
    drugs = study.drugs
    assert sorted(drugs.index) == ["amine", "two (BRD-K00000002)", "two (BRD-K00000003)"]
    about = drugs.loc["amine", ["smiles", "target", "moa"]].to_numpy().tolist()
    assert about == ["CCN", "EGFR", "inhibitor"]
    said = "\n".join(study.manifest.notes)
    assert "PRISM: 1 lines have no DepMap id" in said
    assert "3 values of compounds at another dose than 2.5 uM, or that a later screen has" in said
    assert "2 of 3 drugs have no SMILES" in said


def test_both_screens_are_told_apart(tmp_path: Path) -> None:
    raw = write(tmp_path / "raw", MATRIX | SECONDARY, DEPMAP)
    with pytest.raises(MmdrpError, match=r"makes 2 studies.*prism study.raw.screen=secondary or"):
        recognise(raw)
    with pytest.raises(MmdrpError, match="has both screens of PRISM; say screen=secondary or"):
        prism.build(tmp_path / "a", raw)
    assert prism.build(tmp_path / "b", raw, screen="primary").measures == ["lfc"]
    study = prism.build(tmp_path / "c", raw, screen="secondary")
    assert sorted(study.measures) == ["auc", "ic50"]
    assert any("not read" in n and "Extended_Primary_Compound" in n for n in study.manifest.notes)


@pytest.mark.parametrize(("files", "old", "new", "message"), [
    (MATRIX, "Drug.Name", "Name", "has no column 'Drug.Name'"),
    (MATRIX, "01-1,-2.5", "01-1,low", "'low' is not a number"),
    (MATRIX, "-1,-2.5", "-1,-250", r"ACH-000001.*row 1 .*: -250 is no log2 fold change"),
    (MATRIX, "K00000001-001-02-1,-1.5", "K00000001-001-01-1,-1.5", "row 2 .*duplicate of row 1"),
    (MATRIX, "BRD:BRD-K00000003-001-01-1,0.125", "BRD:BRD-K9-1,0.125", "'BRD:BRD-K9-1' is not in"),
    (MATRIX, "BRD:BRD-K00000003-001-01-1,0.125", "ACH-000001,0.125", "are no treatments"),
    (MATRIX, "02-1,amine", "01-1,other", "'other', but IDs BRD:BRD-K00000001-00 is 'amine'"),
    (MATRIX, "ACH-00000", "X", "no line of it maps to"),
    (COLLAPSED, "broad_id,dose", "drug,dose", "has no column 'broad_id'"),
    (COLLAPSED, "ACH-000001::PR500A::1", "A549", "row_id 'A549' names no line"),
    (COLLAPSED, "PR500A,-2.5", "PR500A,low", "column 'LFC', row 1: 'low' is not a finite number"),
    (REPLICATES, "p2,PR500A", "p1,PR500A", "column 'profile_id', row 2 .*duplicate of row 1"),
    (REPLICATES, "TRUE", "FALSE", "no value of a compound"),
])  # fmt: skip
def test_flaws_are_named(
    files: dict[str, str], old: str, new: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(MmdrpError, match=message) as caught:
        built(tmp_path, {name: text.replace(old, new) for name, text in files.items()})
    assert len(str(caught.value)) <= 200


@pytest.mark.parametrize("files", [MATRIX, COLLAPSED, REPLICATES])
def test_empty_files_and_absent_ones(files: dict[str, str], tmp_path: Path) -> None:
    for i, name in enumerate(files):
        if "Cell_Line" in name or ("Treatment" in name and files is COLLAPSED):
            continue
        with pytest.raises(MmdrpError, match="is empty"):
            built(tmp_path / f"e{i}", files | {name: ""})
    first, *_ = files
    if files is MATRIX:
        with pytest.raises(MmdrpError, match="needed for the names of PRISM's compounds"):
            built(tmp_path / "alone", {first: files[first]})


BASU = {
    ctrpv1.CURVES: """\
ccl_name\tcpd_name\tarea_under_curve
OVCAR-3\tamine\t3.5
OVCAR-3\tamine\t4.5
HL-60\tamine\t6
HL-60\tnutlin-3\t
NOWHERE\tamine\t6
""",
    ctrpv1.COMPOUNDS: """\
master_cpd_id\tcpd_name\tgene_symbol_of_protein_target\ttarget_or_activity_of_compound
1\tamine\tEGFR\tinhibitor
2\tnutlin-3\tMDM2\tinhibitor
""",
}


@pytest.mark.parametrize("packed", [False, True])
def test_ctrpv1(packed: bool, tmp_path: Path) -> None:
    raw = write(tmp_path / "raw", DEPMAP, {} if packed else BASU)
    (raw / "smiles.csv").write_text("drug,smiles\namine,CCN\n")
    if packed:
        with zipfile.ZipFile(raw / "CTRPv1.0_2013_pub_Cell_154_1151.zip", "w") as archive:
            for name, text in BASU.items():
                archive.writestr(name, text)
    assert recognise(raw).words() == "study=ctrpv1"
    study = ctrpv1.build(tmp_path / "study", raw)
    values = study.response("auc").set_index("cell")["value"]
    assert values.to_dict() == {ONE: 4, TWO: 6}
    assert study.drugs.loc["amine", ["smiles", "target"]].to_numpy().tolist() == ["CCN", "EGFR"]
    assert study.higher("auc") is Direction.RESISTANT
    assert study.manifest.tables["response"].release == "CTRPv1.0 (2013)"
    assert any("CTRPv1: 1 lines have no DepMap id" in note for note in study.manifest.notes)


@pytest.mark.parametrize(("old", "new", "message"), [
    ("ccl_name", "line", "has no column 'ccl_name'"),
    ("4.5", "low", "column 'area_under_curve', row 2: 'low' is not a finite number"),
    ("4.5", "-4.5", "row 2: -4.5 is not in 0 to 60"),
    ("HL-60\tamine", "\tamine", "column 'ccl_name', row 3: empty"),
    ("2\tnutlin-3", "2\tamine", "column 'cpd_name', row 2.*duplicate of row 1"),
    ("\t", ",", "columns are separated by commas, expected tabs"),
    (BASU[ctrpv1.CURVES], "", "is empty"),
])  # fmt: skip
def test_ctrpv1_s_flaws(old: str, new: str, message: str, tmp_path: Path) -> None:
    files = {name: text.replace(old, new) for name, text in BASU.items()}
    with pytest.raises(MmdrpError, match=message):
        ctrpv1.build(tmp_path / "s", write(tmp_path / "raw", files, DEPMAP))
