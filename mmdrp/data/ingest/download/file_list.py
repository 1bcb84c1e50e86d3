"""DepMap's public list of files: release, date, name, address and md5 of each."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatch
from pathlib import Path

from mmdrp.data.ingest.depmap.omics import KINDS, MAF, READY
from mmdrp.data.ingest.download.table import ReleaseFile, is_address, is_file_name
from mmdrp.data.ingest.download.transfer import Patience, TransferError, download
from mmdrp.errors import MmdrpError
from mmdrp.io.scratch import scratch

PUBLIC = "DepMap Public "
LIST = "depmap_list"
LINES = ("Model.csv", "sample_info.csv")
LICENCE = "terms of use of this DepMap release (see its README)"
SCRATCH = ".list.new"
_MD5 = re.compile(r"[0-9a-f]{32}")


def read_list(
    folder: Path, addresses: Sequence[ReleaseFile], given: str | Path | None, patience: Patience
) -> list[dict[str, str]]:
    """Return the rows of DepMap's list: from a file, or from the first address that gives it."""
    if given is not None:
        try:
            rows = _rows(Path(given).read_bytes())
        except OSError:
            raise MmdrpError(f"file_list={given}: there is no such file") from None
        if not rows:
            raise MmdrpError(f"file_list={given}: not DepMap's list (CSV: release, filename, ...)")
        return rows
    why = "the table of releases has no address of it"
    with scratch(folder / SCRATCH) as place:
        for number, each in enumerate(addresses):
            part = place / str(number)
            try:
                download(each.url, part, patience, False, "DepMap's list of files")
            except TransferError as error:
                why = error.why
                continue
            if rows := _rows(part.read_bytes()):
                return rows
            why = "a web page came"
    raise MmdrpError(
        f"DepMap's list of files: {why}; save {addresses[0].url if addresses else 'it'} from a "
        "browser and give file_list=FILE"
    )


def _rows(content: bytes) -> list[dict[str, str]]:
    """Return the rows, none where it is not the list."""
    try:
        table = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error):
        return []
    rows = [{k: (v or "").strip() for k, v in row.items() if k and not isinstance(v, list)}
            for row in table]  # fmt: skip
    return rows if rows and {"release", "filename"} <= rows[0].keys() else []


def of_release(rows: Iterable[dict[str, str]], release: str, page: str) -> list[ReleaseFile]:
    """Return the files of a release, named as in the list or without its ``DepMap Public``."""
    rows = list(rows)
    names = {release.casefold(), (PUBLIC + release).casefold()}
    found = [row for row in rows if row["release"].casefold() in names]
    if not found:
        public = {r["release"]: r.get("release_date", "") for r in rows if PUBLIC in r["release"]}
        latest = sorted(public, key=lambda name: (public[name], name), reverse=True)[:4]
        raise MmdrpError(
            f"release={release}: DepMap's list has no such release; the latest: "
            f"{', '.join(name.removeprefix(PUBLIC) for name in latest) or 'none'}"
        )
    short = re.sub(r"[^A-Za-z0-9._-]+", "_", found[0]["release"].removeprefix(PUBLIC))
    return [
        ReleaseFile(
            f"depmap_{short}", row["filename"],
            row.get("url", "") if is_address(row.get("url", "")) else "",
            md5=md5 if _MD5.fullmatch(md5 := row.get("md5_hash", "").lower()) else "",
            licence=LICENCE, page=page,
        )
        for row in found if is_file_name(row["filename"])
    ]  # fmt: skip


def chosen(files: Sequence[ReleaseFile], modalities: Sequence[str]) -> list[ReleaseFile]:
    """Return the table of lines and the file or files of each modality that a build would read."""
    by_name = {each.file: each for each in files}
    release = files[0].release
    out = [_first(by_name, LINES, f"{release}: the table of cell lines")]
    for modality in modalities:
        if modality != "mutation":
            out.append(_first(by_name, KINDS[modality].files, f"{release}: {modality}"))
            continue
        sets: tuple[tuple[str, ...], ...] = (*((name,) for name in MAF), *READY)
        whole = next((names for names in sets if set(names) <= by_name.keys()), None)
        if whole is None:
            raise MmdrpError(f"{release}: mutation: the release lists no {' or '.join(MAF)}")
        out += [by_name[name] for name in whole]
    return out


def _first(files: dict[str, ReleaseFile], patterns: Sequence[str], what: str) -> ReleaseFile:
    for pattern in patterns:
        for name in sorted(files):
            if fnmatch(name, pattern):
                return files[name]
    raise MmdrpError(f"{what}: the release lists no {patterns[0]}; leave it out of modalities=")
