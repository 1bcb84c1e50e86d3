"""DepMap's releases of 22Q4 and later: Model.csv, tables of sequencings, default entries."""

from pathlib import Path

import numpy as np
import pytest

from mmdrp.data.ingest import maf
from mmdrp.data.ingest.depmap import copies
from mmdrp.data.ingest.screens import ccle
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from tests.data.ingest.releases import CCLE, write

MODEL = """\
ModelID,PatientID,CellLineName,StrippedCellLineName,OncotreeLineage,OncotreePrimaryDisease,OncotreeSubtype,RRID,Sex,CCLEName,SangerModelID,COSMICID,ModelIDAlias
ACH-000001,PT-1,NIH:OVCAR-3,NIHOVCAR3,Ovary/Fallopian Tube,Ovarian Cancer,HGSOC,CVCL_0465,Female,NIHOVCAR3_OVARY,SIDM00105,905933.0,
ACH-000002,PT-2,HL-60,HL60,Myeloid,AML,AML,CVCL_0002,Female,HL60_HAEMATOPOIETIC_AND_LYMPHOID_TISSUE,SIDM00829,905938.0,ACH-777777
"""
ABOUT = ",SequencingID,ModelID,IsDefaultEntryForModel,ModelConditionID,IsDefaultEntryForMC"
EXPRESSION = f"""\
{ABOUT},TP53 (7157),EGFR (1956)
0,CDS-1,ACH-000001,Yes,MC-1,Yes,1.5,2.5
1,CDS-2,ACH-000001,No,MC-1,No,9,9
2,CDS-3,ACH-000002,Yes,MC-2,Yes,3,4
"""
VARIANTS = """\
Chrom,Ref,Alt,HugoSymbol,MolecularConsequence,VariantInfo,LikelyLoF,Hotspot,ModelID,SequencingID,IsDefaultEntryForModel
chr1,A,T,TP53,missense_variant,missense_variant,False,True,ACH-000001,CDS-1,Yes
chr1,A,T,EGFR,stop_gained&splice_region_variant,x,True,False,ACH-000001,CDS-2,No
chr1,A,T,EGFR,synonymous_variant,x,False,False,ACH-000002,CDS-3,Yes
chr1,AT,A,KRAS,frameshift_variant,x,True,False,ACH-000002,CDS-3,Yes
chr1,A,T,,intergenic_variant,x,False,False,ACH-000002,CDS-3,Yes
"""


def built(folder: Path, files: dict[str, str], **options: object) -> Study:
    raw = write(folder / "raw", CCLE, {"Model.csv": MODEL}, files)
    return ccle.build(folder / "study", raw, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [
    "OmicsExpressionTPMLogp1HumanProteinCodingGenes.csv", "CCLE_expression.csv",
    "OmicsExpressionProteinCodingGenesTPMLogp1.csv", "OmicsExpressionAllGenesTPMLogp1.csv",
    "OmicsExpressionProteinCodingGenesTPMLogp1BatchCorrected.csv",
    "OmicsExpressionTPMLogp1HumanProteinCodingGenesStranded.csv",
])  # fmt: skip
def test_default_entries_of_expression(name: str, tmp_path: Path) -> None:
    study = built(tmp_path, {name: EXPRESSION})
    table = study.modality("expression").frame()
    assert table.loc["ACH-000001"].to_dict() == {"TP53": 1.5, "EGFR": 2.5}
    assert study.units == {"expression": "log2(TPM + 1)"}
    cells = study.cells.loc["ACH-000001"]
    assert cells["tissue"] == "Ovary/Fallopian Tube"
    assert (cells["cosmic_id"], cells["sanger_id"], cells["sex"]) == (
        "905933", "SIDM00105", "Female")  # fmt: skip
    assert study.manifest.tables["cells"].source == "Model.csv"
    assert "not read: sample_info.csv" in study.manifest.notes


def test_two_default_entries_of_a_line_are_refused(tmp_path: Path) -> None:
    text = EXPRESSION.replace("No", "Yes")
    with pytest.raises(MmdrpError, match=r"column 'ModelID'.*ACH-000001.*duplicate of row 1"):
        built(tmp_path, {"OmicsExpressionTPMLogp1HumanProteinCodingGenes.csv": text})


