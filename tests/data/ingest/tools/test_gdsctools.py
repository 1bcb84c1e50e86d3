"""GDSC's genomic features and matrices of ln IC50, as gdsctools and the web site have them."""

from pathlib import Path

import numpy as np
import pytest

from mmdrp.data.ingest.gdsc import tables as gdsc_tables
from mmdrp.data.ingest.recognise import recognise
from mmdrp.data.ingest.tools import gdsctools
from mmdrp.errors import MmdrpError
from tests.data.ingest.releases import DEPMAP, GDSC, SAMPLE_INFO, write
from tests.data.ingest.tools.layouts import EXPORT, FEATURES, GDSCTOOLS, IC50, put


def test_matrix_and_features(tmp_path: Path) -> None:
    raw = put(tmp_path / "raw", GDSCTOOLS)
    assert recognise(raw).words() == "study=gdsctools"
    study = gdsctools.build(tmp_path / "s", raw)
    assert study.cells["name"].to_dict() == {"1": "1", "905933": "OVCAR-3", "905938": "HL-60"}
    assert study.cells.loc["905933", "tissue"] == "ovary"
    assert study.modality("mutation").frame().to_dict("list") == {"TP53": [1, 0], "BRAF": [0, 1]}
    racs = study.modality("racs")
    assert racs.features == ["MET gain (cnaPANCAN129)", "cnaPANCAN2 loss"]
    assert racs.values.tolist() == [[1, 0], [0, 0]]
    assert study.modality("msi").values.tolist() == [[0], [1]]
    assert set(study.units.values()) == {"0/1"}
    assert any("1 columns of features are not read: EGFR_HypMET" in n for n in study.manifest.notes)
    assert "1 lines with a response have no omics: 1" in study.manifest.notes


def test_lines_by_depmap_id_and_the_export_of_the_web_site(tmp_path: Path) -> None:
    files = {"IC50_10drugs.csv": IC50, "PANCANCER_Genetic_features_1.csv": EXPORT}
    raw = put(tmp_path / "raw", files | {"sample_info.csv": SAMPLE_INFO})
    study = gdsctools.build(tmp_path / "s", raw)
    assert study.cells.index.tolist() == ["ACH-000001", "ACH-000002"]
    table = study.modality("mutation")
    assert (table.ids, table.values.tolist()) == (["ACH-000001"], [[1]])
    assert study.modality("racs").features == ["MET gain (cnaPANCAN129)"]
    said = "\n".join(study.manifest.notes)
    assert "1 features say both 0 and 1 of a line, left open: 905938 TP53_mut" in said
    assert "1 lines have no DepMap id" in said


def test_segments_and_msi_beside_depmap_s_omics(tmp_path: Path) -> None:
    raw = write(tmp_path / "raw", GDSC, DEPMAP, {"genomic_features_v17.csv": FEATURES})
    study = gdsc_tables.build(tmp_path / "s", raw)
    assert {"racs", "msi", "expression"} <= set(study.modalities)
    assert study.modality("racs").select(["ACH-000001"]).values.tolist() == [[1, 0]]
    assert "EGFR" in study.modality("mutation").features  # DepMap's, not the 270 of the features
    only = gdsc_tables.build(tmp_path / "s2", raw, modalities=["expression"])
    assert list(only.modalities) == ["expression"]
    assert np.isfinite(study.modality("msi").values).all()


def test_older_spellings_and_names_of_drugs(tmp_path: Path) -> None:
    wide = FEATURES.replace("COSMIC_ID,", "COSMIC ID,").replace("MSI_FACTOR", "MS-instability "
        "Factor Value").replace(",", "\t").replace("(MET)", "")  # fmt: skip
    files = {
        "IC50_10drugs.tsv": IC50.replace(",", "\t"), "genomic_features.tsv": wide,
        "DRUG_DECODE.csv": "DRUG_ID,DRUG_NAME,DRUG_TARGET\nDrug_1_IC50,Erlotinib,EGFR\n",
    }  # fmt: skip
    study = gdsctools.build(tmp_path / "s", put(tmp_path / "raw", files))
    assert set(study.modalities) == {"mutation", "racs", "msi"}
    drugs = study.drugs.reset_index()[["drug", "gdsc_id", "target"]].to_numpy().tolist()
    assert ["Erlotinib", "GDSC:1", "EGFR"] in drugs


@pytest.mark.parametrize(("files", "words"), [
    ({"IC50_v17.csv": "COSMIC_ID,1,2\n" + "".join(f"{i},1,2\n" for i in range(10))},
     "no value is below 0: in uM"),
    ({"genomic_features_v17.csv": FEATURES.replace("COSMIC_ID", "ID")}, "has no column 'COSMIC_ID'"),
    ({"genomic_features_v17.csv": FEATURES.replace("905938", "905933")}, "duplicate of row 1"),
    ({"genomic_features_v17.csv": FEATURES.replace("D,0,1", "D,0,2")}, "'BRAF_mut', row 2 .905938"),
    ({"genomic_features_v17.csv": FEATURES.replace("D,0,1", "D,0,yes")}, "'yes' is not a number"),
    ({"genomic_features_v17.csv": FEATURES.split("\n")[0] + "\n"}, "holds no rows"),
    ({"genomic_features_v17.csv": "COSMIC_ID,A,B\n905933,1,0\n"}, "no column of features, such as"),
    ({"genomic_features_v17.csv": FEATURES.replace("9059", "8059")
      .replace("946356", "5")}, "features_v17.csv: none of its 3 lines .such as '805933'. has a"),
    ({"IC50_v17.csv": IC50.replace("1.25", "125")}, "125 is not in -25 to 25"),
    ({"IC50_v17.csv": IC50.replace("Drug_7_IC50", "Nutlin")}, "'Nutlin' names no GDSC drug id"),
    ({"IC50_v18.csv": IC50}, "both hold ln IC50; keep one"),
    ({"PANCANCER_Genetic_feature.csv": EXPORT}, "genomic features twice"),
])  # fmt: skip
def test_flaws_are_named(tmp_path: Path, files: dict[str, str], words: str) -> None:
    with pytest.raises(MmdrpError, match=words):
        gdsctools.build(tmp_path / "s", put(tmp_path / "raw", GDSCTOOLS | files))
    assert not (tmp_path / "s").exists()


def test_flaws_of_the_export(tmp_path: Path) -> None:
    for i, (old, new, words) in enumerate([
        ("IS Mutated", "Mutation", "has no column 'IS Mutated'"),
        ("TP53_mut,1", "TP53_mut,wt", "'IS Mutated', row 1: 'wt' is not a finite number"),
        ("TP53_mut,1", "TP53_mut,3", "3 is neither 0 nor 1"),
    ]):  # fmt: skip
        files = {"IC50_v17.csv": IC50, "PANCANCER_Genetic_feature.csv": EXPORT.replace(old, new)}
        with pytest.raises(MmdrpError, match=words):
            gdsctools.build(tmp_path / "s", put(tmp_path / f"raw{i}", files))
