"""Files written whole or not at all, names that are safe as file names, lists of ids, JSON."""

import contextlib
import errno
import glob
import json
import os
import platform
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from threading import get_ident
from typing import Any

from mmdrp.errors import MmdrpError

PACKAGES = ("mmdrp", "torch", "pytorch-lightning", "rdkit", "numpy", "pandas", "captum")
UNWRITABLE = (
    errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG, errno.EIO,
    errno.ENOENT, errno.ENOTDIR,
)  # fmt: skip
TORCH_SAYS = ("PytorchStreamWriter", "file write failed", "inline_container")
"""parts of what torch says where a file cannot be written"""
LONGEST = 100
"""bytes of a file name made of text; longer ones are cut"""
RESERVED = re.compile(r"(?i)con|prn|aux|nul|(com|lpt)[\d¹²³]|.*-[0-9a-f]{6}")
"""names that Windows keeps for devices; and what looks like the end that we give a name"""


@contextlib.contextmanager
def whole(path: str | Path) -> Iterator[Path]:
    """Yield a path beside ``path`` to write to; it takes the name only if nothing went wrong.

    Raises MmdrpError, which names the file, where the disk is full or nothing may be written there.
    """
    path = Path(path)
    half = path.with_name(f".{path.name}.{os.getpid()}-{get_ident()}.part")
    _remove_left_over(path)
    try:
        with unwritable(path, half):
            yield half
            os.replace(half, path)
    except RuntimeError as error:  # what torch makes of the same
        if any(sign in str(error) for sign in TORCH_SAYS):
            raise MmdrpError(f"{path}: cannot be written; is the disk full?") from error
        raise
    finally:
        with contextlib.suppress(OSError):
            half.unlink(missing_ok=True)


@contextlib.contextmanager
def unwritable(path: Path, half: Path) -> Iterator[None]:
    """Raise MmdrpError, which names ``path``, where it or ``half``, or what is in it, is not."""
    try:
        yield
    except OSError as error:
        where = error.filename
        ours = where is None or {Path(os.fsdecode(where)), *Path(os.fsdecode(where)).parents} & {
            path, half,
        }  # fmt: skip
        if ours and error.errno in UNWRITABLE:
            raise MmdrpError(f"{path}: {os.strerror(error.errno)}; nothing was changed") from error
        raise


def _remove_left_over(path: Path) -> None:
    """Remove the halves of writers that are no more, where the system tells who is."""
    processes = Path("/proc")
    if not (processes / "self").exists():
        return
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        number = left.name.split(".")[-2].partition("-")[0]
        if number.isdecimal() and not (processes / number).exists():
            with contextlib.suppress(OSError):
                left.unlink(missing_ok=True)


def file_name(text: str, among: Iterable[str] = ()) -> str:
    """Return a file name for any text: letters, digits and ``-+()`` kept; distinct texts differ.

    ``among`` are texts whose files lie in the same folder: those that a file system which knows no
    case would take for one differ, too. No name is reserved, hidden or longer than a folder allows.

    >>> file_name("Nutlin-3a(-)")
    'Nutlin-3a(-)'
    >>> file_name("A/B") == file_name("A:B")
    False
    """
    kept = "".join(c if c.isalnum() or c in "-+()" else "_" for c in text).lstrip("_") or "x"
    kept = kept.encode()[:LONGEST].decode(errors="ignore")
    same = _folded(text)
    alone = not any(other != text and _folded(other) == same for other in among)
    if kept == text and alone and not RESERVED.fullmatch(text):
        return text
    return f"{kept}-{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:6]}"


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def read_ids(path: str | Path, what: str) -> list[str]:
    """Read ids, one per row; ``what`` is what the option is called in errors."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise MmdrpError(f"{what}={path}: there is no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise MmdrpError(f"{what}={path}: not a text file of ids, one per row") from error
    ids = [row.strip() for row in text.splitlines() if row.strip()]
    if not ids:
        raise MmdrpError(f"{path.name}: lists no id; give one per row")
    return ids


def check_ids(path: str | Path, ids: list[str], known: set[str], whose: str) -> None:
    """Refuse an id that is unknown, naming file and row; ``whose`` ends the sentence."""
    for row, name in enumerate(ids, 1):
        if name not in known:
            raise MmdrpError(f"{Path(path).name}: row {row}: {name!r} is not {whose}")


def write_json(path: str | Path, content: Mapping[str, Any]) -> None:
    """Write a dictionary as JSON, whole or not at all; NaN becomes null."""
    with whole(path) as half:
        half.write_text(json.dumps(_plain(content), indent=2, ensure_ascii=False) + "\n")


def versions() -> dict[str, str]:
    """Return versions of what a result depends on."""
    found = {name: version(name) for name in PACKAGES}
    return {"python": sys.version.split()[0], "platform": platform.platform(), **found}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return None if value != value else value
    return value
