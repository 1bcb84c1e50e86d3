"""Whether a file is what was asked for, and the note of it beside it."""

import gzip
import hashlib
import json
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

from mmdrp.data.ingest.download.table import ReleaseFile
from mmdrp.errors import MmdrpError
from mmdrp.io.files import write_json

MANIFEST = "manifest.json"
_PAGE = re.compile(
    rb"^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)


def digests(path: Path) -> tuple[str, str]:
    """Return a file's sha256 and md5, read once."""
    sums = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            for each in sums:
                each.update(piece)
    return sums[0].hexdigest(), sums[1].hexdigest()


def flaw(path: Path, wanted: ReleaseFile, sums: tuple[str, str], noted: str = "") -> str:
    """Return what is wrong with a file, "" where it is right.

    ``noted`` is the sha256 of an earlier download: it counts where the publisher's is not known.
    """
    size = path.stat().st_size
    if size == 0:
        return "is empty"
    with path.open("rb") as stream:
        head = stream.read(1024).replace(b"\0", b"")
    # Before the size: "a web page" tells more than "wrong size".
    if _PAGE.match(head):
        return "is a web page (a login, or a check for browsers?), not data"
    if wanted.bytes is not None and size != wanted.bytes:
        return f"has {size} bytes, not {wanted.bytes}"
    if (wanted.sha256 or noted) and sums[0] != (wanted.sha256 or noted):
        return "has another sha256 than it should"
    if wanted.md5 and sums[1] != wanted.md5:
        return "has another md5 than it should"
    if wanted.file.endswith(".gz"):
        return "" if _gzip_is_whole(path) else "is not a whole gzip file"
    if head.startswith(b"\x1f\x8b"):
        return "is compressed, which its name does not say"
    if wanted.file.endswith((".zip", ".xlsx")):
        return _zip_flaw(path, wanted.members)
    return ""


def _gzip_is_whole(path: Path) -> bool:
    try:
        with gzip.open(path) as stream:
            while stream.read(1 << 20):
                pass
    except (OSError, EOFError, zlib.error):
        return False
    return True


def _zip_flaw(path: Path, members: tuple[str, ...]) -> str:
    try:
        # The central directory stands at a zip's end, so a truncated one has none.
        with zipfile.ZipFile(path) as archive:
            inside = {name.rsplit("/", 1)[-1] for name in archive.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "is not a whole zip file"
    lacking = [name for name in members if name not in inside]
    return f"has no member {lacking[0]}" if lacking else ""


def read_notes(folder: Path) -> dict[str, Any]:
    """Return the ``manifest.json`` of a release's folder, as R's ``fetch`` writes it, too."""
    path = folder / MANIFEST
    if not path.is_file():
        return {"tables": {}}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if "created_by" in content:
            raise MmdrpError(f"{path}: belongs to a study; choose a folder of release files")
        content["tables"] = {name: dict(each) for name, each in content["tables"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise MmdrpError(f"{path}: not a manifest of release files; move it away") from None
    return dict(content)


def noted_sum(notes: dict[str, Any], name: str) -> str:
    """Return the sha256 of an earlier download, "" if there was none."""
    value = notes["tables"].get(name, {}).get("sha256", "")
    return value if isinstance(value, str) else ""


def note(folder: Path, wanted: ReleaseFile, sums: tuple[str, str], command: str) -> None:
    """Write down what a file is: no time stamp, so the same files give the same note."""
    notes = read_notes(folder)
    before = noted_sum(notes, wanted.file)
    if before == sums[0]:
        return
    notes["tables"][wanted.file] = {
        "file": wanted.file,
        "sha256": sums[0],
        "bytes": (folder / wanted.file).stat().st_size,
        "source": wanted.url or wanted.page,
        "release": wanted.release,
        "licence": wanted.licence,
        "command": command,
        "compared_with": "sha256" if wanted.sha256 else "md5" if wanted.md5 else "",
    }
    notes["tables"] = dict(sorted(notes["tables"].items()))
    write_json(folder / MANIFEST, notes)
