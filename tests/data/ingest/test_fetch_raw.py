"""From a study's name to its release files and the study: table, DepMap's list, command line."""

import csv
import hashlib
import io
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import mmdrp
from mmdrp.cli import main
from mmdrp.data.ingest.download.raw import STUDIES, fetch_raw
from mmdrp.data.ingest.download.table import read_releases
from tests.data.ingest import releases
from tests.data.ingest.portal import Portal, running

TABLE = "release,file,url,bytes,sha256,md5,extract,licence,page\n"
HEAD = "release,release_date,filename,url,md5_hash"
MODEL = releases.SAMPLE_INFO.replace("DepMap_ID", "ModelID", 1)
EXPRESSION = releases.DEPMAP["CCLE_expression.csv"]
NEW = "OmicsExpressionTPMLogp1HumanProteinCodingGenes.csv"


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def ctrpv2() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in releases.CTRPV2.items():
            archive.writestr(f"CTRPv2.0/{name}", text)
    return stream.getvalue()


@pytest.fixture
def portal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Portal]:
    """A portal with CTRPv2's archive, DepMap 21Q2 in the table and 25Q3 in DepMap's list."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    with running(Portal(b"")) as server:
        url = server.url
        server.pages = {
            "/ctrp.zip": ctrpv2(),
            "/info": releases.SAMPLE_INFO.encode(),
            "/x": EXPRESSION.encode(),
            "/m": releases.DEPMAP["CCLE_mutations.csv"].encode(),
            "/Model.csv": MODEL.encode(),
            "/list": listed(
                f"DepMap Public 25Q3,2025-09-25,Model.csv,{url}/Model.csv,{md5(MODEL)}",
                f"DepMap Public 25Q3,2025-09-25,{NEW},{url}/x,{md5(EXPRESSION)}",
                "DepMap Public 25Q3,2025-09-25,OmicsSomaticMutations.csv,,",
                "DepMap Public 26Q1,2026-04-01,Model.csv,,",
                f"PRISM 25Q3,2025-09-25,Model.csv,{url}/404,",
            ),
        }
        zipped = ";".join(releases.CTRPV2)
        Path("table.csv").write_text(
            TABLE
            + f"ctrpv2,CTRPv2.zip,{url}/ctrp.zip,,,,{zipped},made up,{url}/page\n"
            + f"depmap_21Q2,sample_info.csv,{url}/info,,,,,made up,{url}/page\n"
            + f"depmap_21Q2,CCLE_expression.csv,{url}/x,,,,,made up,{url}/page\n"
            + f"depmap_21Q2,CCLE_mutations.csv,{url}/m,,,{'0' * 32},,made up,{url}/page\n"
            + f"depmap_list,files.csv,{url}/page,,,,,made up,https://depmap.example\n"
            + f"depmap_list,files_2.csv,{url}/list,,,,,made up,https://depmap.example\n"
        )
        yield server


def listed(*rows: str) -> bytes:
    return "\n".join([HEAD, *rows, ""]).encode()


def test_from_a_name_to_a_study(portal: Portal, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["omics=21Q2", "modalities=[expression]", "table=table.csv", "wait=0"]
    assert main(["data", "fetch", "study=ctrpv2", "raw=raw", *words]) == 0
    shown = capsys.readouterr()
    assert "3 files in raw" in shown.out
    assert "next: mmdrp data build study=ctrpv2 raw=raw" in shown.out
    assert main(["data", "fetch", "study=ctrpv2", "raw=raw", *words]) == 0
    assert capsys.readouterr().out.count("present") == 3
    assert len(portal.asked) == 3
    assert main(["data", "build", "study=ctrpv2", "raw=raw", "out=built"]) == 0
    study = mmdrp.Study.read("built")
    assert study.modalities == ["expression"]
    assert not [note for note in study.manifest.notes if note.startswith("not read")]
    assert (
        mmdrp.load_study("ctrpv2", "data", raw="raw").response("auc").equals(study.response("auc"))
    )


def test_a_release_of_depmap_s_list(portal: Portal) -> None:
    files = fetch_raw(
        "depmap", "raw", release="25q3", modalities=["expression"], table="table.csv", wait=0.0
    )
    assert files["file"].tolist() == ["Model.csv", NEW]
    assert files["state"].tolist() == ["fetched", "fetched"]
    # The first address answers with a check for browsers, the second with the list.
    assert [path for path, _ in portal.asked[:2]] == ["/page", "/list"]
    assert sorted(p.name for p in Path("raw").iterdir()) == ["depmap_25Q3"]


def test_files_without_an_address_are_asked_for(portal: Portal) -> None:
    with pytest.raises(mmdrp.MmdrpError) as caught:
        fetch_raw("depmap", "raw", release="25Q3", table="table.csv", modalities=["mutation"])
    assert str(caught.value) == (
        "raw/depmap_25Q3: put OmicsSomaticMutations.csv there by hand from https://depmap.example "
        "(no public address), then run this again"
    )
    assert (Path("raw") / "depmap_25Q3" / "Model.csv").is_file()
    text = releases.DEPMAP["CCLE_mutations.csv"]
    (Path("raw") / "depmap_25Q3" / "OmicsSomaticMutations.csv").write_text(text)
    files = fetch_raw("depmap", "raw", release="25Q3", table="table.csv", modalities=["mutation"])
    assert files["state"].tolist() == ["present", "present"]


def test_the_list_as_a_file(portal: Portal) -> None:
    Path("files.csv").write_bytes(portal.pages.pop("/list"))
    with pytest.raises(mmdrp.MmdrpError, match=r"answered 404|a web page came; save http.*file_l"):
        fetch_raw("depmap", "raw", release="25Q3", table="table.csv", tries=1)
    assert not Path("raw").exists()
    files = fetch_raw(
        "depmap", "raw", release="25Q3", table="table.csv", modalities=[], file_list="files.csv"
    )
    assert files["file"].tolist() == ["Model.csv"]
    Path("files.csv").write_text("<html>")
    with pytest.raises(mmdrp.MmdrpError, match=r"file_list=files\.csv: not DepMap's list"):
        fetch_raw("depmap", "raw", release="25Q3", table="table.csv", file_list="files.csv")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["study=depmap", "release=19Q1"], "no such release; the latest: 26Q1, 25Q3"),
        (["study=depmap", "release=26Q1"], "depmap_26Q1: expression: the release lists no Omics"),
        (["study=ctrpv2", "release=25Q3"], "release=25Q3: ctrpv2 has 2015; DepMap's release is om"),
        (["study=ctrpv2", "omics=21Q2"], "CCLE_mutations.csv: what came has another md5"),
        (["study=gdsc8", "omics=null"], "the table of releases has no gdsc_8.5"),
        (["study=prism", "tries=0"], "tries=0: expected a whole number from 1"),
        (["study=prism", "modalities=[rna]"], "modalities="),
        (["study=depmap", "omics=null"], "study=depmap is omics"),
        (["study=gdsc", "release=8.5"], "an option of fetch study=ctrpv2|depmap|gdsc8|prism"),
        (["portal=tcga"], "choose among: ctrpv2, depmap, gdsc8, prism"),
        (["study=depmap", "release=25Q3", "file_list=no.csv"], "there is no such file"),
    ],
)
def test_a_mistake_is_one_line(
    words: list[str], said: str, portal: Portal, capsys: pytest.CaptureFixture[str]
) -> None:
    table = [] if "study=gdsc" in words else ["table=table.csv", "modalities=[expression,mutation]"]
    if any(word.startswith("modalities=") for word in words):
        table = table[:1]
    assert main(["data", "fetch", "raw=raw", "wait=0", *table, *words]) == 2
    line = capsys.readouterr().err.strip().splitlines()[-1]
    assert line.startswith("mmdrp: ")
    assert said in line
    assert len(line) < 200
    del portal


def test_options_of_the_command_are_those_of_the_function() -> None:
    from inspect import signature

    from mmdrp.cli.launch import config_dir

    text = (config_dir() / "data.yaml").read_text()
    for name, parameter in signature(fetch_raw).parameters.items():
        if name not in ("study", "folder"):
            assert f"\n{name}: " in text, name
        assert parameter.kind is parameter.KEYWORD_ONLY or name in ("study", "folder")


def test_the_table_has_what_each_study_needs() -> None:
    names = {each.release for each in read_releases()}
    for known in STUDIES.values():
        assert set(known.values()) <= names


@pytest.mark.skipif(not shutil.which("Rscript"), reason="R is not here")
def test_r_reads_the_same_table_and_notes(portal: Portal) -> None:
    """What Python fetched is unchanged for R, and the other way round."""
    import subprocess

    root = Path(__file__).parents[3]
    fetch_raw("depmap", "raw", release="21Q2", modalities=["expression"], table="table.csv")
    command = ["Rscript", str(root / "R" / "main.R"), "fetch", "depmap_21Q2", "--out", "raw"]
    command += ["--releases", "table.csv", "--only", "sample_info.csv,CCLE_expression.csv"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "there is no package called" in done.stderr:
        pytest.skip("R lacks a package")
    assert done.stdout.splitlines() == [
        "present  depmap_21Q2/sample_info.csv",
        "present  depmap_21Q2/CCLE_expression.csv",
    ]
    again = fetch_raw("depmap", "raw", release="21Q2", modalities=["expression"], table="table.csv")
    assert set(again["state"]) == {"present"}
    with (root / "R" / "inst" / "releases.csv").open(newline="") as stream:
        assert len(list(csv.DictReader(stream))) == len(read_releases())
