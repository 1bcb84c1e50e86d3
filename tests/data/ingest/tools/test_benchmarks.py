"""Omics of IMPROVE (headings of several lines), coderdata (long tables) and drevalpy."""

from pathlib import Path

import numpy as np
import pytest

from mmdrp.data.ingest.recognise import recognise
from mmdrp.data.ingest.screens import benchmark
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from tests.data.ingest.tools.layouts import CODER, DREVAL, IMPROVE, put


def cells(study: Study, name: str) -> dict[str, list[float]]:
    table = study.modality(name)
    return {i: v.round(3).tolist() for i, v in zip(table.ids, table.values, strict=True)}


def test_improve(tmp_path: Path) -> None:
    raw = put(tmp_path / "raw", IMPROVE)
    assert recognise(raw).words() == "study=benchmark"
    study = benchmark.build(tmp_path / "s", raw)
    expression = study.modality("expression")
    assert expression.features == ["ENSG00000141510", "EGFR", "ENSG00000000003"]  # two TP53
    assert cells(study, "expression") == {"ACH-1": [1.5, 0, 2], "ACH-2": [3, 4, 5]}
    assert study.modality("mutation").features == ["TP53", "EGFR"]
    assert cells(study, "mutation") == {"ACH-1": [1, 0]}
    assert cells(study, "cnv") == {"ACH-2": [-2, 2]}
    assert study.units == {
        "expression": "log2(TPM + 1)", "mutation": "0/1", "cnv": "GISTIC",
        "methylation": "beta value", "rppa": "log2 intensity", "mirna": "normalised counts",
    }  # fmt: skip
    assert study.modality("methylation").features == ["1_100", "2_200"]
    said = "\n".join(study.manifest.notes)
    assert "not read: cancer_copy_number.tsv, cancer_mutation_long_format.tsv" in said


def test_copies_of_improve_where_there_are_no_calls(tmp_path: Path) -> None:
    some = {n: t for n, t in IMPROVE.items() if "discretized" not in n}
    study = benchmark.build(tmp_path / "s", put(tmp_path / "raw", some))
    assert cells(study, "cnv")["ACH-2"] == pytest.approx([0.1, 1.5])
    assert study.units["cnv"] == "log2(relative copies + 1)"
    plain = some | {"cancer_copy_number.tsv": some["cancer_copy_number.tsv"].replace("1.5", "15")}
    study = benchmark.build(tmp_path / "s2", put(tmp_path / "raw2", plain))
    assert cells(study, "cnv")["ACH-2"] == pytest.approx([0.138, 4])


def test_coderdata(tmp_path: Path) -> None:
    study = benchmark.build(tmp_path / "s", put(tmp_path / "raw", CODER))
    assert study.cells["name"].to_dict() == {"1": "A549", "2": "HL-60", "3": "3"}
    assert study.cells["tissue"].to_dict() == {"1": "Lung", "2": "", "3": ""}
    assert study.drugs["name"].to_dict() == {"SMI_1": "ethanol"}
    assert study.drugs["smiles"].to_dict() == {"SMI_1": "CCO"}
    expression = study.modality("expression")
    assert expression.features == ["TP53", "EGFR"]
    tpm = np.array([[31, 700000], [0, 900000.25], [3, 950000]])  # and not Sanger's 99
    np.testing.assert_allclose(expression.values, np.log2(tpm + 1), rtol=1e-5)
    assert study.units["expression"] == "log2(TPM + 1)"
    assert study.modality("mutation").features == ["TP53", "EGFR", "99999999"]
    assert cells(study, "mutation") == {"1": [1, 0, 0], "2": [0, 1, 0]}
    assert cells(study, "cnv")["2"][0] == 0
    assert np.isnan(study.modality("cnv").values).tolist() == [[False, True], [False, True]]
    assert cells(study, "proteomics") == {"1": [0]}
    said = "\n".join(study.manifest.notes)
    assert "expression: samples 2 from Broad x, 1 from Sanger x; sources are not mixed" in said
    assert "cnv: 1 genes of a sample have several values, left open" in said
    assert "1 samples have two cancer types and so none: 2" in said
    assert "mutation: 1 of 3 genes have no symbol" in said


def test_drevalpy_as_it_is_published(tmp_path: Path) -> None:
    study = benchmark.build(tmp_path / "s", put(tmp_path / "raw", DREVAL))
    assert study.drugs["smiles"].to_dict() == {"one": "CCO", "two": ""}
    assert study.units == {"expression": "arbitrary", "mutation": "0/1"}
    assert cells(study, "expression") == {"A": [2.5], "B": [3.5]}
    assert cells(study, "mutation")["A"] == [1, 0]
    assert np.isnan(study.modality("mutation").select(["B"]).values).tolist() == [[False, True]]
    unit = "log2(TPM + 1)"
    study = benchmark.build(tmp_path / "s2", tmp_path / "raw", expression_unit=unit)
    assert study.units["expression"] == unit


