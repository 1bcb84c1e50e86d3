"""Where the real release files lie, for benchmarks that measure on them."""

import os
from pathlib import Path

from mmdrp.errors import MmdrpError

ROOT = Path(__file__).parents[2]


def raw(*parts: str) -> Path:
    """Return a folder of release files: MMDRP_RAW, by default ../shared/data."""
    folder = Path(os.environ.get("MMDRP_RAW", ROOT.parent / "shared" / "data")).joinpath(*parts)
    if not folder.is_dir():
        raise MmdrpError(f"{folder}: no such folder; set MMDRP_RAW to one with the release files")
    return folder
