"""The study folder: manifest, cell lines, drugs, response, and one table per modality."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from mmdrp.data import tables
from mmdrp.data.manifest import NAME, Entry, Manifest, sha256
from mmdrp.data.source import Table
from mmdrp.errors import MmdrpError

FIXED = ("cells", "drugs", "response")
RESPONSE = ("measure", "cell", "drug", "value")


@dataclass(frozen=True)
class Study:
    """A study on disk. Small tables are read at once, modalities when they are asked for."""

    root: Path
    manifest: Manifest
    cells: pd.DataFrame
    """one row per line: ``cell`` (the index), annotation such as ``tissue``"""
    drugs: pd.DataFrame
    """one row per drug: ``drug`` (the index), ``name``, ``smiles`` (empty where unknown)"""

    @classmethod
    def read(cls, root: str | Path) -> "Study":
        """Open a study folder; each table is checked against the manifest when it is read."""
        root = Path(root)
        manifest = Manifest.read(root)
        for name in FIXED[:2]:
            if name not in manifest.tables:
                raise MmdrpError(f"{root / NAME}: names no table {name!r}")
        cells = tables.read_frame(_verified(root, manifest, "cells"), "cell")
        drugs = tables.read_frame(_verified(root, manifest, "drugs"), "drug")
        return cls(root, manifest, cells.set_index("cell"), drugs.set_index("drug"))

    @property
    def modalities(self) -> list[str]:
        """Names of the omics tables it has."""
        return [name for name in self.manifest.tables if name not in FIXED]

    @property
    def measures(self) -> list[str]:
        """Names of the response measures it has."""
        entry = self.manifest.tables.get("response")
        return sorted(entry.measures) if entry else []

    def modality(self, name: str) -> Table:
        """Read one modality, its ids checked against ``cells``."""
        if name not in self.modalities:
            raise MmdrpError(
                f"study {self.manifest.name!r} has no modality {name!r}; "
                f"it has: {', '.join(self.modalities)}"
            )
        path = _verified(self.root, self.manifest, name)
        entry = self.manifest.tables[name]
        table = tables.read_matrix(path, "cell", "cell", entry.missing)
        self._known(path, "cell", table.ids, self.cells.index)
        if len(table.features) != entry.columns:
            raise MmdrpError(
                f"{path.name}: {len(table.features)} features, {NAME} says {entry.columns}"
            )
        return table

    def response(self, measure: str) -> pd.DataFrame:
        """Return the long table ``cell, drug, value`` of one measure."""
        if measure not in self.measures:
            raise MmdrpError(
                f"study {self.manifest.name!r} has no response {measure!r}; "
                f"it has: {', '.join(self.measures) or 'none'}"
            )
        frame = self._responses()
        rows = frame["measure"] == measure
        return frame.loc[rows, ["cell", "drug", "value"]].reset_index(drop=True)

    def validate(self) -> list[str]:
        """Read every table, raising at the first flaw; return one line per table."""
        lines = [f"cells: {len(self.cells)} lines", f"drugs: {len(self.drugs)} drugs"]
        if "response" in self.manifest.tables:
            for name, part in self._responses().groupby("measure"):
                lines.append(
                    f"response {name}: {len(part)} values, {part['cell'].nunique()} lines, "
                    f"{part['drug'].nunique()} drugs"
                )
        for name in self.modalities:
            table = self.modality(name)
            gaps = float(np.isnan(table.values).mean()) if table.values.size else 0.0
            lines.append(
                f"{name}: {len(table.ids)} lines x {table.dim} features"
                + (f", {gaps:.1%} of values missing" if gaps else "")
            )
        return lines

    def _responses(self) -> pd.DataFrame:
        path = _verified(self.root, self.manifest, "response")
        frame = tables.read_frame(path, None, RESPONSE)
        values = pd.to_numeric(frame["value"], errors="coerce").astype(np.float64)
        bad = ~np.isfinite(values.to_numpy())
        if bad.any():
            i = int(np.argmax(bad))
            raise MmdrpError(
                f"{tables.cell(path, 'value', i)}: {frame['value'].iloc[i]!r} is not a finite "
                "number; leave unmeasured pairs out"
            )
        self._known(path, "cell", frame["cell"].tolist(), self.cells.index)
        self._known(path, "drug", frame["drug"].tolist(), self.drugs.index)
        twice = frame.duplicated(["measure", "cell", "drug"]).to_numpy()
        if twice.any():
            i = int(np.argmax(twice))
            who = "/".join(str(frame[column].iloc[i]) for column in RESPONSE[:3])
            raise MmdrpError(
                f"{tables.cell(path, 'drug', i, who)}: duplicate row; average replicates first"
            )
        unknown = set(frame["measure"].unique()) - set(self.measures)
        if unknown:
            raise MmdrpError(f"{path.name}: measure {min(unknown)!r} is not in {NAME}")
        return frame.assign(value=values)

    def _known(self, path: Path, column: str, ids: Sequence[str], known: pd.Index) -> None:
        missing = ~pd.Index(ids).isin(known)
        if missing.any():
            i = int(np.argmax(missing))
            raise MmdrpError(
                f"{tables.cell(path, column, i)}: {ids[i]!r} is not in the {column}s table"
            )


def write_study(
    root: str | Path,
    manifest: Manifest,
    frames: Mapping[str, pd.DataFrame],
    modalities: Mapping[str, Table],
) -> Study:
    """Write a study whole or not at all: built beside ``root``, then moved there.

    ``manifest.tables`` holds units and sources; files, shapes and checksums are filled in here.
    Raises MmdrpError where ``root`` holds something else than a study, which would be lost.
    """
    root = Path(root)
    if root.exists() and not (root / NAME).is_file() and (root.is_file() or any(root.iterdir())):
        raise MmdrpError(f"{root}: holds something else than a study; choose an empty folder")
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{root.name}-", dir=root.parent) as scratch:
        folder = Path(scratch) / "study"
        folder.mkdir()
        entries: dict[str, Entry] = {}
        for name, frame in frames.items():
            path = folder / f"{name}.parquet"
            tables.write_parquet(path, frame)
            given = manifest.tables.get(name, Entry("", 0, 0, ""))
            entries[name] = replace(
                given,
                file=path.name,
                rows=len(frame),
                columns=[*map(str, frame.columns)],
                sha256=sha256(path),
            )
        for name, table in modalities.items():
            path = folder / f"{name}.feather"
            tables.write_matrix(path, "cell", table)
            given = manifest.tables.get(name, Entry("", 0, 0, ""))
            entries[name] = replace(
                given,
                file=path.name,
                rows=len(table.ids),
                columns=table.dim,
                sha256=sha256(path),
                missing=bool(np.isnan(table.values).any()),
            )
        replace(manifest, tables=entries).write(folder)
        study = Study.read(folder)
        study.validate()
        _replace(root, folder, Path(scratch) / "before")
    return Study.read(root)


def _replace(root: Path, folder: Path, aside: Path) -> None:
    """Move ``folder`` to ``root``; what was there is put back if that is interrupted."""
    try:
        if root.exists():
            root.rename(aside)
        folder.rename(root)
    except BaseException:
        if aside.exists() and not root.exists():
            aside.rename(root)
        raise


def _verified(root: Path, manifest: Manifest, name: str) -> Path:
    entry = manifest.tables.get(name)
    if entry is None:
        raise MmdrpError(f"{root / NAME}: names no table {name!r}")
    path = root / entry.file
    if not path.is_file():
        raise MmdrpError(f"{path}: named in {NAME} but not there")
    if sha256(path) != entry.sha256:
        raise MmdrpError(
            f"{path.name}: differs from its checksum in {NAME}; restore the file, or if the change "
            f"is meant, run `mmdrp data manifest {root}`"
        )
    return path
