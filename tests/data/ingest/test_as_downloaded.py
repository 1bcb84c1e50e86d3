"""Releases as they are downloaded: spreadsheets, archives, exports; PRISM's table of curves."""

import csv
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from mmdrp.data.ingest.gdsc import tables as gdsc
from mmdrp.data.ingest.screens import ctrpv2, prism
from mmdrp.errors import MmdrpError
from tests.data.ingest.releases import CTRPV2, DEPMAP, GDSC, write
from tests.data.ingest.sheets import write_sheet

FITTED = "GDSC1_fitted_dose_response_24Jul22"


def test_gdsc_s_spreadsheet_is_its_table(tmp_path: Path) -> None:
    raw = write(tmp_path / "raw", GDSC, DEPMAP)
    expected = gdsc.build(tmp_path / "csv", raw)
    (raw / "release0" / f"{FITTED}.csv").unlink()
    rows = list(csv.reader(io.StringIO(GDSC[f"{FITTED}.csv"])))
    write_sheet(raw / "release0" / f"{FITTED}.xlsx", rows)
    study = gdsc.build(tmp_path / "xlsx", raw)
    assert study.response("ic50").equals(expected.response("ic50"))
    assert study.drugs.equals(expected.drugs)
    assert study.manifest.tables["response"].source == f"{FITTED}.xlsx"
    assert not any("not read: " in n and FITTED in n for n in study.manifest.notes)
    (raw / "release0" / f"{FITTED}.xlsx").write_bytes(b"PK\3\4 stub")
    with pytest.raises(MmdrpError, match=rf"{FITTED}.xlsx: no readable spreadsheet .*save it as C"):
        gdsc.build(tmp_path / "broken", raw)


EXPORT = """\
Drug Name,Drug ID,Cell Line Name,Cosmic ID,TCGA Classification,Tissue,IC50,AUC,Max Conc,RMSE,Z score,Dataset Version
Amine,1,OVCAR-3,905933,OV,ovary,2.0,0.9,10,0.1,0.1,GDSC1
Amine,1,HL-60,905938,LAML,blood,-1.0,0.5,10,0.1,0.1,GDSC1
Amine,1,HL-60,905938,LAML,blood,7.0,0.9,10,0.1,0.1,GDSC2
"""


def test_the_export_of_the_web_site(tmp_path: Path) -> None:
    name = "PANCANCER_IC50_Mon_Nov_30_2026.csv"
    study = gdsc.build(tmp_path / "s", write(tmp_path / "raw", {name: EXPORT}, DEPMAP))
    values = study.response("ic50").set_index("cell")["value"]
    assert values.to_dict() == {"ACH-000001": 2.0, "ACH-000002": -1.0}
    assert any("1 rows of Dataset Version GDSC2 are left out" in n for n in study.manifest.notes)
    rows = "".join(f"Amine,1,L{i},{i},OV,ovary,{i + 1},0.9,1,1,1,GDSC1\n" for i in range(20))
    linear = write(tmp_path / "raw2", {name: EXPORT.splitlines()[0] + "\n" + rows}, DEPMAP)
    with pytest.raises(MmdrpError, match="column 'IC50' is never below 0: in uM"):
        gdsc.build(tmp_path / "s2", linear)


def test_ctrpv2_s_archive_is_read_as_it_is(tmp_path: Path) -> None:
    expected = ctrpv2.build(tmp_path / "a", write(tmp_path / "raw", CTRPV2, DEPMAP))
    raw = write(tmp_path / "raw2", DEPMAP)
    path = raw / "CTRPv2.0_2015_ctd2_ExpandedDataset.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in CTRPV2.items():
            archive.writestr(f"CTRPv2/{name}", text)
        archive.writestr("../../evil.txt", "x")
    before = {*tmp_path.rglob("*")}
    study = ctrpv2.build(tmp_path / "b", raw)
    assert study.response("auc").equals(expected.response("auc"))
    assert not any(path.name in note for note in study.manifest.notes)
    assert {p for p in tmp_path.rglob("*") if (tmp_path / "b") not in (p, *p.parents)} == before
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(MmdrpError, match=r"ExpandedDataset\.zip \(unpack it\) lies there"):
        ctrpv2.build(tmp_path / "c", raw)


