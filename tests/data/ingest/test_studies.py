"""Raw folder to study: CTRPv2, CCLE, GDSC."""

from pathlib import Path

import numpy as np
import pytest

from mmdrp.data.ingest.gdsc import tables as gdsc_tables
from mmdrp.data.ingest.screens import ccle, ctrpv2
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.evaluation.across.curves import read_curves
from tests.data.ingest.releases import CCLE, CTRPV2, DEPMAP, GDSC, write

OVCAR, HL60, TOES = "ACH-000001", "ACH-000002", "ACH-000005"
CURVES, COMPOUNDS = "v20.data.curves_post_qc.txt", "v20.meta.per_compound.txt"


def values(study: Study, measure: str) -> dict[tuple[str, str], float]:
    frame = study.response(measure)
    return {(c, d): v for c, d, v in frame[["cell", "drug", "value"]].itertuples(index=False)}


def noted(study: Study, *words: str) -> bool:
    return any(all(w in note for w in words) for note in study.manifest.notes)


def changed(release: dict[str, str], name: str, old: str, new: str) -> dict[str, str]:
    assert old in release[name]
    return {**release, name: release[name].replace(old, new)}


def test_ctrpv2_averages_replicates_and_lists_losses(tmp_path: Path) -> None:
    study = ctrpv2.build(tmp_path / "s", write(tmp_path / "raw", CTRPV2, DEPMAP))
    assert values(study, "auc") == {
        (OVCAR, "amine"): 10.5,
        (OVCAR, 'aspirin "a"'): 12.0,
        (HL60, "amine"): 14.0,
        (TOES, "amine"): 8.0,
    }
    assert study.drugs["smiles"].tolist() == ["CCN", "CC(=O)Oc1ccccc1C(=O)O"]
    assert study.drugs["target"].tolist() == ["EGFR", ""]
    assert noted(study, "1 combinations", "amine:aspirin")
    assert noted(study, "1 compounds without SMILES", "secret")
    assert noted(study, "CTRPv2: 1 lines have no DepMap id", "NOWHERE")
    assert noted(study, "1 replicate curves were averaged")
    assert noted(study, "1 lines with a response have no omics", TOES)
    assert study.cells["tissue"].to_dict() == {OVCAR: "ovary", HL60: "blood", TOES: "esophagus"}
    assert list(study.modality("expression").ids) == [OVCAR, HL60]  # CACO2 has no response
    assert study.higher("auc") == "resistant"


def test_the_count_of_replicates_is_kept(tmp_path: Path) -> None:
    import pandas as pd

    study = ctrpv2.build(tmp_path / "s", write(tmp_path / "raw", CTRPV2, DEPMAP))
    frame = pd.read_parquet(study.folder / "response.parquet").set_index(["cell", "drug"])
    assert frame.loc[(OVCAR, "amine"), "replicates"] == 2
    assert frame["replicates"].sum() == 5


def test_all_lines_with_omics_on_request(tmp_path: Path) -> None:
    raw = write(tmp_path / "raw", CTRPV2, DEPMAP)
    study = ctrpv2.build(tmp_path / "s", raw, lines="all")
    assert "ACH-000003" in study.cells.index
    assert "ACH-000003" in study.modality("expression").ids
    assert set(study.response("auc")["cell"]) == {OVCAR, HL60, TOES}


def test_order_of_curves_does_not_matter(tmp_path: Path) -> None:
    head, *rows = CTRPV2[CURVES].splitlines()
    turned = {**CTRPV2, CURVES: "\n".join([head, *reversed(rows)]) + "\n"}
    a = ctrpv2.build(tmp_path / "a", write(tmp_path / "ra", CTRPV2, DEPMAP))
    b = ctrpv2.build(tmp_path / "b", write(tmp_path / "rb", turned, DEPMAP))
    assert values(a, "auc") == values(b, "auc")
    assert a.manifest.tables["cells"].sha256 == b.manifest.tables["cells"].sha256


