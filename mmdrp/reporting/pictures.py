"""Pictures that commands have drawn, taken into the page."""

from mmdrp.io.sums import check_unchanged
from mmdrp.reporting.folders import Folder
from mmdrp.reporting.page import Block, Picture, Text


def pictures(folder: Folder, pattern: str, what: str) -> list[Block]:
    """Return the pictures of a folder, unchanged since they were drawn, with what they show."""
    blocks: list[Block] = []
    for path in sorted(folder.path.glob(pattern)):
        check_unchanged(path)
        name = path.stem.replace("_", " ")
        blocks.append(Picture(path.read_bytes(), f"{name}: {what}", f"{name}: {what}."))
    return blocks or [Text(f"Not in this folder: no {pattern}.", missing=True)]
