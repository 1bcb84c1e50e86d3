"""The house rules that no linter checks: links resolve, files stay short, nothing is personal."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 250
LONGER: dict[str, str] = {}
"""Files of ``mmdrp/`` that are longer, and why."""

MODULES = sorted((ROOT / "mmdrp").rglob("*.py"))
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
# [text](target "title") and ![image](target), <img src="...">, [name]: target
LINK = re.compile(
    r"\]\(\s*<?([^)\s>]+)>?[^)]*\)|(?:src|href)=\"([^\"]+)\"|^\[[^\]]+\]:\s+(\S+)", re.MULTILINE
)
# Written in parts, so that this file does not find itself.
PLACES = "|".join(["ho" + "me", "Us" + "ers", "ro" + "ot", "wo" + "rk", "m" + "nt"])
PERSONAL = re.compile(rf"(?<![\w.:/-])/(?:{PLACES})/[\w.-]|\b[A-Z]:\\+Us" + "ers")


def prose(text: str) -> str:
    """A page without its code, where brackets mean other things."""
    text = re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", text)


def links(page: Path) -> list[str]:
    found = LINK.findall(prose(page.read_text(encoding="utf-8")))
    return [next(filter(None, groups)) for groups in found]


def anchors(page: Path) -> set[str]:
    """The names GitHub gives a page's headings."""
    text = re.sub(r"^(```|~~~).*?^\1", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    heads = re.findall(r"^#+\s+(.*?)\s*#*$", text, flags=re.MULTILINE)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", head).lower() for head in heads]
    return {re.sub(r"[^\w\- ]", "", head).replace(" ", "-") for head in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{page.name}: {link}"
        assert target.is_relative_to(ROOT), f"{page.name}: {link} leaves the checkout"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{page.name}: {link}"


def test_every_page_is_reached_from_the_readme_or_the_index() -> None:
    reached, waiting = set(), [ROOT / "README.md", ROOT / "docs" / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        names = [link.partition("#")[0] for link in links(page) if ":" not in link]
        waiting += [p for n in names if (p := (page.parent / n).resolve()).suffix == ".md"]
    assert set(PAGES) <= reached


def test_link_finder_finds_links(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text('[a](b.md "t") ![i](c.png) `[no](code)` <img src="d.png">\n[r]: e.md\n')
    assert links(page) == ["b.md", "c.png", "d.png", "e.md"]
    page.write_text("# The `fold`: what [it](x.md) is\n```\n# no heading\n```\n")
    assert anchors(page) == {"the-fold-what-it-is"}


def test_files_stay_short() -> None:
    sizes = {str(p.relative_to(ROOT)): len(p.read_text().splitlines()) for p in MODULES}
    assert len(sizes) > 50
    longer = {name for name, size in sizes.items() if size > LONGEST}
    assert longer == set(LONGER), "shorten it, or give the reason in LONGER"
    assert all(LONGER.values())


@pytest.mark.parametrize("name", ["utils", "util", "helpers", "helper", "common", "misc"])
def test_no_drawer_for_anything(name: str) -> None:
    assert not [p for p in MODULES if name in p.relative_to(ROOT).with_suffix("").parts]


def test_only_the_command_line_prints() -> None:
    for path in MODULES:
        if (ROOT / "mmdrp" / "cli") in path.parents:
            continue
        calls = [
            node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)
        ]
        printed = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "print"]
        assert not printed, f"{path.relative_to(ROOT)}: line {printed[0].lineno} prints"


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        pytest.skip("not a git checkout: which files belong to it is unknown")
    for name in filter(None, done.stdout.split("\0")):
        path = ROOT / name
        if not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # an image
        found = PERSONAL.search(text)
        assert found is None, f"{name}: {found.group() if found else ''}"


def test_the_search_for_places_finds_them() -> None:
    for text in ("/ho" + "me/me/data", "open('/Us" + "ers/me/x')", "C:\\Us" + "ers\\me"):
        assert PERSONAL.search(text)
    for text in ("a/home/page", "https://x.org/work/of", "runs/train", "~/data"):
        assert not PERSONAL.search(text)
