"""A page: chapters of sections of blocks, and what makes HTML of them."""

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from mmdrp.io.text import plain


@dataclass(frozen=True)
class Text:
    """A paragraph; ``missing`` where it says what is not there."""

    text: str
    missing: bool = False
    kind: str = "text"


@dataclass(frozen=True)
class Code:
    """Text that is typed, or a file's; folded away where it is ``long``."""

    text: str
    title: str = ""
    kind: str = "code"


@dataclass(frozen=True)
class Head:
    """A column's name, and what it means."""

    name: str
    about: str = ""
    number: bool = False


@dataclass(frozen=True)
class Table:
    """Texts in rows; the first column names the row."""

    caption: str
    heads: Sequence[Head]
    rows: Sequence[Sequence[str]]
    kind: str = "table"

    @property
    def long(self) -> bool:
        """Return whether one would want to search in it."""
        return len(self.rows) > 12


@dataclass(frozen=True)
class Figure:
    """A drawing, what it shows in words, and more in a caption."""

    svg: Markup
    caption: str
    kind: str = "figure"


@dataclass(frozen=True)
class Picker:
    """A drawing of one drug at a time, chosen by name; points are drawn by the page's script."""

    caption: str
    data: dict[str, Any]
    kind: str = "picker"


@dataclass(frozen=True)
class Picture:
    """A picture inside the page; nothing that it says is run."""

    content: bytes
    alt: str
    caption: str
    type: str = "image/png"
    kind: str = "picture"

    @property
    def source(self) -> str:
        """Return the picture as an address that holds it."""
        return f"data:{self.type};base64,{b64encode(self.content).decode('ascii')}"


Block = Text | Code | Table | Figure | Picker | Picture


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Chapter:
    """What one folder holds."""

    title: str
    lead: str
    sections: Sequence[Section]


@dataclass(frozen=True)
class Page:
    """A whole page; ``warning`` stands on top of it."""

    title: str
    lead: str
    chapters: Sequence[Chapter]
    warning: str = ""
    blocks: Sequence[Block] = field(default_factory=tuple)

    def html(self) -> str:
        """Return one file without references to others."""
        return str(_template().render(page=self, chapters=list(_numbered(self.chapters))))


def _numbered(chapters: Sequence[Chapter]) -> Any:
    """Yield chapters and sections with ids that no name of a folder can disturb."""
    for i, chapter in enumerate(chapters, 1):
        sections = [(f"part-{i}-{j}", s) for j, s in enumerate(chapter.sections, 1)]
        yield f"part-{i}", chapter, sections


def _template() -> Any:
    folder = files("mmdrp.reporting") / "templates"
    read = {name: (folder / name).read_text("utf-8") for name in ("page.html", "style.css",
                                                                  "script.js")}  # fmt: skip
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                              lstrip_blocks=True, finalize=_shown)  # fmt: skip
    environment.globals.update(
        style=Markup(read["style.css"]),
        script=Markup(read["script.js"]),  # our own files
    )
    return environment.from_string(read["page.html"])


def _shown(value: Any) -> Any:
    """Spell out characters that show nothing or turn the writing round; markup stays."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return plain(value, keep="\n")


def words(text: str) -> str:
    """Return a name of a column as words: ``mean_abs`` is "mean abs"."""
    return re.sub("_+", " ", text).strip()