CURVES = """\
broad_id,depmap_id,ccle_name,screen_id,auc,ec50,ic50,name,moa,target,smiles,passed_str_profiling
BRD-K00000001-001-01-1,ACH-000001,NIHOVCAR3_OVARY,HTS002,1.4,1,2.5,erlo,x,EGFR,CCN,TRUE
BRD-K00000001-001-01-1,ACH-000001,NIHOVCAR3_OVARY,MTS010,0.7,1,1.0,erlo,x,EGFR,CCN,TRUE
BRD-K00000001-001-01-1,ACH-000002,,MTS010,1.1,1,,erlo,x,EGFR,CCN,TRUE
BRD-K00000002-001-01-1,ACH-000001,NIHOVCAR3_OVARY,MTS010,0.5,1,0.1,two,x,,"CCO, OCC",TRUE
BRD-K00000003-001-01-1,ACH-000001,NIHOVCAR3_OVARY,MTS010,0.5,1,0.1,three,x,,"CCO, CCC",TRUE
BRD-K00000001-001-01-1,ACH-000003,CACO2_LARGE_INTESTINE,MTS010,0.4,1,1,erlo,x,EGFR,CCN,FALSE
BRD-K00000001-001-01-1,ACH-000004,CACO2_LARGE_INTESTINE,MTS010,0.4,1,1,erlo,x,EGFR,CCN,TRUE
"""


def test_prism(tmp_path: Path) -> None:
    study = prism.build(tmp_path / "s", write(tmp_path / "raw", {prism.FILE: CURVES}, DEPMAP))
    auc = study.response("auc").pivot(index="cell", columns="drug", values="value")
    assert auc["erlo"].to_dict() == {"ACH-000001": 0.7, "ACH-000002": 1.1}
    ic50 = study.response("ic50").set_index(["cell", "drug"])["value"]
    assert ic50["ACH-000001", "two"] == pytest.approx(np.log(0.1))
    assert ("ACH-000002", "erlo") not in ic50.index
    assert study.drugs["smiles"].to_dict() == {"erlo": "CCN", "two": "CCO", "three": ""}
    assert study.drugs.loc["erlo", "target"] == "EGFR"
    said = "\n".join(study.manifest.notes)
    for note in ("1 curves of a compound and line that a later screen has",
                 "1 lines failed STR profiling and are left out: ACH-000003",
                 "1 drugs have several structures in one cell and are left without: three",
                 "could mean several lines and are left out: ACH-000004 (ACH-000003 or ACH"):  # fmt: skip
        assert note in said
    assert {m: study.higher(m) for m in study.measures} == dict.fromkeys(
        ("auc", "ic50"), "resistant"
    )


@pytest.mark.parametrize(("old", "new", "message"), [
    (",1.4,1,2.5", ",140,1,2.5", "column 'auc', row 1: 140 is not in 0 to 5"),
    (",1,2.5,erlo", ",1,-2.5,erlo", "column 'ic50', row 1: -2.5 is not in 0 or more; it is in uM"),
    ("2.5,erlo", "2.5,other", "'erlo', but core BRD-K00000001 is 'other' above"),
    ("CCO, OCC", "CC[N", "column 'smiles' of two"),
])  # fmt: skip
def test_prism_s_flaws_are_named(old: str, new: str, message: str, tmp_path: Path) -> None:
    raw = write(tmp_path / "raw", {prism.FILE: CURVES.replace(old, new)}, DEPMAP)
    with pytest.raises(MmdrpError, match=message):
        prism.build(tmp_path / "s", raw)
