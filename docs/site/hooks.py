"""What the pages need to stand on a site: they are written to be read in the repository, too."""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

import mmdrp
import mmdrp.experiments.deepdr
import mmdrp.tumours

ROOT = Path(__file__).resolve().parents[2]
NOEXEC = re.compile(r"^(\s*```\w*) noexec \([^()]+\)\s*$", re.M)
TOP = re.compile(r"\]\((?:\.\./)+(README|CONTRIBUTING)\.md")
CODE = re.compile(r"\[([^\]]+)\]\((?:\.\./)+(?:mmdrp|conf|tests|R|LICENSE|CITATION)[^)]*\)")
NAMED = re.compile(r"\[`?[\w/.]+\.md`?\]\(([\w/.]+\.md)(#[\w-]+)?\)")
TITLE = re.compile(r"^# (.+)$", re.M)

REFERENCE = {
    "mmdrp": (mmdrp, "What `import mmdrp` gives. [api.md](../api.md) walks through it."),
    "mmdrp.tumours": (mmdrp.tumours, "What predictions for tumours go with; needs no torch."),
    "mmdrp.experiments.deepdr": (mmdrp.experiments.deepdr, "DeepDR's tables, redone."),
}
"""module -> itself and the line on top of its page"""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """CONTRIBUTING.md is a page of the site, and so is every public name, as its code says it."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").replace("](docs/", "](")
    files.append(File.generated(config, "CONTRIBUTING.md", content=text))
    for path, (module, line) in REFERENCE.items():
        names = [n for n in module.__all__ if n not in ("__version__", "experiments", "tumours")]
        page = [f"# {path}", line, *(f"::: {path}.{name}" for name in names)]
        where = f"reference/{path.rsplit('.', 1)[-1]}.md"
        files.append(File.generated(config, where, content="\n\n".join(page)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Fences say no more than their language; links that leave the folder stay on the site."""
    up = "../" * page.file.src_uri.count("/")
    markdown = NOEXEC.sub(r"\1", markdown)
    markdown = TOP.sub(lambda m: f"]({up}{'index' if m[1] == 'README' else m[1]}.md", markdown)
    markdown = CODE.sub(r"\1", markdown)
    return NAMED.sub(lambda m: f"[{title(m[1], page)}]({m[1]}{m[2] or ''})", markdown)


def title(link: str, page: Page) -> str:
    """The heading of the page that ``link`` leads to, which reads better than a file's name."""
    file = (ROOT / "docs" / page.file.src_uri).parent / link
    found = TITLE.search(file.read_text(encoding="utf-8")) if file.is_file() else None
    return found[1] if found else link.rsplit("/", 1)[-1]
