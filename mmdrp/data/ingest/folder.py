"""A user's own folder of CSV or Parquet tables, made into a study by writing its manifest."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import numpy as np

from mmdrp.data import tables
from mmdrp.data.manifest import NAME, Entry, Manifest, sha256
from mmdrp.data.study import FIXED, Study
from mmdrp.errors import MmdrpError


def write_manifest(root: str | Path, missing: Collection[str] = ()) -> Study:
    """Describe the tables found in ``root``, keeping units and sources an older manifest states.

    ``cells`` and ``drugs`` and ``response`` are the fixed tables; any other is a modality.
    In the modalities named in ``missing`` single values may be absent. A folder without ``drugs``
    or ``cells`` gets one written from the names in ``response``.
    """
    root = Path(root)
    if not root.is_dir():
        raise MmdrpError(f"{root}: there is no such folder")
    old = Manifest.read(root) if (root / NAME).is_file() else Manifest(root.resolve().name, {})
    response = tables.find(root, "response")
    if response is None:
        raise MmdrpError(
            f"{root}: has no response.csv or response.parquet (measure,cell,drug,value)"
        )
    frame = tables.read_frame(response, None, ("measure", "cell", "drug", "value"))
    for name, key in (("cells", "cell"), ("drugs", "drug")):
        if tables.find(root, name) is None:
            frame[[key]].drop_duplicates().to_csv(root / f"{name}.csv", index=False)
    entries: dict[str, Entry] = {}
    for stem in [*FIXED, *_others(root)]:
        path = tables.find(root, stem)
        assert path is not None
        before = old.tables.get(stem, Entry("", 0, 0, ""))
        before = replace(before, missing=before.missing or stem in missing)
        entries[stem] = _entry(path, stem, before, sorted(frame["measure"].unique()))
    replace(old, tables=entries, created_by="mmdrp data manifest").write(root)
    return Study.read(root)


def _others(root: Path) -> list[str]:
    stems = {
        path.name.removesuffix(suffix)
        for suffix in tables.SUFFIXES
        for path in root.glob(f"*{suffix}")
    }
    return sorted(stems - {*FIXED, "planted"})


def _entry(path: Path, stem: str, before: Entry, measures: list[str]) -> Entry:
    columns: list[str] | int
    missing = False
    if stem in FIXED:
        frame = tables.read_frame(path, None)
        rows, columns = len(frame), list(map(str, frame.columns))
    else:
        table = tables.read_matrix(path, "cell", "cell", missing=before.missing)
        rows, columns = len(table.ids), table.dim
        missing = bool(np.isnan(table.values).any()) or before.missing
    described = {m: before.measures.get(m, {}) for m in measures} if stem == "response" else {}
    return Entry(
        path.name, rows, columns, sha256(path), before.unit, before.source, before.release,
        before.licence, missing, described,
    )  # fmt: skip
