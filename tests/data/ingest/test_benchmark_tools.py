"""Responses as drevalpy, coderdata and IMPROVE hold them."""

from pathlib import Path

import pytest

from mmdrp.data.ingest.recognise import recognise
from mmdrp.data.ingest.screens import benchmark
from mmdrp.errors import MmdrpError

DREVAL = {
    "response.csv": (
        "cellosaurus_id,cell_line_name,pubchem_id,drug_name,LN_IC50,AUC_curvecurator,"
        "pEC50_curvecurator,tissue\nCVCL_1,A,1,one,0.5,0.7,5,lung\nCVCL_1,A,2,two,1.5,0.8,6,lung\n"
        "CVCL_2,B,1,one,-0.5,,5,skin\n"
    ),
    "gene_expression.csv": "cell_line_name,cellosaurus_id,TP53,EGFR\nA,CVCL_1,0.5,-1\nC,CVCL_3,1,1\n",
    "mutations.csv": "cell_line_name,cellosaurus_id,TP53\nA,CVCL_1,1\nB,CVCL_2,0\n",
}
HEAD = (
    "source\timprove_sample_id\timprove_drug_id\tstudy\tdose_response_metric\tdose_response_value\n"
)
CODER = HEAD + "".join(
    f"GDSC\t{line}\tSMI_{drug}\t{study}\t{metric}\t{value}\n"
    for line, drug, study, metric, value in [
        (0, 1, "GDSCv2", "fit_auc", 0.7), (1, 1, "GDSCv2", "fit_auc", 0.9),
        (0, 1, "GDSCv2", "fit_ic50", 5.5), (0, 1, "GDSCv2", "fit_r2", 0.9),
        (0, 1, "GDSCv1", "fit_auc", 0.1)]
)  # fmt: skip
IMPROVE = {
    "response.tsv": "source\timprove_sample_id\timprove_chem_id\tauc\tic50\n"
    "CCLE\tACH-1\tDrug_1\t0.7\t5.1\nCCLE\tACH-2\tDrug_1\t0.6\t\n",
    "drug_SMILES.tsv": "improve_chem_id\tcanSMILES\nDrug_1\tOCC\n",
}


def put(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def test_drevalpy(tmp_path: Path) -> None:
    raw = put(tmp_path / "raw", DREVAL)
    assert recognise(raw).words() == "study=benchmark"
    study = benchmark.build(tmp_path / "s", raw)
    assert {m: str(study.higher(m)) for m in study.measures} == {
        "auc": "resistant", "ic50": "resistant", "pec50": "sensitive"}  # fmt: skip
    assert len(study.response("auc")) == 2
    assert study.cells["tissue"].to_dict() == {"A": "lung", "B": "skin"}
    assert study.units == {"expression": "arbitrary", "mutation": "0/1"}
    assert list(study.modality("expression").ids) == ["A"]


def test_coderdata(tmp_path: Path) -> None:
    raw = put(tmp_path / "raw", {"gdscv2_experiments.tsv": CODER})
    with pytest.raises(
        MmdrpError, match=r"holds GDSCv1, GDSCv2; say which: study\.raw\.source=GDS"
    ):
        benchmark.build(tmp_path / "s", raw)
    study = benchmark.build(tmp_path / "s", raw, source="GDSCv2")
    assert study.response("auc")["value"].tolist() == [0.7, 0.9]
    assert study.higher("pic50") == "sensitive"
    said = "\n".join(study.manifest.notes)
    assert "measures that are not read: fit_r2" in said
    assert "1 rows of other sources are left out" in said
    with pytest.raises(MmdrpError, match=r"source=CCLE: gdscv2_experiments.tsv holds GDSCv1"):
        benchmark.build(tmp_path / "s2", raw, source="CCLE")


def test_improve(tmp_path: Path) -> None:
    study = benchmark.build(tmp_path / "s", put(tmp_path / "raw", IMPROVE))
    assert study.drugs["smiles"].to_dict() == {"Drug_1": "CCO"}
    assert len(study.response("auc")) == 2
    assert study.unit("pic50") == "-log10 M"


def test_flaws_are_named(tmp_path: Path) -> None:
    percent = DREVAL | {"response.csv": DREVAL["response.csv"].replace("0.7,5", "70,5")}
    with pytest.raises(MmdrpError, match="70 is no auc in fraction of 1"):
        benchmark.build(tmp_path / "s", put(tmp_path / "a", percent))
    other = DREVAL | {"gene_expression.csv": "cell_line_name,TP53\nX,1\n"}
    with pytest.raises(MmdrpError, match=r"gene_expression.csv: none of its 1 lines"):
        benchmark.build(tmp_path / "s", put(tmp_path / "b", other))
