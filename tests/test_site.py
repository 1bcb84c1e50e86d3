"""The documentation as a site: pages are reached, nothing is fetched, names are explained."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import mmdrp

ROOT = Path(__file__).resolve().parent.parent
LOADED = re.compile(r"""<(?:script|link|img|iframe|source)\b[^>]*?(?:src|href)=["']?([^"' >]+)""")
FOLLOWED = re.compile(r'rel="(?:canonical|next|prev|edit)"')


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("mkdocs", reason="needs the extra site: pip install 'mmdrp[site]'")
    folder = tmp_path_factory.mktemp("site")
    words = ["build", "--quiet", "--strict", "-f", "docs/site/mkdocs.yml", "-d", str(folder)]
    found = subprocess.run(
        [sys.executable, "-m", "mkdocs", *words],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT), "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    assert found.returncode == 0, found.stdout + found.stderr
    assert "WARNING" not in found.stderr
    return folder


def test_every_page_is_built_and_in_the_menu(site: Path) -> None:
    pages = {p.relative_to(ROOT / "docs").with_suffix(".html") for p in ROOT.glob("docs/**/*.md")}
    assert pages
    menu = (site / "index.html").read_text(encoding="utf-8")
    for page in pages:
        assert (site / page).is_file()
        assert f'href="{page.as_posix()}"' in menu, page


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for tag in LOADED.finditer(text):
            if not FOLLOWED.search(tag[0]):
                assert not tag[1].startswith(("http:", "https:", "//")), (page.name, tag[1])


def test_every_public_name_is_explained(site: Path) -> None:
    text = (site / "reference" / "mmdrp.html").read_text(encoding="utf-8")
    for name in mmdrp.__all__:
        if name not in ("__version__", "experiments", "tumours"):
            assert f'id="mmdrp.{name}"' in text, name


def test_fences_show_code_only(site: Path) -> None:
    text = (site / "deepdr.html").read_text(encoding="utf-8")
    assert "noexec" not in text
    assert 'class="language-' in text or 'class="highlight' in text