def test_lines_of_drevalpy_that_contradict_themselves(tmp_path: Path) -> None:
    text = DREVAL["gene_expression.csv"].replace("B,CVCL_2", "B,CVCL_9")
    raw = put(tmp_path / "raw", DREVAL | {"gene_expression.csv": text})
    study = benchmark.build(tmp_path / "s", raw)
    assert study.modality("expression").ids == ["A"]
    said = "\n".join(study.manifest.notes)
    assert "gene_expression.csv: 1 lines have another cellosaurus_id" in said
    assert "are left out: B" in said


EXPR, COUNT = "cancer_gene_expression.tsv", "cancer_mutation_count.tsv"


@pytest.mark.parametrize(("name", "text", "words"), [
    (EXPR, IMPROVE[EXPR].replace("\t1.5", "\t150"), "150 is no log2.TPM"),
    (EXPR, IMPROVE[EXPR].replace("\t1.5", "\tlow"), "'ENSG00000141510', row 1 .*'low' is not a"),
    (EXPR, IMPROVE[EXPR].replace("ACH-2", "ACH-1"), "row 2 .ACH-1.: duplicate of row 1"),
    (EXPR, IMPROVE[EXPR].replace("ACH-", "ACX-"), "none of its 3 lines .such as 'ACX-1'. has a"),
    (EXPR, IMPROVE[EXPR].replace("\tTP53\tEGFR\tTP53", "\tTP53\tEGFR"), "have 2 to 3 cells"),
    (EXPR, "\tENSG00000141510\nACH-1\t2\n", "no line of its heading holds gene symbols"),
    (EXPR, "", "is empty"),
    (COUNT, IMPROVE[COUNT].replace("\n", "\r"), "mutation_count.tsv: not a readable .*line feed"),
    (EXPR, IMPROVE[EXPR].partition("ACH-1")[0], "holds no rows"),
    (COUNT, IMPROVE[COUNT].replace("\t2\t0", "\t-2\t0"), "-2, which is no count of mutations"),
])  # fmt: skip
def test_flaws_of_improve(tmp_path: Path, name: str, text: str, words: str) -> None:
    raw = put(tmp_path / "raw", IMPROVE | {name: text})
    with pytest.raises(MmdrpError, match=words):
        benchmark.build(tmp_path / "s", raw)
    assert not (tmp_path / "s").exists()


RNA, COPY = "gdscv2_transcriptomics.csv", "gdscv2_copy_number.csv"


@pytest.mark.parametrize(("name", "old", "new", "words"), [
    (RNA, "entrez_id", "gene", "no column 'entrez_id'"),
    (RNA, "700000", "many", "'transcriptomics', row 2 .*'many' is not a number"),
    (RNA, "700000", "inf", "column 'transcriptomics': infinite"),
    (RNA, "\n1,", "\n71,", "do not say their unit"),
    (COPY, "deep del", "lost", "'copy_call', row 1: 'lost' is none of deep del"),
    (COPY, "7,1,", "7,71,", "none of its samples has a response"),
    ("gdscv2_drugs.tsv", "ethanol\tCCO", "ethanol\tCC(", "not a valid SMILES"),
])  # fmt: skip
def test_flaws_of_coderdata(tmp_path: Path, name: str, old: str, new: str, words: str) -> None:
    text = CODER[name].replace(old, new)
    if words.startswith("none of"):
        text = text.replace("6,1,", "6,71,").replace(",2,", ",72,")
    if words.startswith("do not"):
        text = text.replace("900000.25", "9.5").replace("950000", "9")
    raw = put(tmp_path / "raw", CODER | {name: text})
    with pytest.raises(MmdrpError, match=words):
        benchmark.build(tmp_path / "s", raw)
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(("name", "old", "new", "words"), [
    ("gene_expression.csv", "cell_line_name", "line", "has no column 'cell_line_name'"),
    ("gene_expression.csv", "1,B,", "1,A,", "duplicate of row 1"),
    ("mutations.csv", "B,False", "B,perhaps", "mutations.csv: .*perhaps"),
])  # fmt: skip
def test_flaws_of_drevalpy(tmp_path: Path, name: str, old: str, new: str, words: str) -> None:
    raw = put(tmp_path / "raw", DREVAL | {name: DREVAL[name].replace(old, new)})
    with pytest.raises(MmdrpError, match=words):
        benchmark.build(tmp_path / "s", raw)


@pytest.mark.parametrize("other", [CODER, DREVAL, {"response.txt": IMPROVE["response.tsv"]}])
def test_two_data_sets_in_a_folder_are_refused(tmp_path: Path, other: dict[str, str]) -> None:
    raw = put(tmp_path / "raw", IMPROVE | other)
    with pytest.raises(MmdrpError, match=r"and response.*: both hold responses; keep the files"):
        benchmark.build(tmp_path / "s", raw)
    assert not (tmp_path / "s").exists()
