"""What lies in a folder and is not read: named, with what could be done about it."""

import logging
import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatch
from pathlib import Path

log = logging.getLogger(__name__)

HINTS: tuple[tuple[str, str], ...] = (
    ("*.zip", "unpack it"),
    ("*.tar.gz", "unpack it"),
    ("*.tgz", "unpack it"),
    ("*.tar", "unpack it"),
    ("*.bz2", "unpack it"),
    ("*.xz", "unpack it"),
    ("*.7z", "unpack it"),
    ("*.xls*", "save it as CSV"),
    ("*.rds", "in R: write.csv(readRDS(FILE), 'NAME.csv')"),
    ("*.rdata", "export it as CSV"),
    ("*.h5ad", "from Python: mmdrp.Study.from_frames"),
    ("*.h5mu", "from Python: mmdrp.Study.from_mudata"),
    ("drugpredictions*", "predictions of oncoPredict, no measurements"),
    ("*_fitted_dose_response*", "another screen: study.raw.screen"),
    ("*star_counts*", "counts are not read; take star_tpm"),
)
"""pattern of a name, in lower case -> what to do; the first that fits counts"""
_ENDINGS = re.compile(
    r"(\.(csv|tsv|txt|xlsx?|parquet|feather|arrow|h5ad|h5mu|rds|pkl|npz?|json|gct|gz|bz2|zip))+$",
    re.I,
)


def visible(root: Path) -> list[Path]:
    """Return the files of a folder and of those below it, hidden ones and whole trees left out.

    Readers look one folder deep; what lies deeper is named as its folder.
    """
    found: list[Path] = []
    for path in sorted(root.iterdir()):
        if path.name.startswith("."):
            continue
        if not path.is_dir():
            found.append(path)
            continue
        found += [p for p in sorted(path.iterdir()) if not p.name.startswith(".")]
    return found


def stem(name: str) -> str:
    """Return a file's name without what says its format, in lower case.

    >>> stem("Expression.TSV.gz"), stem("v20.data.curves_post_qc.txt")
    ('expression', 'v20.data.curves_post_qc')
    """
    return _ENDINGS.sub("", name).casefold()


def lookalikes(there: Sequence[str], wanted: Iterable[str]) -> str:
    """Name files that may be one of ``wanted`` (names or patterns) in another form; "" if none."""
    stems = [stem(pattern.removesuffix("*")) for pattern in wanted]
    near = [n for n in there if any(fnmatch(stem(n), s) for s in stems)]
    near = near or [n for n in there if hint(n) == "unpack it"]
    return "" if not near else f"{listed(near[:2])} {'lies' if len(near) == 1 else 'lie'} there"


def hint(name: str, wanted: Sequence[str] = ()) -> str:
    """Say what could be done with a file that is not read; ``wanted`` are stems that are."""
    near = [s for s in wanted if stem(name) == s.casefold()]
    if near:
        return f"save it as {near[0]}.csv, with commas"
    return next((what for pattern, what in HINTS if fnmatch(name.casefold(), pattern)), "")


def listed(names: Sequence[str], wanted: Sequence[str] = (), shown: int | None = None) -> str:
    """Return names with their hints, those that have a hint first; at most ``shown`` of them."""
    said = [(name, hint(name, wanted)) for name in names]
    said.sort(key=lambda pair: not pair[1])
    texts = [f"{name[:60]} ({what})" if what else name[:60] for name, what in said]
    more = len(texts) - (shown or len(texts))
    return ", ".join(texts[:shown]) + (f" and {more} more" if more > 0 else "")


def say_unread(root: Path, used: Iterable[str], wanted: Sequence[str]) -> list[str]:
    """Warn of the files of a folder that are not read; ``used`` are the names of those that are,
    ``wanted`` the tables that would be (so that ``Expression.tsv`` gets its hint)."""
    known = {*used, "manifest.json", "planted.csv", "run.json"}
    there = [p.name for p in visible(root) if p.parent == root and p.name not in known]
    if there:
        log.warning("%s: not read: %s", root, listed(there, wanted, 6))
    return there
