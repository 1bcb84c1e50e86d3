"""``fetch_raw``: the release files that a study is built from, in a folder that ``build`` reads."""

import contextlib
import logging
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd

from mmdrp.data.ingest.download import file_list
from mmdrp.data.ingest.download.each import Fetched, Release
from mmdrp.data.ingest.download.table import ReleaseFile, read_releases
from mmdrp.data.ingest.download.transfer import SPARE, Patience, megabytes
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.options import checked
from mmdrp.ranges import Range

log = logging.getLogger(__name__)

STUDIES: dict[str, dict[str, str]] = {
    "ctrpv2": {"2015": "ctrpv2"},
    "depmap": {},
    "gdsc8": {"8.5": "gdsc_8.5", "8.4": "gdsc_8.4", "8.2": "gdsc_8.2"},
    "prism": {"19Q4": "prism_19Q4"},
}
"""what can be downloaded: release of its responses -> name in the table, the newest first"""
OMICS = "24Q4"
"""the newest release of DepMap whose files have public addresses"""
Study = Literal["ctrpv2", "depmap", "gdsc8", "prism"]
Modality = Literal["expression", "mutation", "cnv"]


@checked
def fetch_raw(
    study: Study,
    folder: str | Path,
    *,
    release: str | None = None,
    omics: str | None = OMICS,
    modalities: Sequence[Modality] = ("expression", "mutation", "cnv"),
    table: str | Path | None = None,
    file_list: str | Path | None = None,
    tries: Annotated[int, Range(least=1, most=100)] = 4,
    wait: Annotated[float, Range(least=0, most=3600)] = 2.0,
    timeout: Annotated[float, Range(above=0, most=3600)] = 30.0,
) -> pd.DataFrame:
    """Download the release files of a study into ``folder``; ``load_study(raw=folder)`` builds it.

    ``release`` is that of the responses (``gdsc8``: 8.5, 8.4 or 8.2) or, for ``depmap``, of the
    omics; ``omics`` is the DepMap release that goes with responses, None for none. Releases that
    the table of addresses (``table``, by default the one that R's ``fetch`` reads) lacks are looked
    up in DepMap's public list of files, or in ``file_list``, a copy of it from your browser.

    A file is gathered under ``FILE.part``, gone on with where it broke off, checked (size, sha256
    or md5 where its publisher's are known, never a web page, archives whole) and only then takes
    its name; ``manifest.json`` keeps its sha256, by which a later call tells that it is unchanged.
    What is there and right is not downloaded again, also what you put there by hand. ``tries``,
    ``wait`` (seconds, doubled each time) and ``timeout`` (seconds without a byte) are for each
    file; proxies of the environment are used.

    Returns release, file, state (present, fetched), bytes, sha256 and source of each file. Raises
    MmdrpError, after all other files, where one did not come: it says where to download it by hand
    and into which folder; and before any where the disk is too small for the sizes known.

    Example (downloads 2 GB)::

        mmdrp.fetch_raw("ctrpv2", "raw/ctrpv2")
        study = mmdrp.load_study("ctrpv2", raw="raw/ctrpv2")
    """
    root = Path(folder)
    patience = Patience(tries, float(wait), float(timeout))
    rows = read_releases(table)
    files, depmap = _responses(study, rows, release, omics)
    with contextlib.ExitStack() as left:
        left.callback(_remove_if_empty, root)
        if depmap is not None:
            files = files + _omics(root, rows, depmap, modalities, file_list, patience)
        return _fetched(root, files, patience, f"mmdrp data fetch study={study}")


def _fetched(
    root: Path, files: Sequence[ReleaseFile], patience: Patience, command: str
) -> pd.DataFrame:
    """Download files, each into the folder of its release, and tell what they are."""
    names = list(dict.fromkeys(each.release for each in files))
    releases = [
        Release(root / name, [f for f in files if f.release == name], patience, command)
        for name in names
    ]
    _has_room(root, [f for r in releases for f in r.lacking()])
    done = Fetched()
    for each in releases:
        each.fetch(done)
    done.check()
    return pd.DataFrame(
        done.rows, columns=["release", "file", "state", "bytes", "sha256", "source"]
    )


def _responses(
    study: str, rows: Sequence[ReleaseFile], release: str | None, omics: str | None
) -> tuple[list[ReleaseFile], str | None]:
    """Return the files of the responses, and the release of DepMap that goes with them."""
    if study == "depmap":
        if release is None and omics is None:
            raise OptionError("omics=null: study=depmap is omics; name a release")
        return [], release or omics
    known = STUDIES[study]
    chosen = next(iter(known)) if release is None else release
    if chosen not in known:
        raise OptionError(
            f"release={chosen}: {study} has {' or '.join(known)}; DepMap's release is omics="
        )
    files = [each for each in rows if each.release == known[chosen]]
    if not files:
        raise MmdrpError(f"the table of releases has no {known[chosen]}")
    return files, omics


def _omics(
    root: Path, rows: Sequence[ReleaseFile], release: str, modalities: Sequence[str],
    given: str | Path | None, patience: Patience,
) -> list[ReleaseFile]:  # fmt: skip
    listed = [each for each in rows if each.release.casefold() == f"depmap_{release}".casefold()]
    if not listed:
        addresses = [each for each in rows if each.release == file_list.LIST]
        page = addresses[0].page if addresses else ""
        found = file_list.read_list(root, addresses, given, patience)
        listed = file_list.of_release(found, release, page)
    return file_list.chosen(listed, modalities)


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()


def _has_room(root: Path, lacking: Sequence[ReleaseFile]) -> None:
    """Say what comes, and refuse where the sizes that are known do not fit on the disk."""
    if not lacking:
        return
    known = sum(each.bytes or 0 for each in lacking)
    there = next(path for path in (root, *root.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    at_least = "" if all(each.bytes for each in lacking) else " or more"
    log.info(
        "%s: %d files to download, %s%s; %s are free",
        root, len(lacking), megabytes(known), at_least, megabytes(free),
    )  # fmt: skip
    if known + SPARE > free:
        raise MmdrpError(
            f"{root}: {megabytes(known)}{at_least} to download, {megabytes(free)} are free"
        )
