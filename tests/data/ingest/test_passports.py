"""Cell Model Passports: names, RNA-seq and mutations of models."""

from pathlib import Path

import numpy as np
import pytest

from mmdrp.data.ingest.screens import ccle
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from tests.data.ingest.releases import CCLE, write

RNA = """\
model_id,,SIDM00105,SIDM00829,SIDM00829
model_name,,NIH:OVCAR-3,HL-60,HL-60
dataset_name,,x,x,x
data_source,,broad,broad,sanger
gene_id,symbol,,,
SIDG1,TP53,15,500,31
SIDG2,TWIN,0,1,3
SIDG3,TWIN,1,1,7
"""
MUTATIONS = """\
gene_id,gene_symbol,model_id,protein_mutation,effect,source
SIDG1,TP53,SIDM00105,p.A1T,missense,Sanger
SIDG1,TP53,SIDM00829,p.A1A,silent,Sanger
SIDG4,KRAS,SIDM00829,p.A1fs,frameshift,Sanger
"""
LIST = """\
model_id,model_name,synonyms,tissue,cancer_type,COSMIC_ID,BROAD_ID,RRID,CCLE_ID,gender
SIDM00105,NIH:OVCAR-3,OVCAR3,Ovary,Ovarian Carcinoma,905933,ACH-000001,CVCL_0465,NIHOVCAR3_OVARY,Female
SIDM00829,HL-60,,Haematopoietic,AML,905938,,CVCL_0002,HL60_HAEMATOPOIETIC_AND_LYMPHOID_TISSUE,Female
"""
FILES = {"rnaseq_tpm_20220624.csv": RNA, "mutations_summary_20230202.csv": MUTATIONS}


def built(folder: Path, files: dict[str, str], listed: bool = False) -> Study:
    raw = write(folder / "raw", CCLE, files, {"model_list_20230110.csv": LIST} if listed else {})
    if listed:
        (raw / "sample_info.csv").unlink()
    return ccle.build(folder / "study", raw)


@pytest.mark.parametrize("listed", [False, True])
def test_passports(listed: bool, tmp_path: Path) -> None:
    study = built(tmp_path, FILES, listed)
    hl60 = "SIDM00829" if listed else "ACH-000002"
    table = study.modality("expression").frame()
    np.testing.assert_allclose(table.loc[hl60], [5, 2, 3])  # Sanger's, not Broad's
    assert table.loc["ACH-000001"].to_numpy().tolist() == [4, 0, 1]
    assert table.columns.tolist() == ["TP53", "SIDG2", "SIDG3"]
    assert study.units == {"expression": "log2(TPM + 1)", "mutation": "0/1"}
    assert study.modality("mutation").select([hl60]).values.tolist() == [[1, 0]]  # KRAS, TP53
    assert study.manifest.tables["cells"].source.startswith("model_list" if listed else "sample")


@pytest.mark.parametrize(("old", "new", "message"), [
    ("15,500,31", "4,4,4", "no value is above 7: logged already"),
    ("dataset_name", "", "its first column begins with model_id, model_name, , data_source"),
    ("SIDG2", "SIDG1", "'gene_id', row 2 .*duplicate of row 1"),
    ("15,", "-15,", "-15 cannot be"),
])  # fmt: skip
def test_flaws_are_named(old: str, new: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(MmdrpError, match=message):
        built(tmp_path, {"rnaseq_tpm_20220624.csv": RNA.replace(old, new)})
