"""ICGC's somatic mutations and GDC's MAFs as tumour mutations."""

from pathlib import Path

import pytest

from mmdrp.data.ingest.recognise import recognise
from mmdrp.data.ingest.tcga import study as tcga
from mmdrp.errors import MmdrpError
from tests.data.ingest.releases import TCGA
from tests.data.ingest.tools.layouts import ICGC, put

NAME = "simple_somatic_mutation.open.PACA-AU.tsv"


def test_icgc(tmp_path: Path) -> None:
    raw = put(tmp_path / "raw", {NAME: ICGC, "donor.PACA-AU.tsv": "x\n"})
    assert recognise(raw).words() == "study=tcga"
    study = tcga.build(tmp_path / "s", raw)
    table = study.modality("mutation").frame()
    assert table.to_dict("index") == {
        "DO1": {"EGFR": 0, "ENSG00000000000": 0, "TP53": 1},
        "DO2": {"EGFR": 1, "ENSG00000000000": 1, "TP53": 0},
        "DO3": {"EGFR": 0, "ENSG00000000000": 0, "TP53": 0},
        "TCGA-2H-A9GR": {"EGFR": 1, "ENSG00000000000": 0, "TP53": 0},
    }
    assert study.cells["tissue"].to_dict() == {
        "DO1": "PACA-AU", "DO2": "PACA-AU", "DO3": "PACA-AU", "TCGA-2H-A9GR": "ESCA",
    }  # fmt: skip
    entry = study.manifest.tables["mutation"]
    assert (entry.unit, entry.licence) == ("0/1", "ICGC open access")
    said = "\n".join(study.manifest.notes)
    assert "1 further aliquots of the same sample" in said
    assert "mutation: 1 of 3 genes have no symbol" in said
    assert "not read: donor.PACA-AU.tsv" in said


def test_splice_variants_by_option(tmp_path: Path) -> None:
    raw = put(tmp_path / "raw", {NAME: ICGC})
    study = tcga.build(tmp_path / "s", raw, classes=["Splice_Site"])
    assert study.modality("mutation").features == ["KRAS"]
    with pytest.raises(MmdrpError, match="has no variant of the classes Nonstop"):
        tcga.build(tmp_path / "s", raw, classes=["Nonstop_Mutation"])


@pytest.mark.parametrize(("text", "words"), [
    (ICGC.replace("icgc_donor_id", "donor"), "has no column 'icgc_donor_id'"),
    (ICGC.replace("consequence_type", "effect"), "has no column 'consequence_type'"),
    (ICGC.replace("\nMU2\tDO1", "\nMU2\t"), "'icgc_donor_id', row 2: empty"),
    (ICGC.replace("DO2", "CASE"), "'CASE/SA4' is not a TCGA barcode"),
    (ICGC.split("\n")[0] + "\n", "holds no rows"),
    ("", "is empty"),
])  # fmt: skip
def test_flaws_are_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(MmdrpError, match=words):
        tcga.build(tmp_path / "s", put(tmp_path / "raw", {NAME: text}))
    assert not (tmp_path / "s").exists()


def test_gdc_names_its_cohort(tmp_path: Path) -> None:
    name = "TCGA.ESCA.mutect.7f8e1e7c-621c.DR-10.0.somatic.maf"
    text = "#version gdc-1.0.0\n#filedate 20170801\n" + TCGA["ESCA.maf"].partition("\n")[2]
    study = tcga.build(tmp_path / "s", put(tmp_path / "raw", {name: text}))
    assert set(study.cells["tissue"]) == {"ESCA"}
