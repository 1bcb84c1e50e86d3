"""One self-contained HTML page of what finished folders hold, or of one patient."""

import html
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmdrp.errors import OptionError
from mmdrp.io.files import whole
from mmdrp.options import checked
from mmdrp.reporting.chapters import chapter_of
from mmdrp.reporting.folders import ABOUT, NEEDS, Folder, found_in
from mmdrp.reporting.page import Chapter, Head, Page, Table
from mmdrp.reporting.patient import patient_page
from mmdrp.version import __version__

log = logging.getLogger(__name__)
FILE = "report.html"


@dataclass(frozen=True)
class Report:
    """A page; a notebook shows it."""

    html: str

    def write(self, path: str | Path) -> Path:
        """Write the page to a file, or as ``report.html`` into a folder; return the file."""
        path = Path(path)
        path = path / FILE if path.is_dir() or not path.suffix else path
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole(path) as half:
            half.write_text(self.html, encoding="utf-8")
        return path

    def _repr_html_(self) -> str:
        page = html.escape(self.html, quote=True)
        return f'<iframe title="report" style="width:100%;height:40em" srcdoc="{page}"></iframe>'

    def __repr__(self) -> str:
        return f"<Report: {len(self.html.encode()) / 1e6:.1f} MB>"


@checked
def report(
    folders: str | Path | Sequence[str | Path] = (),
    *,
    predictions: str | Path | None = None,
    sample: str | None = None,
    title: str | None = None,
) -> Report:
    """Return a page of what folders hold that train, evaluate, attribute, ... wrote.

    ``folders`` are finished folders, or folders of such. The page is one file: it loads nothing,
    works without a network, and can be read without JavaScript (which sorts and searches tables).
    With ``predictions`` (a folder of ``mmdrp predict``) and ``sample`` it is about one patient:
    drugs that the sample is unusually sensitive to; a folder of attributions among ``folders``
    adds the features behind them. Raises MmdrpError where a folder is not finished, was changed,
    or holds nothing of mmdrp.

    >>> report([])
    Traceback (most recent call last):
    ...
    mmdrp.errors.OptionError: folders: name at least one finished folder
    """
    given = [folders] if isinstance(folders, str | Path) else list(folders)
    if (predictions is None) != (sample is None):
        raise OptionError("predictions, sample: give both, for a page of one sample, or neither")
    if not given and predictions is None:
        raise OptionError("folders: name at least one finished folder")
    every = [folder for path in given for folder in found_in(path)]
    distinct = list({folder.path.resolve(): folder for folder in every}.values())
    if predictions is not None and sample is not None:
        return Report(patient_page(predictions, sample, distinct, title).html())
    return Report(_page(distinct, title).html())


def _page(folders: list[Folder], title: str | None) -> Page:
    chapters: list[Chapter] = []
    groups: dict[Path, list[Folder]] = {}
    for folder in folders:
        groups.setdefault(folder.sweep or folder.path.resolve(), []).append(folder)
    for group in groups.values():
        log.info("%s: mmdrp %s", group[0].sweep or group[0].path, group[0].kind)
        chapters.append(chapter_of(group, folders))
    named = [chapter.title.partition(": ")[0] for chapter in chapters]
    names = ", ".join(named[:4]) + (f" and {len(named) - 4} more" if len(named) > 4 else "")
    lead = f"{len(folders)} finished folders, put together by mmdrp {__version__}."
    return Page(title or f"Drug response: {names}", lead, chapters, blocks=[_parts(folders)])


def _parts(folders: list[Folder]) -> Table:
    rows = []
    for kind, about in ABOUT.items():
        there = [(folder.sweep or folder.path.resolve()).name for folder in folders
                 if folder.kind == kind]  # fmt: skip
        there = list(dict.fromkeys(there))
        makes = f"not in these folders; mmdrp {kind} {NEEDS[kind]} makes it"
        rows.append((about, ", ".join(there) or makes))
    return Table("What this page holds", [Head("part"), Head("from the folder")], rows)