@pytest.mark.parametrize(("mutation", "expected"), [
    (maf.DEEPDR, {"KRAS": [0, 1], "TP53": [1, 0]}),
    ("damaging_hotspot", {"KRAS": [0, 1], "TP53": [1, 0]}),
    (["Silent"], {"EGFR": [0, 1]}),
])  # fmt: skip
@pytest.mark.parametrize("name", ["OmicsSomaticMutations.csv", "CCLE_mutations.csv"])
def test_variants(
    name: str, mutation: object, expected: dict[str, list[int]], tmp_path: Path
) -> None:
    table = built(tmp_path, {name: VARIANTS}, mutation=mutation).modality("mutation").frame()
    assert table.loc[["ACH-000001", "ACH-000002"]].to_dict("list") == expected


def test_ready_matrices_hold_two_of_both_alleles(tmp_path: Path) -> None:
    files = {
        "OmicsSomaticMutationsMatrixDamaging.csv": ",TP53 (7157)\nACH-000001,2.0\nACH-000002,0\n",
        "OmicsSomaticMutationsMatrixHotspot.csv": ",TP53 (7157)\nACH-000001,0\nACH-000002,1\n",
    }
    assert built(tmp_path, files).modality("mutation").values.tolist() == [[1], [1]]


@pytest.mark.parametrize(("name", "about", "high", "logged", "said"), [
    ("OmicsCNGene.csv", "", 3.0, True, "no value above 3; taken for log2(relative copies + 1)"),
    ("OmicsCNGene.csv", "", 40.0, False, "relative copy number up to 40, made"),
    ("OmicsCNGene.csv", ABOUT, 3.0, False, "by name and layout relative, made"),
    ("OmicsCNGeneWGS.csv", ABOUT, 3.0, False, "by name and layout relative, made"),
    ("PortalOmicsCNGeneLog2.csv", "", 3.0, True, ""),
    ("CCLE_gene_cn.csv", "", 3.0, True, ""),
])  # fmt: skip
def test_copy_number_by_its_range_and_release(
    name: str, about: str, high: float, logged: bool, said: str, tmp_path: Path
) -> None:
    first = "0,CDS-1,ACH-000001,Yes,MC-1,Yes" if about else "ACH-000001"
    study = built(tmp_path, {name: f"{about or ''},TP53 (7157),EGFR (1956)\n{first},1,{high}\n"})
    table = study.modality("cnv")
    expected = [1, high] if logged else [1, np.log2(high + 1)]
    np.testing.assert_allclose(table.values, [expected], rtol=1e-6)
    assert study.units["cnv"] == copies.UNIT
    assert said in study.manifest.tables["cnv"].detail
    assert not said or any(said in note for note in study.manifest.notes)


def test_copy_number_is_not_negative(tmp_path: Path) -> None:
    with pytest.raises(MmdrpError, match="'TP53', row 1: -1 is no copy number"):
        built(tmp_path, {"OmicsCNGene.csv": ",TP53 (7157)\nACH-000001,-1\n"})


def test_model_under_the_old_name(tmp_path: Path) -> None:
    raw = write(tmp_path / "raw", CCLE, {"CCLE_expression.csv": EXPRESSION})
    (raw / "sample_info.csv").write_text(MODEL)
    assert len(ccle.build(tmp_path / "study", raw).cells) == 2


PROFILES = {
    "OmicsExpressionProteinCodingGenesTPMLogp1Profile.csv": (
        ",TP53 (7157)\nPR-1,1\nPR-2,9\nPR-3,3\nPR-4,4\n"
    ),
    "OmicsProfiles.csv": (
        "ProfileID,ModelID,IsDefaultEntryForModel\nPR-1,ACH-000001,Yes\nPR-2,ACH-000001,No\n"
        "PR-3,ACH-000002,Yes\n"
    ),
}
CHOSEN = "ModelID,ProfileID,ProfileType\nACH-000001,PR-2,rna\nACH-000002,PR-3,rna\n"


def test_profiles_become_lines(tmp_path: Path) -> None:
    table = built(tmp_path / "a", PROFILES).modality("expression").frame()
    assert table["TP53"].to_dict() == {"ACH-000001": 1, "ACH-000002": 3}
    chosen = PROFILES | {"OmicsDefaultModelProfiles.csv": CHOSEN}
    table = built(tmp_path / "b", chosen).modality("expression").frame()
    assert table["TP53"].to_dict() == {"ACH-000001": 9, "ACH-000002": 3}
    alone = {name: text for name, text in PROFILES.items() if "Expression" in name}
    with pytest.raises(MmdrpError, match=r"has no OmicsProfiles\.csv .*needed for the profiles of"):
        built(tmp_path / "c", alone)
    bare = PROFILES | {"OmicsProfiles.csv": "ProfileID,ModelID\nPR-1,ACH-000001\n"}
    with pytest.raises(MmdrpError, match="does not say which profiles are default"):
        built(tmp_path / "d", bare)
