"""The house rules that no linter checks: links resolve, files stay short, nothing is personal."""

import ast
import inspect
import re
import subprocess
from collections import Counter
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

import mmdrp

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 250
LONGER: dict[str, str] = {}
"""Files of ``mmdrp/`` that are longer, and why."""

FULLEST = 15
COMMAND_LINES = 40

MODULES = sorted((ROOT / "mmdrp").rglob("*.py"))
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
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


def test_folders_hold_few_files() -> None:
    sizes = Counter(p.parent for p in MODULES if p.name != "__init__.py")
    fuller = {str(p.relative_to(ROOT)): n for p, n in sizes.items() if n > FULLEST}
    assert not fuller, "divide it by subject"


def imported(path: Path) -> set[str]:
    """The packages that a file imports, inside functions too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


def test_hydra_stays_in_the_command_line() -> None:
    others = [p for p in MODULES if (ROOT / "mmdrp" / "cli") not in p.parents]
    assert not [p for p in others if imported(p) & {"hydra", "omegaconf"}]


def test_commands_are_short() -> None:
    commands = (ROOT / "mmdrp" / "cli" / "commands").rglob("*.py")
    sizes = {str(p.relative_to(ROOT)): len(p.read_text().splitlines()) for p in commands}
    assert not {name for name, size in sizes.items() if size > COMMAND_LINES}


def test_only_the_command_line_prints() -> None:
    for path in MODULES:
        name = str(path.relative_to(ROOT))
        if name.startswith("mmdrp/cli/"):
            continue
        calls = [
            node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)
        ]
        printed = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "print"]
        assert not printed, f"{name}: line {printed[0].lineno} prints"


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


def test_the_citation_says_what_it_must() -> None:
    """The keys that the format asks for (CFF 1.2.0), and that the version is this one."""
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(cited)
    assert (cited["cff-version"], cited["type"], cited["license"]) == ("1.2.0", "software", "MIT")
    assert cited["version"] == mmdrp.__version__
    references = cited["references"]
    assert {r["notes"] for r in references} == {"DeepDR", "MMDRP"}
    for entry in [cited, *references]:
        assert {"type", "title", "authors"} <= set(entry)
        for author in entry["authors"]:
            assert "name" in author or {"family-names", "given-names"} <= set(author)
    assert references[0]["doi"] == "10.1186/s12920-018-0460-9"


def test_the_glossary_names_options_that_are_there() -> None:
    words = re.findall(r"`([^`]+)`", (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"))
    options = "\n".join(p.read_text() for p in (ROOT / "conf").rglob("*.yaml"))
    for word in words:
        if word != "name=value" and (option := re.match(r"([.\w]+)=", word)):
            for name in option[1].split("."):
                assert re.search(rf"\b{name}\b", options), word


# `mmdrp.data.impute`, not the group of entry points in "mmdrp.encoder" nor a file name
DOTTED = re.compile(r"(?<![\w./\"'@-])mmdrp(?:\.[A-Za-z_]\w*)+")
FILE = re.compile(r"(?<![\w./-])(?:mmdrp|tests|conf|docs|R)/[\w./*-]+\w")
TEST = re.compile(r"(\w+\.py)::(\w+)")
PLACEHOLDERS = {"x", "X", "FOLDER"}
"""names that stand for one of the reader's choice"""
METADATA = {"mmdrp.measure", "mmdrp.unit", "mmdrp.higher", "mmdrp.units"}
"""keys in a file of predictions"""

OPTIONAL = {"mmdrp.dreval"}
"""modules that import a package which need not be installed"""


def resolves(dotted: str) -> bool:
    """Whether a dotted name is a module, or an attribute of the deepest one that can be imported.

    A name of a room that exists and cannot be imported is a mistake of the room: it is raised.
    """
    found: object = mmdrp
    name = "mmdrp"
    for part in dotted.split(".")[1:]:
        name = f"{name}.{part}"
        if inspect.ismodule(found) and not hasattr(found, part):
            if find_spec(name) is None:
                return False
            if name in OPTIONAL:
                return True
            found = import_module(name)
        elif hasattr(found, part):
            found = getattr(found, part)
        else:
            return False
    return True


def missing(text: str) -> list[str]:
    """Return what a page speaks of and the checkout does not have."""
    lacking = [n for n in DOTTED.findall(text) if n not in METADATA and not resolves(n)]
    for name in FILE.findall(text):
        placeholder = PLACEHOLDERS & {*Path(name).with_suffix("").parts}
        if not placeholder and not list(ROOT.glob(name)):
            lacking.append(name)
    for file, test in TEST.findall(text):
        files = list((ROOT / "tests").rglob(file))
        if not any(f"def {test}(" in path.read_text(encoding="utf-8") for path in files):
            lacking.append(f"{file}::{test}")
    return lacking


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_modules_and_files_that_pages_name_exist(page: Path) -> None:
    assert not missing(page.read_text(encoding="utf-8"))


def test_the_search_for_missing_names_finds_them() -> None:
    right = ["mmdrp.Study.from_frames", "mmdrp.nn.base", "mmdrp.tumours.associate(x)"]
    right += ["mmdrp/nn/parts.py", "conf/*.yaml", "conf/base/", "conf/loss/x.yaml"]
    right += ["test_house.py::test_files_stay_short", "https://github.com/any/mmdrp/old.py"]
    assert missing("".join(f"`{name}`, " for name in right) + '."mmdrp.encoder"]') == []
    wrong = ["mmdrp.Study.from_nothing", "mmdrp.model.net", "mmdrp.tumours.nothing"]
    wrong += ["mmdrp/model/net.py", "conf/model/*.yaml", "test_house.py::test_nothing"]
    for name in wrong:
        assert missing(f"see `{name}`.") == [name]
