"""The benchmark of real files counts what does not map, file by file."""

from pathlib import Path

import pytest

from mmdrp.errors import MmdrpError
from tests.benchmarks.code import real_files
from tests.data.ingest.releases import CCLE, CTRPV2, DEPMAP, GDSC, TCGA, write

OMICS = {name: text for name, text in DEPMAP.items() if "gene_cn_calls" not in name}


def test_counts_by_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    compounds = {"GDSC_Screened_Compounds.csv": GDSC["GDSC_Screened_Compounds.csv"]}
    maf = {"ESCA.maf": TCGA["ESCA.maf"], "notes.pdf": "x"}
    monkeypatch.setenv("MMDRP_RAW", str(write(tmp_path, CTRPV2, OMICS, CCLE, compounds, maf)))
    figures = real_files.main()
    said = capsys.readouterr().out
    assert "CCLE_expression.csv` | 4 lines | 1 | 75.00 % |" in said
    assert "per_cell_line.txt` | 4 lines | 1 | 75.00 % |" in said
    assert "per_compound.txt` | 4 drugs | 2 | 50.00 % |" in said
    assert "GDSC_Screened_Compounds.csv` | 2 drugs | 1 | 50.00 % |" in said
    assert "|  | 8 curves by structure | 2 | 75.00 % |  |" in said
    assert "ESCA.maf` | 3 tumours | 0 | 100.00 % |" in said
    assert "not read: release4/notes.pdf" in said
    assert figures["not_read"] == 1
    assert figures["tumours_unmapped"] == 0


def test_without_the_folder_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMDRP_RAW", "nowhere")
    with pytest.raises(MmdrpError, match="no such folder; set MMDRP_RAW"):
        real_files.main()
