"""A refused command leaves no trace: what it made before it was refused goes."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from mmdrp.io.marker import MARKER, RESUME


@contextlib.contextmanager
def no_trace(folder: Path, grows: bool = False) -> Iterator[None]:
    """Remove a folder that came to be in this block, if the block is left by a refusal.

    So are folders above it that came to be, and one that was there and empty is empty again. What
    an interrupted work can go on from stays, and so do finished parts of a folder that ``grows``.
    """
    above = [place for place in (folder, *folder.parents) if not place.exists()]
    ours = bool(above) or (folder.is_dir() and not any(folder.iterdir()))
    try:
        yield
    except Exception:
        if ours and not _worth_keeping(folder, grows):
            _empty(folder)
            for place in above:
                with contextlib.suppress(OSError):
                    place.rmdir()
        raise


def _worth_keeping(folder: Path, grows: bool) -> bool:
    files = [path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir()]
    if any(RESUME in path.parts for path in files):
        return True
    return grows and any(path.name != MARKER and path.suffix != ".log" for path in files)


def _empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
