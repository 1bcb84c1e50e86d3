"""Parts of a result that are done, kept until all are, so that an interrupted work goes on."""

import os
import shutil
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

import pandas as pd

from mmdrp.io.files import whole
from mmdrp.io.sums import SEAL, is_sealed, seal

LARGE = "large.parquet"


class Pieces:
    """The tables of each part, in a folder of its own that takes its name when it is whole.

    ``question`` is a fingerprint of all that decides them; pieces of another one are removed.
    """

    def __init__(self, folder: Path, question: str) -> None:
        self.folder = folder
        path = folder / "question"
        if not path.is_file() or path.read_text(encoding="utf-8") != question:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            with whole(path) as half:
                half.write_text(question, encoding="utf-8")

    def load(self, part: str) -> tuple[dict[str, pd.DataFrame], Path] | None:
        """Return a part's tables by name, and the file of its large one; None where not done."""
        folder = self._of(part)
        if not folder.is_dir():
            return None
        names = sorted(p.name for p in folder.iterdir() if p.suffix != SEAL and p.name != LARGE)
        files = [folder / name for name in names]
        if not all(map(is_sealed, (*files, folder / LARGE))):  # damaged: done again
            shutil.rmtree(folder)
            return None
        return {path.name: pd.read_parquet(path) for path in files}, folder / LARGE

    def save(self, part: str, frames: Mapping[str, pd.DataFrame], large: Path) -> None:
        """Keep a part's tables; ``large``, a file, is linked and not copied where the disk can."""
        folder = self._of(part)
        half = folder.with_suffix(".part")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir()
        for name, frame in frames.items():
            frame.to_parquet(half / name, index=False)
            seal(half / name)
        link(large, half / LARGE)
        seal(half / LARGE)
        half.rename(folder)

    def _of(self, part: str) -> Path:
        return self.folder / sha256(part.encode()).hexdigest()[:24]


def link(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it where there can be none."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def fingerprint(parts: Iterable[object]) -> str:
    """Return a checksum of arrays, tensors and what has a ``repr``."""
    digest = sha256()
    for part in parts:
        array = part.numpy() if hasattr(part, "numpy") else part
        digest.update(array.tobytes() if hasattr(array, "tobytes") else repr(array).encode())
    return digest.hexdigest()
