"""A study's tables on disk: each checked against the manifest when it is read, written whole."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from mmdrp.data import tables
from mmdrp.data.source import Table
from mmdrp.data.study.checks import RESPONSE, check_response
from mmdrp.data.study.manifest import NAME, Entry, Manifest
from mmdrp.errors import MmdrpError
from mmdrp.io.files import unwritable
from mmdrp.io.folder import exchange
from mmdrp.io.scratch import scratch
from mmdrp.io.sums import sha256
from mmdrp.io.text import write_csv


@dataclass(frozen=True)
class Folder:
    """The tables of a study folder, read when they are asked for."""

    root: Path
    manifest: Manifest

    def annotation(self, table: str, key: str) -> pd.DataFrame:
        """Return ``cells`` or ``drugs``, indexed by ``key``."""
        path = self.verified(table)
        frame = tables.read_frame(path, key)
        self._check_shape(path, table, len(frame), list(frame.columns))
        return frame.set_index(key)

    def modality(self, name: str) -> Table:
        """Return one modality."""
        path = self.verified(name)
        table = tables.read_matrix(path, "cell", "cell", self.manifest.tables[name].missing)
        self._check_shape(path, name, len(table.ids), table.dim)
        return table

    def responses(self) -> pd.DataFrame:
        """Return the long table ``measure, cell, drug, value`` (and others) of all measures."""
        path = self.verified("response")
        frame = tables.read_frame(path, None, RESPONSE)
        self._check_shape(path, "response", len(frame), list(frame.columns))
        if frame.empty and self.manifest.tables["response"].measures:
            raise MmdrpError(f"{path.name}: holds no rows, only a header")
        return check_response(frame, path)

    def where(self, table: str) -> Path:
        """Return what a table is called in errors."""
        return Path(self.manifest.tables[table].file)

    def verified(self, table: str) -> Path:
        """Return the path of a table that is inside the folder and as its checksum says."""
        entry = self.manifest.tables.get(table)
        if entry is None:
            raise MmdrpError(f"{self.root / NAME}: names no table {table!r}")
        path = self.root / entry.file
        if not path.is_file():
            raise MmdrpError(f"{path}: named in {NAME} but not there")
        if path.is_symlink() and path.resolve().parent != self.root.resolve():
            raise MmdrpError(f"{path}: links to a file outside the study folder; copy it there")
        if sha256(path) != entry.sha256:
            raise MmdrpError(
                f"{path.name}: differs from its checksum in {NAME}; restore the file, or if the "
                f"change is meant, run `mmdrp data manifest {self.root}`"
            )
        return path

    def _check_shape(self, path: Path, table: str, rows: int, columns: list[str] | int) -> None:
        entry = self.manifest.tables[table]
        for what, found, stated in (
            ("rows", rows, entry.rows), ("columns", columns, entry.columns)
        ):  # fmt: skip
            if found != stated:
                raise MmdrpError(f"{path.name}: {found} {what}, {NAME} says {stated}")


def write_folder(
    root: Path,
    manifest: Manifest,
    frames: Mapping[str, pd.DataFrame],
    modalities: Mapping[str, Table],
    check: Callable[[Path], object],
    beside: Mapping[str, pd.DataFrame] | None = None,
) -> None:
    """Write a study whole or not at all: built beside ``root``, checked, then moved there.

    What a killed process left beside it is taken over; one that writes there now is waited for.
    """
    if root.exists() and not (root / NAME).is_file() and (root.is_file() or any(root.iterdir())):
        raise MmdrpError(f"{root}: holds something else than a study; choose an empty folder")
    root = root.resolve()  # a link stays one
    made = root.with_name(f".{root.name}.new")
    with unwritable(root, made), scratch(made) as new:
        folder = new / "study"
        folder.mkdir()
        entries: dict[str, Entry] = {}
        for name, frame in frames.items():
            path = folder / f"{name}.parquet"
            _write_frame(path, frame)
            entries[name] = replace(
                manifest.tables.get(name, BARE),
                file=path.name,
                rows=len(frame),
                columns=[*map(str, frame.columns)],
                sha256=sha256(path),
            )
        for name, table in modalities.items():
            path = folder / f"{name}.feather"
            tables.write_matrix(path, "cell", table)
            entries[name] = replace(
                manifest.tables.get(name, BARE),
                file=path.name,
                rows=len(table.ids),
                columns=table.dim,
                sha256=sha256(path),
                missing=bool(np.isnan(table.values).any()),
            )
        for name, frame in (beside or {}).items():
            write_csv(frame, folder / f"{name}.csv", index=False)
        replace(manifest, tables=entries).write(folder)
        check(folder)
        exchange(folder, root)


BARE = Entry("", 0, 0, "")
"""a table of which nothing is known yet"""


def _write_frame(path: Path, frame: pd.DataFrame) -> None:
    try:
        tables.write_parquet(path, frame)
    except (pa.ArrowException, TypeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise MmdrpError(f"{path.stem}: cannot be written: {reason}") from error
