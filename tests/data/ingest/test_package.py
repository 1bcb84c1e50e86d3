"""Archives of a package index: kept if their hash is the pinned one, else one line and nothing."""

import hashlib
import io
import subprocess
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmdrp.data.ingest.gdsc import package
from mmdrp.data.ingest.gdsc.package import Package
from mmdrp.errors import MmdrpError

TABLE = b"cell,x\n" + b"".join(b"L%d,%d\n" % (i, i * i) for i in range(400))
META = "Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
# The metadata of a source archive are made by its own backend: one that needs nothing else.
BACKEND = '''
import pathlib

def prepare_metadata_for_build_wheel(folder, config_settings=None):
    info = pathlib.Path(folder, "tinysource-1.0.dist-info")
    info.mkdir()
    (info / "METADATA").write_text("""{meta}""")
    return info.name

def build_wheel(*args, **kwargs):
    raise RuntimeError("never built")
'''
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


def wheel(folder: Path) -> Package:
    """A wheel of one table, made by hand."""
    path = folder / "tinywheel-1.0-py3-none-any.whl"
    info = "tinywheel-1.0.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tinywheel/table.csv", TABLE)
        archive.writestr(f"{info}/METADATA", META.format(name="tinywheel"))
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
        archive.writestr(f"{info}/RECORD", "")
    return pinned("tinywheel", path)


def source(folder: Path) -> Package:
    """A source archive of the same table."""
    path = folder / "tinysource-1.0.tar.gz"
    meta = META.format(name="tinysource")
    files = {
        "PKG-INFO": meta.encode(),
        "pyproject.toml": PYPROJECT.encode(),
        "backend.py": BACKEND.format(meta=meta).encode(),
        "table.csv": TABLE,
    }
    with tarfile.open(path, "w:gz") as archive:
        for name, raw in files.items():
            entry = tarfile.TarInfo(f"tinysource-1.0/{name}")
            entry.size = len(raw)
            archive.addfile(entry, io.BytesIO(raw))
    return pinned("tinysource", path)


def pinned(name: str, path: Path) -> Package:
    return Package(name, "1.0", path.name, hashlib.sha256(path.read_bytes()).hexdigest())


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands in for the package index; nothing else is asked."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "none.conf"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def kept(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


def refused(packages: list[Package], downloads: Path) -> str:
    with pytest.raises(MmdrpError) as caught:
        package.fetch(packages, downloads)
    said = str(caught.value)
    assert "\n" not in said
    return said


def test_good_archives_are_kept_and_fetched_once(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [wheel(index), source(index)]
    downloads = tmp_path / "deep" / "downloads"
    package.fetch(both, downloads)
    assert kept(downloads) == sorted(p.filename for p in both)
    assert package.member(both[0].path(downloads), "tinywheel/table.csv") == TABLE
    assert package.member(both[1].path(downloads), "tinysource-1.0/table.csv") == TABLE

    def never(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("asked again for what is there")

    monkeypatch.setattr(package, "run_module", never)
    package.fetch(both, downloads)


def test_a_cut_download_is_fetched_again(index: Path, tmp_path: Path) -> None:
    tiny = wheel(index)
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    tiny.path(downloads).write_bytes((index / tiny.filename).read_bytes()[:200])
    package.fetch([tiny], downloads)
    assert tiny.path(downloads).read_bytes() == (index / tiny.filename).read_bytes()


def test_another_hash_is_refused_and_nothing_kept(index: Path, tmp_path: Path) -> None:
    good, bad = wheel(index), replace(source(index), sha256="0" * 64)
    said = refused([good, bad], tmp_path / "downloads")
    assert "served a file with another sha256; nothing was kept" in said
    assert kept(tmp_path / "downloads") == []


def test_an_absent_package_is_named(index: Path, tmp_path: Path) -> None:
    absent = Package("tinyabsent", "1.0", "tinyabsent-1.0.tar.gz", "0" * 64)
    said = refused([absent], tmp_path / "downloads")
    assert said == (
        "cannot download tinyabsent 1.0: the package index has no such version; nothing was written"
    )
    assert kept(tmp_path / "downloads") == []


def test_no_network_is_said_in_one_line(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = wheel(index)
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # nobody listens there
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    said = refused([tiny], tmp_path / "downloads")
    assert "the package index does not answer" in said
    assert kept(tmp_path / "downloads") == []


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ("/usr/bin/python: No module named pip\n", "this Python has no pip"),
        ("", "pip said nothing"),
        ("first\nERROR: disk full\n\n", "ERROR: disk full"),
    ],
)
def test_other_reasons_are_told(
    log: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(module: str, *_: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([module], 1, "", log)

    monkeypatch.setattr(package, "run_module", failing)
    tiny = Package("tiny", "1.0", "tiny-1.0.tar.gz", "0" * 64)
    assert expected in refused([tiny], tmp_path / "downloads")


@pytest.mark.parametrize("make", [wheel, source])
def test_a_truncated_archive_is_told_in_one_line(make: Any, tmp_path: Path) -> None:
    tiny: Package = make(tmp_path)
    path = tiny.path(tmp_path)
    whole = path.read_bytes()
    for size in (0, 10, len(whole) // 2, len(whole) - 9):
        path.write_bytes(whole[:size])
        with pytest.raises(MmdrpError, match=tiny.filename) as caught:
            package.member(path, f"{tiny.name}/table.csv")
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("make", [wheel, source])
def test_an_absent_member_is_named(make: Any, tmp_path: Path) -> None:
    with pytest.raises(MmdrpError, match=r"cannot read data/other\.csv"):
        package.member(make(tmp_path).path(tmp_path), "data/other.csv")


@pytest.mark.parametrize("make", [wheel, source])
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(where=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255))
def test_damage_anywhere_is_seen_or_harmless(
    make: Any, where: float, byte: int, tmp_path: Path
) -> None:
    tiny: Package = make(tmp_path)
    path = tiny.path(tmp_path)
    raw = bytearray(path.read_bytes())
    raw[int(where * len(raw))] = byte
    path.write_bytes(bytes(raw))
    folder = "tinywheel" if tiny.name == "tinywheel" else "tinysource-1.0"
    try:
        found = package.member(path, f"{folder}/table.csv")
    except MmdrpError as error:
        assert "\n" not in str(error)
        return
    assert found == TABLE or tiny.name == "tinysource"  # a tar checks its headers only
