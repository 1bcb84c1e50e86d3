"""``mmdrp data fetch study=ctrpv2|depmap|gdsc8|prism``: release files, by the name of a study."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from mmdrp.cli.keywords import check_keywords, keywords
from mmdrp.cli.samples import quote
from mmdrp.data.ingest.download.raw import STUDIES, fetch_raw
from mmdrp.data.ingest.download.transfer import megabytes
from mmdrp.errors import MmdrpError

TEXTS = ("release", "omics")
"""options whose values look like numbers: 8.5 is a name"""
OWN = ("study", "folder")
"""arguments of ``fetch_raw`` that are given otherwise"""
BUILD = {
    "ctrpv2": "study=ctrpv2 ",
    "gdsc8": "study=gdsc study.raw.screen=GDSC2 ",
    "prism": "study=prism ",
}
"""what ``mmdrp data build`` makes of the files"""


def from_portals(words: Sequence[str]) -> list[str]:
    """Return the words of ``fetch`` with ``study=NAME`` of release files as ``portal=NAME``.

    >>> from_portals(["study=gdsc8", "release=8.4", "raw=x"])
    ['portal=gdsc8', "release='8.4'", 'raw=x']
    """
    out = []
    for word in words:
        key, _, value = word.partition("=")
        if key == "study" and value in STUDIES:
            word = f"portal={value}"
        elif key in TEXTS and value and value != "null" and value[0] not in "'\"":
            word = f"{key}={quote(value)}"
        out.append(word)
    return out


def check_portal(cfg: DictConfig) -> None:
    """Raise MmdrpError at an option that does not fit what is fetched."""
    if cfg.portal is None:
        for name in ("release", "table", "file_list"):
            if cfg[name] is not None:
                raise MmdrpError(
                    f"{name}={cfg[name]}: an option of fetch study={'|'.join(STUDIES)}"
                )
        return
    if cfg.action != "fetch":
        raise MmdrpError(f"portal={cfg.portal}: is fetched: mmdrp data fetch study={cfg.portal}")
    if cfg.portal not in STUDIES:
        raise MmdrpError(f"portal={cfg.portal}: choose among: {', '.join(STUDIES)}")
    check_keywords(cfg, fetch_raw, skip=OWN)


def fetched(cfg: DictConfig) -> tuple[str, list[str]]:
    """Download what a configuration names; return what to say of it."""
    folder = Path(cfg.raw or Path(cfg.data_dir) / "raw" / cfg.portal)
    options: dict[str, Any] = keywords(cfg, fetch_raw, skip=OWN)
    files = fetch_raw(cfg.portal, folder, **options)
    rows = [
        f"{row['state']:<8} {row['release']}/{row['file']}, {megabytes(row['bytes'])}, "
        f"sha256 {row['sha256'][:12]}"
        for row in files.to_dict("records")
    ]
    words = BUILD.get(cfg.portal)
    follows = f"next: mmdrp data build {words}raw={folder}" if words else (
        "omics only: put a table of responses there, then mmdrp data build raw=" + str(folder)
    )  # fmt: skip
    return f"{len(files)} files in {folder}", [*rows, follows]
