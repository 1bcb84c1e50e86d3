"""A file over HTTP is whole and right under its name, or it is not there; nothing comes twice."""

import gzip
import hashlib
import http.client
import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mmdrp.data.ingest.download import transfer
from mmdrp.data.ingest.download.each import Fetched, Release
from mmdrp.data.ingest.download.table import ReleaseFile, default_table, read_releases
from mmdrp.data.ingest.download.transfer import Patience, TransferError, download
from mmdrp.errors import MmdrpError
from tests.data.ingest.portal import Portal, running

BODY = b"cell,x\n" + b"".join(b"c%d,%d\n" % (i, i * i) for i in range(60_000))
QUICK = Patience(tries=3, wait=0, timeout=5)


@pytest.fixture
def portal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with running(Portal(BODY)) as server:
        yield server


def fetch(folder: Path, url: str, patience: Patience = QUICK, **known: Any) -> Path:
    """One file of a made-up release; raises MmdrpError where it did not come."""
    file = str(known.pop("file", "data.csv"))
    wanted = ReleaseFile("r1", file, url, page="https://portal.example", **known)
    done = Fetched()
    Release(folder / "r1", [wanted], patience, "test").fetch(done)
    done.check()
    return folder / "r1" / file


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_file_is_fetched_noted_and_not_fetched_again(portal: Portal, tmp_path: Path) -> None:
    for _ in range(2):
        path = fetch(tmp_path, f"{portal.url}/good", sha256=sha256(BODY), licence="made up")
        assert path.read_bytes() == BODY
    assert len(portal.asked) == 1
    noted = json.loads((path.parent / "manifest.json").read_text())["tables"]["data.csv"]
    assert noted["sha256"] == sha256(BODY)
    assert noted["bytes"] == len(BODY)
    assert noted["licence"] == "made up"
    assert noted["compared_with"] == "sha256"
    assert sorted(p.name for p in path.parent.iterdir()) == ["data.csv", "manifest.json"]


def test_a_cut_connection_is_gone_on_with(portal: Portal, tmp_path: Path) -> None:
    assert fetch(tmp_path, f"{portal.url}/cut").read_bytes() == BODY
    assert portal.ranges() == ["", f"bytes={len(BODY) // 2}-"]
    assert portal.asked[1][1]["If-Range"] == '"v1"'


def test_and_in_a_later_call(portal: Portal, tmp_path: Path) -> None:
    with pytest.raises(MmdrpError, match=r"MB kept, run again to go on"):
        fetch(tmp_path, f"{portal.url}/cut", Patience(1, 0, 5))
    left = sorted(p.name for p in (tmp_path / "r1").iterdir())
    assert left == ["data.csv.part", "data.csv.part.mark"]
    assert fetch(tmp_path, f"{portal.url}/cut", Patience(1, 0, 5)).read_bytes() == BODY
    assert portal.ranges()[1] == f"bytes={len(BODY) // 2}-"
    assert not list((tmp_path / "r1").glob("*.part*"))


@pytest.mark.parametrize("mode", ["changes", "norange", "liar"])
def test_two_versions_are_never_joined(mode: str, portal: Portal, tmp_path: Path) -> None:
    came = fetch(tmp_path, f"{portal.url}/{mode}").read_bytes()
    assert came == (BODY[::-1] if mode == "changes" else BODY)


def test_what_was_left_without_a_mark_is_begun_again(portal: Portal, tmp_path: Path) -> None:
    (tmp_path / "r1").mkdir()
    part = tmp_path / "r1" / "data.csv.part"
    part.write_bytes(b"another version" * 100)
    assert fetch(tmp_path, f"{portal.url}/weak").read_bytes() == BODY
    assert portal.ranges() == [""]


def test_with_a_known_hash_it_is_gone_on_with(portal: Portal, tmp_path: Path) -> None:
    (tmp_path / "r1").mkdir()
    part = tmp_path / "r1" / "data.csv.part"
    part.write_bytes(BODY[:70_000])
    md5 = hashlib.md5(BODY).hexdigest()
    assert fetch(tmp_path, f"{portal.url}/weak", md5=md5).read_bytes() == BODY
    assert portal.ranges() == ["bytes=70000-"]