def test_aac_becomes_its_complement(tmp_path: Path) -> None:
    rows = ["experiment_id\taac\tmaster_cpd_id", "1\t0.25\t100", "2\t0\t100", "2\t\t200"]
    raw = write(tmp_path / "raw", {**CTRPV2, CURVES: "\n".join(rows) + "\n"}, DEPMAP)
    study = ctrpv2.build(tmp_path / "s", raw, column="aac", convention="aac")
    assert values(study, "auc") == {(OVCAR, "amine"): 0.75, (HL60, "amine"): 1.0}
    assert noted(study, "1 curves without aac")
    assert study.manifest.tables["response"].measures["auc"]["unit"].startswith("fraction")


def test_curves_fitted_in_r(tmp_path: Path) -> None:
    fits = "curve,e_inf,aac,auc,r2,reason\n1_100,0,0.2,0.8,1,\n2_100,,,,,too few doses\n"
    raw = write(tmp_path / "raw", CTRPV2, DEPMAP, {"fits.csv": fits})
    study = ctrpv2.build(tmp_path / "s", raw, curves="fits.csv", column="auc")
    assert values(study, "auc") == {(OVCAR, "amine"): 0.8}
    assert noted(study, "1 curves without auc")
    (raw / "release2" / "fits.csv").write_text("curve,auc\nA549|x,0.5\n")
    with pytest.raises(MmdrpError, match=r"fits\.csv: column 'curve', row 1: 'A549\|x' is not"):
        ctrpv2.build(tmp_path / "s", raw, curves="fits.csv", column="auc")


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        (COMPOUNDS, "CC[NH3+].[Cl-]", "CC[N", ["'cpd_smiles'", "row 1", "amine", "not a valid"]),
        (COMPOUNDS, "200\t", "100\t", ["'master_cpd_id'", "row 2", "duplicate"]),
        (COMPOUNDS, "cpd_smiles", "smiles", ["no column 'cpd_smiles'"]),
        (CURVES, "14.0", "fourteen", ["'area_under_curve'", "row 3", "'fourteen'"]),
        (CURVES, "5\t8.0", "77\t8.0", ["'experiment_id'", "row 6", "'77'"]),
        (CURVES, "\t", ";", ["semicolons", "tabs"]),
        ("v20.meta.per_experiment.txt", "1\t11\t20120502", "1\t12\t20120502",
         ["'experiment_id'", "row 2", "two cell lines"]),
        ("v20.meta.per_cell_line.txt", "12\tHL-60", "11\tHL-60", ["row 2", "duplicate of row 1"]),
    ],
)  # fmt: skip
def test_flaws_of_ctrpv2_are_named_and_nothing_is_written(
    tmp_path: Path, name: str, old: str, new: str, words: list[str]
) -> None:
    raw = write(tmp_path / "raw", changed(CTRPV2, name, old, new), DEPMAP)
    (tmp_path / "out").mkdir()
    with pytest.raises(MmdrpError) as caught:
        ctrpv2.build(tmp_path / "out" / "s", raw)
    assert "\n" not in str(caught.value)
    for word in [name, *words]:
        assert word in str(caught.value)
    assert not list((tmp_path / "out").iterdir())


def test_a_study_that_was_there_survives_a_failed_build(tmp_path: Path) -> None:
    raw = write(tmp_path / "raw", CTRPV2, DEPMAP)
    before = ctrpv2.build(tmp_path / "s", raw)
    write(tmp_path / "raw", changed(CTRPV2, CURVES, "14.0", "fourteen"), DEPMAP)
    with pytest.raises(MmdrpError):
        ctrpv2.build(tmp_path / "s", raw)
    assert values(Study.read(tmp_path / "s"), "auc") == values(before, "auc")


def test_a_missing_file_says_what_it_is_for(tmp_path: Path) -> None:
    with pytest.raises(MmdrpError, match=r"no v20\.meta\.per_compound\.txt.*compounds of CTRPv2"):
        ctrpv2.build(tmp_path / "s", write(tmp_path / "raw", DEPMAP))
    with pytest.raises(MmdrpError, match=r"raw=.*no such folder"):
        ctrpv2.build(tmp_path / "s", tmp_path / "nowhere")


