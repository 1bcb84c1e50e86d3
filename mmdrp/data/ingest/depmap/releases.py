"""Which quarter a file of DepMap is of, where that can be told."""

import re
from pathlib import Path

from mmdrp.data.ingest.delimited import first_rows
from mmdrp.data.ingest.raw import Raw, plain
from mmdrp.io.unread import listed

README = "README.txt"
UNKNOWN = "unknown"
_QUARTER = re.compile(r"(?<!\d)(\d\dQ[1-4])(?![0-9a-z])", re.I)
_TITLE = re.compile(r"DepMap\D{0,40}?(\d\dQ[1-4])", re.I)


def dated(path: Path) -> str:
    """Return the day in a file's name (``CCLE_RPPA_20181003.csv``), "" where it has none."""
    stem = plain(path).split(".")[0].split("_")[-1]
    return stem if stem.isdigit() and len(stem) == 8 else ""


def of(folder: Raw, path: Path) -> str:
    """Return ``25Q3``: by the file's name, its folder's, and the README.txt beside it.

    ``unknown`` where none of them says; where they differ, what each says.
    """
    said: dict[str, str] = {}
    if found := _QUARTER.search(plain(path)):
        said["its name"] = found[1].upper()
    for place in dict.fromkeys((path.parent, folder.root)):
        inside = place == folder.root or folder.root in place.parents
        if inside and (found := _QUARTER.search(place.name)):
            said.setdefault("its folder", found[1].upper())
        readme = place / README
        if inside and readme.is_file():
            folder.found.add(readme)
            if quarter := _title(readme):
                said.setdefault(README, quarter)
    quarters = set(said.values())
    if len(quarters) > 1:
        return f"{UNKNOWN}: {listed([f'{where} says {q}' for where, q in said.items()], shown=3)}"
    return quarters.pop() if quarters else UNKNOWN


def _title(readme: Path) -> str:
    """Return the quarter that a README's first lines name; later ones speak of others too."""
    for line in first_rows(readme, 10):
        if found := _TITLE.search(line):
            return found[1].upper()
    return ""