def test_all_had_come_before_the_end_was_told(portal: Portal, tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.write_bytes(BODY)
    download(f"{portal.url}/good", part, QUICK, True, "x")
    assert part.read_bytes() == BODY
    part.write_bytes(BODY + b"more than there is")
    download(f"{portal.url}/good", part, QUICK, True, "x")
    assert part.read_bytes() == BODY


def test_ranges_are_asked_for_behind_a_redirect(portal: Portal, tmp_path: Path) -> None:
    assert fetch(tmp_path, f"{portal.url}/to/cut").read_bytes() == BODY
    assert portal.ranges()[-1] == f"bytes={len(BODY) // 2}-"


def test_a_busy_server_is_asked_again(portal: Portal, tmp_path: Path) -> None:
    assert fetch(tmp_path, f"{portal.url}/busy").read_bytes() == BODY


@pytest.mark.parametrize(
    ("path", "known", "said"),
    [
        ("403", {}, "answered 403: a login or terms?; put it there by hand from https://portal"),
        ("401", {}, "answered 401: a login or terms?"),
        ("404", {}, "answered 404: has it moved?; put it there by hand from https://portal.ex"),
        ("500", {}, "the server answered 500"),
        ("page", {}, "is a web page (a login, or a check for browsers?), not data; put it there"),
        ("good", {"sha256": "0" * 64}, "another sha256"),
        ("good", {"md5": "0" * 32}, "another md5"),
        ("good", {"bytes": 7}, f"has {len(BODY)} bytes, not 7"),
        ("good", {"file": "data.csv.gz"}, "not a whole gzip"),
        ("good", {"file": "data.zip"}, "not a whole zip"),
        ("never", {}, "(3 attempts); "),
    ],
)
def test_a_good_file_survives_every_bad_answer(
    path: str,
    known: dict[str, Any],
    said: str,
    portal: Portal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("raw")
    target = folder / "r1" / str(known.get("file", "data.csv"))
    with pytest.raises(MmdrpError) as caught:
        fetch(folder, f"{portal.url}/{path}", **known)
    assert said in str(caught.value)
    assert len(str(caught.value)) <= 190
    assert not target.exists()
    target.parent.mkdir(exist_ok=True, parents=True)
    target.write_bytes(b"cell,x\nan older one,1\n")
    if known.keys() & {"sha256", "md5", "bytes"}:
        with pytest.raises(MmdrpError, match="the file at hand is kept"):
            fetch(folder, f"{portal.url}/{path}", **known)
        assert target.read_bytes() == b"cell,x\nan older one,1\n"
    assert not (target.parent / f"{target.name}.part").exists() or path == "never"


def test_a_server_that_falls_silent(portal: Portal, tmp_path: Path) -> None:
    with pytest.raises(MmdrpError, match=r"nothing came for 0\.2 s \(1 attempts\); 0\.\d MB kept"):
        fetch(tmp_path, f"{portal.url}/slow", Patience(1, 0, 0.2))
    assert (tmp_path / "r1" / "data.csv.part").stat().st_size == len(BODY) // 2


def test_no_network_is_one_line_and_no_folder(tmp_path: Path) -> None:
    with pytest.raises(
        MmdrpError, match=r"cannot be reached \(Connection refused\); check network"
    ):
        fetch(tmp_path, "http://127.0.0.1:9/x")
    assert not (tmp_path / "r1").exists()


def test_what_is_there_is_held_to_its_first_hash(portal: Portal, tmp_path: Path) -> None:
    path = fetch(tmp_path, f"{portal.url}/good")
    path.write_bytes(BODY[:5000])
    assert fetch(tmp_path, f"{portal.url}/good").read_bytes() == BODY
    assert len(portal.asked) == 2


def test_a_file_put_there_by_hand_is_checked(portal: Portal, tmp_path: Path) -> None:
    md5 = hashlib.md5(BODY).hexdigest()
    with pytest.raises(MmdrpError, match=r"data.csv there by hand from .*then run this again"):
        fetch(tmp_path, "", md5=md5)
    (tmp_path / "r1").mkdir(exist_ok=True)
    (tmp_path / "r1" / "data.csv").write_bytes(BODY[:-1])
    with pytest.raises(MmdrpError, match="another md5"):
        fetch(tmp_path, "", md5=md5)
    (tmp_path / "r1" / "data.csv").write_bytes(BODY)
    fetch(tmp_path, "", md5=md5)
    assert not portal.asked


def test_archives_must_be_whole_and_hold_what_is_needed(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("folder/v20.txt", BODY)
    with running(Portal(stream.getvalue())) as portal:
        url = f"{portal.url}/good"
        fetch(tmp_path, url, file="a.zip", members=("v20.txt",))
        with pytest.raises(MmdrpError, match=r"has no member v21\.txt"):
            fetch(tmp_path, url, file="b.zip", members=("v21.txt",))
        portal.body = portal.body[:-30]
        with pytest.raises(MmdrpError, match="not a whole zip"):
            fetch(tmp_path, url, file="c.zip")
        portal.body = gzip.compress(BODY)
        fetch(tmp_path, url, file="d.csv.gz")
        with pytest.raises(MmdrpError, match="is compressed"):
            fetch(tmp_path, url, file="d.csv")
        portal.body = portal.body[:-20]
        with pytest.raises(MmdrpError, match="not a whole gzip"):
            fetch(tmp_path, url, file="e.csv.gz")


def test_a_small_disk_is_refused_before_it_is_full(
    portal: Portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": transfer.SPARE + 1000})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(MmdrpError, match=r"data.csv needs 1\.0 MB more and 50\.0 MB to spare"):
        fetch(tmp_path, f"{portal.url}/good")


def test_ctrl_c_keeps_what_had_come(
    portal: Portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "PIECE", 1000)
    count = iter(range(10_000))
    real = http.client.HTTPResponse.read1

    def read1(self: http.client.HTTPResponse, size: int = -1) -> bytes:
        if next(count) == 100:
            raise KeyboardInterrupt
        return real(self, size)

    monkeypatch.setattr(http.client.HTTPResponse, "read1", read1)
    with pytest.raises(KeyboardInterrupt):
        fetch(tmp_path, f"{portal.url}/good")
    kept = (tmp_path / "r1" / "data.csv.part").read_bytes()
    assert kept == BODY[: len(kept)]
    assert len(kept) > 10_000
    monkeypatch.undo()
    assert fetch(tmp_path, f"{portal.url}/good").read_bytes() == BODY
    assert portal.ranges()[-1] == f"bytes={len(kept)}-"


def test_a_proxy_of_the_environment_is_asked(
    portal: Portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal.pages["http://far.example/good"] = BODY
    monkeypatch.setenv("http_proxy", portal.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert fetch(tmp_path, "http://far.example/good").read_bytes() == BODY


def test_nothing_but_the_web_is_opened(portal: Portal, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    portal.pages["/x"] = b""
    for url in (secret.as_uri(), "ftp://127.0.0.1/x"):
        with pytest.raises(TransferError):
            download(url, tmp_path / "part", QUICK, False, "x")


def test_the_table_is_right_and_the_same_as_r_s() -> None:
    rows = read_releases()
    assert default_table().name == "releases.csv"
    names = {each.release for each in rows}
    assert {"depmap_24Q4", "depmap_list", "ctrpv2", "gdsc_8.5", "prism_19Q4"} <= names
    assert all(each.licence and each.page for each in rows)
    for each in rows:
        assert len(each.sha256) in (0, 64)
        assert len(each.md5) in (0, 32)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("../r,a.csv,https://x/a,,,,,", "row 2: release='../r': not a plain name"),
        ("r,../a.csv,https://x/a,,,,,", "row 2: file='../a.csv': not a plain name"),
        ("r,.a.csv,https://x/a,,,,,", "not a plain name"),
        ("r,a.csv,file:///etc/passwd,,,,,", "give an http(s) address"),
        ("r,a.csv,https://x/a,many,,,,", "bytes='many': not a whole number"),
        ("r,a.csv,https://x/a,,,,,\nr,a.csv,https://x/b,,,,,", "row 3: r/a.csv a second time"),
    ],
)
def test_a_bad_table_is_refused(row: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "releases.csv"
    path.write_text(f"release,file,url,bytes,sha256,md5,extract,licence\n{row}\n")
    with pytest.raises(MmdrpError) as caught:
        read_releases(path)
    assert said in str(caught.value)