def test_ccle_keeps_the_releases_own_measures(tmp_path: Path) -> None:
    study = ccle.build(tmp_path / "s", write(tmp_path / "raw", CCLE, DEPMAP, CTRPV2))
    assert values(study, "actarea") == {
        (OVCAR, "Amine"): 1.0, (HL60, "Amine"): 0.0, (HL60, "Nutlin-3"): 2.0,
    }  # fmt: skip
    assert values(study, "ic50")[OVCAR, "Amine"] == pytest.approx(np.log(2))
    assert values(study, "auc")[OVCAR, "Amine"] == 0.75
    assert study.drugs["smiles"].to_dict() == {"Amine": "CCN", "Nutlin-3": ""}
    assert noted(study, "CCLE: 1 lines", "LOST_LUNG")
    points = read_curves(study.folder / "curves.csv", "ccle")
    assert len(points) == 3 * 4  # curves of known lines x doses
    first = points[(points["cell"] == points["cell"].min()) & (points["drug"] == "Amine")]
    assert first["dose"].tolist() == [0.0025, 0.008, 0.025, 8]
    assert first["viability"].tolist() == pytest.approx([1.01, 1.02, 1.03, 0.96])
    assert noted(study, "1 of 2 drugs have no SMILES", "Nutlin-3")


@pytest.mark.parametrize(
    ("old", "new"),
    [("2.0,1.0", "0,1.0"), ("2.0,1.0", "2.0,9"), ("2.0,1.0", "x,1"), ("1,2,3,-4", "1,2")],
)
def test_impossible_values_of_ccle_are_named(tmp_path: Path, old: str, new: str) -> None:
    (name,) = CCLE
    with pytest.raises(MmdrpError, match=r"CCLE_NP24.*row 1"):
        ccle.build(tmp_path / "s", write(tmp_path / "raw", changed(CCLE, name, old, new), DEPMAP))


def test_gdsc_fitted_table(tmp_path: Path) -> None:
    study = gdsc_tables.build(tmp_path / "s", write(tmp_path / "raw", GDSC, DEPMAP))
    assert values(study, "ic50") == {
        (OVCAR, "Amine (GDSC:1)"): 3.0,
        (HL60, "Amine (GDSC:1)"): 1.0,
        (HL60, "Amine (GDSC:2)"): 1.5,  # one name, two compounds screened: not averaged
        (TOES, "Nutlin-3a (-)"): -1.0,
    }
    assert values(study, "auc")[OVCAR, "Amine (GDSC:1)"] == pytest.approx(0.8)
    assert study.drugs.loc["Amine (GDSC:2)", "smiles"] == "CCN"
    assert study.drugs.loc["Nutlin-3a (-)", "target"] == "MDM2"
    assert noted(study, "1 lines have no DepMap id", "SIDM99999")


def test_gdsc_v17_matrix(tmp_path: Path) -> None:
    study = gdsc_tables.build(tmp_path / "s", write(tmp_path / "raw", GDSC, DEPMAP), screen="v17")
    assert study.measures == ["ic50"]
    assert values(study, "ic50") == {
        (OVCAR, "Amine"): -2.5, (HL60, "Amine"): 0.5, (HL60, "Nutlin-3a (-)"): 1.25,
    }  # fmt: skip


def test_gdsc_screens_that_are_not_there(tmp_path: Path) -> None:
    raw = write(tmp_path / "raw", GDSC, DEPMAP)
    with pytest.raises(MmdrpError, match=r"no GDSC2_fitted_dose_response\*\.csv"):
        gdsc_tables.build(tmp_path / "s", raw, screen="GDSC2")
    with pytest.raises(MmdrpError, match="screen=GDSC3"):
        gdsc_tables.build(tmp_path / "s", raw, screen="GDSC3")  # type: ignore[arg-type]
    second = {"GDSC1_fitted_dose_response_25Feb20.csv": "x"}
    with pytest.raises(MmdrpError, match="two releases of GDSC1"):
        gdsc_tables.build(tmp_path / "s", write(tmp_path / "raw2", GDSC, second, DEPMAP))
