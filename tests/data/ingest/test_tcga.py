"""Tumours: one per case, genes filtered, cancer types found, no responses needed."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from mmdrp.data.ingest.raw import Raw
from mmdrp.data.ingest.tcga import barcodes
from mmdrp.data.ingest.tcga import study as tcga
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from tests.data.ingest.releases import TCGA

GR, GF, GZ = "TCGA-2H-A9GR", "TCGA-2H-A9GF", "TCGA-2H-A9GZ"


def put(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    (folder / "maf").mkdir(parents=True)
    (folder / "maf" / "ESCA.maf.gz").write_bytes(gzip.compress(TCGA["ESCA.maf"].encode()))
    (folder / "tcga_tpm.tsv").write_text(TCGA["tcga_tpm.tsv"])
    return folder


def test_a_study_of_tumours(raw: Path, tmp_path: Path) -> None:
    study = tcga.build(tmp_path / "s", raw)
    assert study.cells["tissue"].to_dict() == dict.fromkeys((GF, GR, GZ), "ESCA")
    mutation = study.modality("mutation").select([GF, GR])
    assert list(mutation.features) == ["EGFR", "TP53"]  # BRAF: only in GR's metastasis
    assert mutation.values.tolist() == [[1, 0], [0, 1]]
    expression = study.modality("expression").select([GR, GF, GZ])
    assert list(expression.features) == ["TP53", "EGFR"]  # FLAT has no spread, LOW no mean
    np.testing.assert_allclose(expression.values, [[0, 1], [2, 3], [4, 5]])
    assert any("1 further samples of cases" in note for note in study.manifest.notes)
    assert any("cancer type of 1 tumours: that of all others" in n for n in study.manifest.notes)


def test_a_study_without_responses_reads_and_validates(raw: Path, tmp_path: Path) -> None:
    tcga.build(tmp_path / "s", raw)
    study = Study.read(tmp_path / "s")
    assert (study.measures, len(study.drugs)) == ([], 0)
    assert study.validate()[:2] == ["cells: 3 lines", "drugs: 0 drugs"]
    with pytest.raises(MmdrpError, match="no response 'ic50'; it has: none"):
        study.response("ic50")


def test_classes_by_option(raw: Path, tmp_path: Path) -> None:
    study = tcga.build(tmp_path / "s", raw, classes=["Splice_Site"])
    assert list(study.modality("mutation").features) == ["KRAS"]
    assert len(study.modality("mutation").ids) == 2  # a tumour without such a variant is a zero
    with pytest.raises(MmdrpError, match=r"ESCA\.maf\.gz: has no variant of the classes Nonstop"):
        tcga.build(tmp_path / "s", raw, classes=["Nonstop_Mutation"])


def test_a_ready_matrix_where_there_is_no_maf(tmp_path: Path) -> None:
    text = f"\t{GR}-01A-1\t{GF}-01A-1\nTP53\t0\t3\nEGFR\t0\t0\n"
    study = tcga.build(tmp_path / "s", put(tmp_path / "raw", mutation_matrix__txt=text))
    table = study.modality("mutation").select([GR, GF])
    assert (list(table.features), table.values.tolist()) == (["TP53"], [[0], [1]])
    assert study.cells["tissue"].tolist() == ["", ""]
    assert any("cancer type of 2 tumours is unknown" in note for note in study.manifest.notes)


def test_toil_and_tumormap_become_log2_tpm_plus_one(tmp_path: Path) -> None:
    tpm = np.array([[0.0, 3.0], [15.0, 1.0]])
    toil = np.log2(tpm + 0.001)
    rows = "\n".join(f"ENSG{i}.1\t{a:.6f}\t{b:.6f}" for i, (a, b) in enumerate(toil))
    folder = put(tmp_path / "raw", tcga_RSEM_gene_tpm=f"sample\t{GR}-01\t{GF}-01\n{rows}\n")
    (folder / "gencode.probemap").write_text("id\tgene\tchrom\nENSG0.1\tTP53\tx\nENSG1.1\tMYC\tx\n")
    table = tcga.build(tmp_path / "s", folder, min_mean=0).modality("expression")
    assert list(table.features) == ["TP53", "MYC"]
    np.testing.assert_allclose(table.select([GR, GF]).values, np.log2(tpm.T + 1), atol=1e-5)
    name = "TumorCompendium_v11_PolyA_hugo_log2tpm_58581genes_2020-04-09.tsv"
    folder = put(tmp_path / "raw2", **{name: f"Gene\t{GR}-01\tTH01_1\t{GF}-01\nA\t1\t9\t5\n"})
    table = tcga.build(tmp_path / "s2", folder).modality("expression")
    assert table.select([GR, GF]).values.tolist() == [[1], [5]]


def test_z_scores_stay_as_released(tmp_path: Path) -> None:
    text = f"case_id,cohort,oncotree_code,A,B\n{GR},COADREAD,COAD,-1,0\n{GF},,X,1,0\n"
    study = tcga.build(tmp_path / "s", put(tmp_path / "raw", expression_zscore__csv=text))
    assert study.modality("expression").select([GR]).values.tolist() == [[-1, 0]]
    assert study.cells["tissue"].to_dict() == {GR: "COADREAD", GF: "COADREAD"}


def test_cancer_type_from_a_clinical_table_or_site_codes(tmp_path: Path) -> None:
    cases = [GR, "TCGA-02-0001", "TCGA-ZZ-0001"]
    folder = put(
        tmp_path,
        clinical__tsv="case_submitter_id\tproject_id\nTCGA-2H-A9GR\tTCGA-ESCA\n" * 1,
        tissueSourceSite__tsv="TSS Code\tSource Site\tStudy Name\n02\tx\tGlioblastoma multiforme\n",
    )
    found, notes = barcodes.cancer_types(Raw(folder), cases, {})
    assert list(found.values()) == ["ESCA", "GBM", ""]
    assert any("1 tumours is unknown" in note for note in notes)


def test_the_sample_most_modalities_have_is_chosen() -> None:
    chosen, notes = barcodes.choose(
        {"a": [(GR, "01"), (GR, "06"), (GF, "11")], "b": [(GR, "06")], "c": [(GR, "")]}
    )
    assert chosen == {GR: "06"}
    assert any("1 samples of normal tissue" in note for note in notes)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("X.maf", "TP53\tMissense_Mutation\tSNP\tTCGA-2H-A9GR-01A\n", ["no column 'Hugo_Symbol'"]),
        ("X.maf", "Hugo_Symbol\tVariant_Classification\n", ["'Tumor_Sample_Barcode'"]),
        ("X.maf", TCGA["ESCA.maf"].replace("TCGA-2H-A9GR-01A-12D-A37C-09", "tumour"),
         ["X.maf", "'tumour'", "barcode"]),
        ("X.maf", TCGA["ESCA.maf"].replace("\nEGFR", "\n"), ["row 3", "'Hugo_Symbol'", "empty"]),
        ("a_tpm.tsv", TCGA["tcga_tpm.tsv"].replace("\t31\t", "\t-1\t"), ["row 4", "-1"]),
        ("a_tpm.tsv", TCGA["tcga_tpm.tsv"].replace("\t31\t", "\tNA\t"), ["row 4", "nan"]),
        ("a_tpm.tsv", TCGA["tcga_tpm.tsv"].replace("LOW", "FLAT"), ["row 3", "duplicate of row 2"]),
        ("mutation_matrix.txt", "gene\ts1\nTP53\t1\n", ["no column named by a TCGA"]),
    ],
)  # fmt: skip
def test_flaws_are_named_and_nothing_is_written(
    tmp_path: Path, name: str, text: str, words: list[str]
) -> None:
    folder = put(tmp_path / "raw")
    (folder / name).write_text(text)
    (tmp_path / "out").mkdir()
    with pytest.raises(MmdrpError) as caught:
        tcga.build(tmp_path / "out" / "s", folder)
    for word in [name, *words]:
        assert word in str(caught.value)
    assert not list((tmp_path / "out").iterdir())
