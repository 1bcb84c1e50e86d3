"""Folders that mmdrp wrote: what each is, who wrote it and how, and its tables."""

import json
import shlex
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from mmdrp.errors import MmdrpError
from mmdrp.io.marker import check_finished, read_marker
from mmdrp.io.sums import check_unchanged, read_parquet
from mmdrp.io.text import read_csv
from mmdrp.training.runs import MODEL

KINDS = {
    "train": MODEL,
    "evaluate": "evaluation.parquet",
    "attribute": "rankings.parquet",
    "attribute benchmark": "known_markers.csv",
    "predict": "predictions.parquet",
    "associate": "associations.parquet",
    "extremes": "groups.csv",
    "enrich": "enrichment.csv",
}
"""command -> the file by which what it wrote is known; the first that fits counts"""
ABOUT = {
    "train": "what was run, learning curves, predicted against measured",
    "evaluate": "scores beside baselines, per drug, tissue and set of modalities, leakage",
    "attribute": "biomarkers of each drug, what each modality carries, molecules",
    "attribute benchmark": "known markers, found and missed",
    "predict": "new samples, their predictions and how they differ",
    "associate": "mutations and responses of tumours",
    "extremes": "the most sensitive and the most resistant tumours",
    "enrich": "gene sets",
}
NEEDS = {
    "train": "study=STUDY", "evaluate": "run=RUN", "attribute": "run=RUN",
    "attribute benchmark": "run=RUN", "predict": "run=RUN data=FOLDER",
    "associate": "predictions=FOLDER data=FOLDER", "enrich": "genes=FILE",
    "extremes": "drug=DRUG predictions=FOLDER data=FOLDER",
}  # fmt: skip
DEEPEST = 2
"""folders within folders that are looked into"""


@dataclass(frozen=True)
class Folder:
    """A finished folder."""

    path: Path
    kind: str

    @property
    def sweep(self) -> Path | None:
        """Return the folder of the sweep that the run is part of."""
        marker = read_marker(self.path.resolve().parent)
        part = self.kind == "train" and marker is not None and marker.command == "train"
        return self.path.resolve().parent if part else None

    @property
    def name(self) -> str:
        """Return what the folder is called."""
        return self.path.resolve().name

    def frame(self, name: str, *columns: str, text: tuple[str, ...] = ()) -> pd.DataFrame | None:
        """Return a table, None where there is none; MmdrpError where it is damaged."""
        path = self.path / name
        if not path.is_file():
            return None
        if path.suffix == ".parquet":
            return read_parquet(path, columns)
        check_unchanged(path)
        frame = read_csv(path, text)
        if lacking := [column for column in columns if column not in frame]:
            raise MmdrpError(f"{path}: has no column {lacking[0]!r}")
        return frame

    def json(self, name: str) -> dict[str, Any]:
        """Return a JSON file's content, empty where there is none."""
        path = self.path / name
        if not path.is_file():
            return {}
        check_unchanged(path)
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise MmdrpError(f"{path}: not JSON that can be read: damaged?") from error
        if not isinstance(content, dict):
            raise MmdrpError(f"{path}: does not hold what mmdrp {self.kind} writes")
        return content

    @cached_property
    def said(self) -> dict[str, str]:
        """Return measure, unit and direction of the predictions, where the file says so."""
        path = self.path / "predictions.parquet"
        if not path.is_file():
            return {}
        try:
            metadata = pq.read_schema(path).metadata or {}
        except Exception as error:  # a damaged file raises nearly anything
            raise MmdrpError(f"{path}: not a table that can be read: damaged?") from error
        return {
            key: metadata[name].decode("utf-8", "replace")
            for key in ("measure", "unit", "higher")
            if (name := f"mmdrp.{key}".encode()) in metadata
        }

    @property
    def command(self) -> str:
        """Return what would write the folder again, "" where it does not say."""
        marker = read_marker(self.path)
        if marker is None or not marker.command:
            return ""
        name = marker.command.replace("_", " ")
        if marker.words is None:
            return f"# mmdrp {name}, called from Python"
        chosen = [word for word in marker.words if not word.startswith("out=")]
        given = (shlex.quote(word) for word in [*chosen, f"out={self.path}"])
        return " ".join(["mmdrp", name, *given])

    @property
    def made(self) -> str:
        """Return when it was begun and by which version."""
        marker = read_marker(self.path)
        if marker is None:
            return "does not say when it was written"
        return f"begun {marker.started}, mmdrp {marker.version}"


def found_in(path: str | Path) -> list[Folder]:
    """Return the finished folder that a path is, or those in it, in the order of `KINDS`."""
    path = Path(path)
    if not path.is_dir():
        raise MmdrpError(f"{path}: there is no such folder")
    folders = _within(path, 0)
    if not folders:
        raise MmdrpError(f"{path}: holds nothing that mmdrp wrote; name a finished folder")
    order = list(KINDS)
    return sorted(folders, key=lambda folder: (order.index(folder.kind), str(folder.path)))


def _within(path: Path, depth: int) -> list[Folder]:
    check_finished(path)
    for kind, name in KINDS.items():
        if (path / name).is_file():
            return [Folder(path, kind)]
    if depth == DEEPEST:
        return []
    inside = sorted(p for p in path.iterdir() if p.is_dir() and not p.name.startswith("."))
    return [folder for p in inside for folder in _within(p, depth + 1)]
