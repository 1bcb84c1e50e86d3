"""Release files that look right and are not: read rightly, or refused in one line."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mmdrp.data.ingest.gdsc import tables as gdsc
from mmdrp.data.ingest.screens import ccle, ctrpv2
from mmdrp.data.ingest.tcga import study as tcga
from mmdrp.data.study import Study
from mmdrp.data.study.units import UNITS, UNKNOWN
from mmdrp.errors import MmdrpError
from tests.data.ingest.releases import CCLE, CTRPV2, DEPMAP, GDSC, MATRICES, TCGA, TUMOURS, write

FITTED = "GDSC1_fitted_dose_response_24Jul22.csv"
CURVES = "v20.data.curves_post_qc.txt"
DRUGS = "CCLE_NP24.2009_Drug_data_2015.02.24.csv"
GR, GF, GZ = "TCGA-2H-A9GR-01A", "TCGA-2H-A9GF-01A", "TCGA-2H-A9GZ-01A"


def changed(release: dict[str, str], name: str, old: str, new: str) -> dict[str, str]:
    assert old in release[name]
    return release | {name: release[name].replace(old, new)}


def notes(study: Study) -> str:
    return "\n".join(study.manifest.notes)


REFUSED: dict[str, tuple[Callable[..., Study], dict[str, str], str]] = {
    "one id, two names": (
        gdsc.build, changed(GDSC, FITTED, "GDSC1,3,905938,HL-60,SIDM00829,1,Amine",
                            "GDSC1,3,905938,HL-60,SIDM00829,1,Other"),
        r"column 'DRUG_NAME', row 3: 'Other', but DRUG_ID 1 is 'Amine' above"),
    "percent": (
        gdsc.build, GDSC | {FITTED: re.sub(r",0\.(\d)\b", r",\g<1>0", GDSC[FITTED])},
        r"column 'AUC', row 1: 90 is not in -0\.01 to 1\.5; in percent\? take a hundredth"),
    "negative auc": (
        gdsc.build, changed(GDSC, FITTED, "2.0,0.9", "2.0,-0.9"), "row 1: -0.9 is not in"),
    "no logarithm": (
        gdsc.build, changed(GDSC, FITTED, ",4.0,", ",4000,"),
        "column 'LN_IC50', row 2: 4000 is not in -25 to 25; it is the natural logarithm of uM"),
    "another screen only": (
        gdsc.build, changed(GDSC, FITTED, "GDSC1,", "GDSC2,"),
        "column 'DATASET' never says GDSC1, but GDSC2"),
    "column without a name": (
        gdsc.build, changed(GDSC, FITTED, "AUC\n", "AUC,\n"), "a column '' has no name"),
    "header only": (
        gdsc.build, GDSC | {FITTED: GDSC[FITTED].splitlines()[0] + "\n"}, "holds no rows"),
    "negative area": (
        ctrpv2.build, changed(CTRPV2, CURVES, "10.0", "-3.2"), r"row 1: -3\.2 is not in 0 to 60"),
    "area far above": (
        ctrpv2.build, changed(CTRPV2, CURVES, "10.0", "3000"), "row 1: 3000 is not in 0 to 60"),
    "above the highest dose": (
        ccle.build, changed(CCLE, DRUGS, ",2.0,1.0", ",2000,1.0"),
        r"column 'IC50 \(uM\)', row 1: 2000 cannot be; the doses are 4, up to 8 uM"),
    "a line of two names": (
        ccle.build, changed(CCLE, DRUGS, "HL-60,Nutlin", "HL-61,Nutlin"),
        r"row 4: 'HL-61', but CCLE Cell Line Name HL60_HAE\w+ is 'HL-60' above"),
    "no line maps": (
        ccle.build, CCLE | {"CCLE_expression.csv": ",A\nLINE1,1\nLINE2,1\n"},
        r"CCLE_expression.csv: none of its 2 lines \(such as 'LINE1'\) is in sample_info\.csv"),
    "no line of a modality was measured": (
        ccle.build, CCLE | {"CCLE_expression.csv": ",A\nACH-000007,1\n"},
        r"none of its 1 lines \(such as ACH-000007\) has a response"),
    "three of a gene": (
        ccle.build, CCLE | {"CCLE_mutation_damaging_hotspot.csv": ",A\nACH-000001,3\n"},
        "3 is none of 0, 1, 2"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused(case: str, tmp_path: Path) -> None:
    build, release, message = REFUSED[case]
    others = {} if "CCLE_expression.csv" in release or "three" in case else DEPMAP
    raw = write(tmp_path / "raw", release, others)
    with pytest.raises(MmdrpError, match=message) as caught:
        build(tmp_path / "out", raw)
    assert len(str(caught.value)) <= 200
    assert not (tmp_path / "out").exists()


def test_screens_in_one_table_are_told_apart(tmp_path: Path) -> None:
    other = GDSC[FITTED].split("\n", 1)[1].replace("GDSC1,", "GDSC2,").replace(",2.0,", ",9.0,")
    raw = write(tmp_path / "raw", GDSC | {FITTED: GDSC[FITTED] + other}, DEPMAP)
    study = gdsc.build(tmp_path / "s", raw)
    alone = gdsc.build(tmp_path / "alone", write(tmp_path / "raw2", GDSC, DEPMAP))
    assert study.response("ic50").equals(alone.response("ic50"))
    assert "6 rows of DATASET GDSC2 are left out" in notes(study)


def test_targets_come_from_the_fitted_table_or_the_compounds_of_8_5(tmp_path: Path) -> None:
    told = GDSC[FITTED].replace("DRUG_NAME,", "DRUG_NAME,PUTATIVE_TARGET,PATHWAY_NAME,")
    told = told.replace(",Amine,", ",Amine,EGFR,RTK,").replace("(-),", "(-),MDM2,p53,")
    alone = {FITTED: told}
    study = gdsc.build(tmp_path / "s", write(tmp_path / "raw", alone, DEPMAP))
    assert study.drugs["target"].to_dict() == {
        "Amine (GDSC:1)": "EGFR", "Amine (GDSC:2)": "EGFR", "Nutlin-3a (-)": "MDM2"}  # fmt: skip
    compounds = (
        "DRUG_ID,SCREENING_SITE,DRUG_NAME,SYNONYMS,TARGET,TARGET_PATHWAY\n"
        "1,MGH,Amine,,ERBB2,RTK\n1,SANGER,Amine,,ERBB2,RTK\n7,MGH,Nutlin,,MDM4,p53 pathway\n"
    )
    raw = write(tmp_path / "raw2", alone | {"screened_compounds_rel_8.5.csv": compounds}, DEPMAP)
    study = gdsc.build(tmp_path / "s2", raw)
    assert study.drugs["target"].tolist() == ["ERBB2", "EGFR", "MDM4"]
    assert "GDSC:7: Nutlin-3a (-) is Nutlin" in notes(study)


def test_two_of_a_gene_is_mutated(tmp_path: Path) -> None:
    table = {"CCLE_mutations_bool_damaging.csv": ",TP53,EGFR\nACH-000001,2,0\nACH-000002,0,0\n",
             "CCLE_mutations_bool_hotspot.csv": ",TP53,EGFR\nACH-000001,0,0\nACH-000002,0,1\n"}  # fmt: skip
    study = ccle.build(tmp_path / "s", write(tmp_path / "raw", CCLE, table))
    assert study.modality("mutation").frame().loc["ACH-000001", "TP53"] == 1
    assert study.units["mutation"] == "0/1"


def test_identifiers_that_contradict_each_other_leave_the_line_out(tmp_path: Path) -> None:
    release = changed(GDSC, FITTED, "905938,HL-60,SIDM00829,1", "905933,HL-60,SIDM00829,1")
    study = gdsc.build(tmp_path / "s", write(tmp_path / "raw", release, DEPMAP))
    assert "could mean several lines and are left out: SIDM00829 (ACH-000001 or ACH" in notes(study)


def test_what_is_not_read_is_named(tmp_path: Path) -> None:
    more = {"GDSC2_fitted_dose_response_24Jul22.csv": "x", "mine.zip": "x", "notes.txt": "x"}
    raw = write(tmp_path / "raw", GDSC | more, DEPMAP)
    said = notes(gdsc.build(tmp_path / "s", raw))
    assert "GDSC2_fitted_dose_response_24Jul22.csv (another screen: study.raw.screen)" in said
    assert "mine.zip (unpack it)" in said
    assert "notes.txt" in said
    assert "CCLE_gene_cn_calls.csv" in said  # the continuous ones are read


@pytest.mark.parametrize(("name", "hint"), [
    ("CTRPv2.0_2015_ctd2_ExpandedDataset.zip", "unpack it"),
    ("v20.meta.per_compound.xlsx", "save it as CSV"),
])  # fmt: skip
def test_what_lies_there_in_another_form_is_named(name: str, hint: str, tmp_path: Path) -> None:
    raw = write(tmp_path / "raw", {name: "PK"}, DEPMAP)
    with pytest.raises(MmdrpError, match=f"{re.escape(name)} \\({hint}\\) lies there"):
        ctrpv2.build(tmp_path / "s", raw)


def tumours(tmp_path: Path, **options: str) -> Study:
    return tcga.build(tmp_path / "s", tmp_path, min_mean=0, min_sd=0, **options)  # type: ignore[arg-type]


STAR = f"Ensembl_ID\t{GR}\t{GF}\nENSG00000141510.16\t10.1\t1.4\nENSG00000133703.11\t4.3\t3.3\n"


def test_a_logarithm_is_not_taken_twice(tmp_path: Path) -> None:
    (tmp_path / "TCGA-LUAD.star_tpm.tsv").write_text(STAR)
    (tmp_path / "gencode.v36.annotation.gtf.gene.probemap").write_text(
        "id\tgene\nENSG00000141510.18\tTP53\nENSG00000133703.11\tKRAS\n"
    )
    study = tumours(tmp_path)
    table = study.modality("expression").frame()
    assert table.loc[GR[:12], "TP53"] == pytest.approx(10.1)
    assert table.columns.tolist() == ["TP53", "KRAS"]
    assert study.cells["tissue"].tolist() == ["LUAD", "LUAD"]
    assert "mutation: no file in the raw folder" in notes(study)


def test_cohorts_of_a_hub_are_joined(tmp_path: Path) -> None:
    (tmp_path / "TCGA-LUAD.star_tpm.tsv").write_text(STAR)
    other = f"Ensembl_ID\t{GZ}\nENSG00000133703.11\t7\nENSG00000141510.16\t5\nENSG1.1\t2\n"
    (tmp_path / "TCGA-ESCA.star_tpm.tsv").write_text(other)
    study = tumours(tmp_path)
    table = study.modality("expression").frame()
    assert table.loc[GZ[:12], "ENSG00000141510.16"] == 5
    assert table.shape == (3, 2)
    assert study.cells.loc[GZ[:12], "tissue"] == "ESCA"
    assert "1 genes are not in every cohort" in notes(study)
    (tmp_path / "TCGA-READ.star_tpm.tsv").write_text(STAR)
    with pytest.raises(MmdrpError, match="is in both, the same release file twice"):
        tcga.build(tmp_path / "s2", tmp_path, min_mean=0, min_sd=0)


def test_a_table_of_tpm_that_looks_logged_needs_a_word(tmp_path: Path) -> None:
    (tmp_path / "mine_tpm.tsv").write_text(STAR)
    with pytest.raises(MmdrpError, match=r"no value is above 10\.1: TPM, or log2\(TPM \+ 1\)\?"):
        tumours(tmp_path)
    logged = tumours(tmp_path, expression_unit="log2(TPM + 1)").modality("expression").frame()
    assert logged.loc[GR[:12]].iloc[0] == pytest.approx(10.1)
    taken = tumours(tmp_path, expression_unit="TPM").modality("expression").frame()
    assert taken.loc[GR[:12]].iloc[0] == pytest.approx(np.log2(11.1))


@pytest.mark.parametrize(("text", "message"), [
    (STAR.replace("10.1", "1000"), r"log2\(TPM \+ 1\) of 1000 cannot be: is it TPM, not logged"),
    (STAR.replace("10.1\t1.4", "18\t18") + "".join(f"ENSG{i}\t18.1\t18.5\n" for i in range(30)),
     r"the TPM of a tumour sum to \S+, not to a million: counts\?"),
])  # fmt: skip
def test_another_unit_under_a_known_name(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "TCGA-LUAD.star_tpm.tsv").write_text(text)
    with pytest.raises(MmdrpError, match=message):
        tumours(tmp_path)


def test_counts_are_no_tpm(tmp_path: Path) -> None:
    rows = "".join(f"ENSG{i}\t{90000 + i}\t{80000 + i}\n" for i in range(60))
    (tmp_path / "cohort_tpm.tsv").write_text(f"gene\t{GR}\t{GF}\n{rows}")
    with pytest.raises(MmdrpError, match="not to a million: counts"):
        tumours(tmp_path)


def test_xena_s_mutations(tmp_path: Path) -> None:
    (tmp_path / "mc3.v0.2.8.PUBLIC.xena").write_text(
        "sample\tchr\tgene\teffect\n"
        f"{GR[:15]}\t1\tTP53\tMissense_Mutation\n{GR[:15]}\t1\tMYC\tSilent\n"
        f"{GF[:15]}\t1\tKRAS\tstop_gained&splice_region_variant\n"
    )
    (tmp_path / "mc3.v0.2.8.PUBLIC.nonsilentGene.xena").write_text(f"sample\t{GZ[:15]}\nTP53\t1\n")
    study = tumours(tmp_path)
    assert study.modality("mutation").frame().to_dict("index") == {
        GR[:12]: {"KRAS": 0, "TP53": 1}, GF[:12]: {"KRAS": 1, "TP53": 0}}  # fmt: skip
    assert "not read: mc3.v0.2.8.PUBLIC.nonsilentGene.xena" in notes(study)
    (tmp_path / "mc3.v0.2.8.PUBLIC.xena").unlink()
    assert tumours(tmp_path).modality("mutation").frame().to_dict("index") == {
        GZ[:12]: {"TP53": 1}}  # fmt: skip


@pytest.mark.parametrize(("name", "first"), [
    ("EBPlusPlusAdjustPANCAN_IlluminaHiSeq_RNASeqV2.geneExp.tsv", "gene_id"),
    ("data_mrna_seq_v2_rsem.txt", "Hugo_Symbol\tEntrez_Gene_Id"),
])  # fmt: skip
def test_normalised_counts_are_logged_and_say_so(name: str, first: str, tmp_path: Path) -> None:
    genes = ["TP53|7157", "?|100", "SLC|1", "SLC|2"]
    if "Entrez" in first:
        genes = ["TP53\t7157", "\t100", "SLC\t1", "SLC\t2"]
    rows = ["63\t0", "1\t-0.5", "7\tNA", "1023\t3"]
    text = "".join(f"{gene}\t{row}\n" for gene, row in zip(genes, rows, strict=True))
    (tmp_path / name).write_text(f"{first}\t{GR}\t{GF}\n{text}")
    study = tumours(tmp_path)
    table = study.modality("expression").frame().loc[[GR[:12], GF[:12]]]
    np.testing.assert_allclose(table.to_numpy(), np.array([[6, 1, 3, 10], [0, 0, np.nan, 2]]))
    assert table.columns[0] == "TP53"
    assert table.columns.is_unique
    assert study.units["expression"] == "log2(normalised counts + 1)"


def test_every_reader_states_a_unit(tmp_path: Path) -> None:
    made = {
        "gdsc": gdsc.build(tmp_path / "gdsc", write(tmp_path / "a", GDSC, DEPMAP)),
        "ccle": ccle.build(tmp_path / "ccle", write(tmp_path / "b", CCLE, MATRICES)),
        "ctrpv2": ctrpv2.build(tmp_path / "ctrpv2", write(tmp_path / "c", CTRPV2, DEPMAP)),
        "tcga": tcga.build(tmp_path / "tcga", write(tmp_path / "d", TCGA), min_mean=0),
        "tumours": tcga.build(tmp_path / "tumours", write(tmp_path / "e", TUMOURS)),
    }
    for name, study in made.items():
        for modality, unit in study.units.items():
            assert unit in UNITS, (name, modality)
            assert unit != UNKNOWN, (name, modality)
        for measure in study.measures:
            assert study.unit(measure), (name, measure)
