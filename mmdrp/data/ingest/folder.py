"""A user's own folder of CSV or Parquet tables, made into a study by writing its manifest."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from mmdrp.data import tables
from mmdrp.data.study import FIXED, Study
from mmdrp.data.study.checks import RESPONSE, check_ranges, check_response
from mmdrp.data.study.manifest import NAME, Entry, Manifest
from mmdrp.data.study.units import check_values, parse_all
from mmdrp.errors import MmdrpError
from mmdrp.io.files import whole
from mmdrp.io.sums import sha256
from mmdrp.io.unread import say_unread


def write_manifest(
    root: str | Path, missing: Collection[str] = (), units: Mapping[str, str] | None = None
) -> Study:
    """Describe the tables found in ``root``, keeping units and sources an older manifest states.

    ``cells`` and ``drugs`` and ``response`` are the fixed tables; any other is a modality.
    In the modalities named in ``missing`` single values may be absent; ``units`` are those of
    modalities, such as ``{"expression": "log2(TPM + 1)"}``. A folder without ``drugs``
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
    _refuse_other_layout(response)
    frame = tables.read_frame(response, None, RESPONSE)
    for name in ("measure", "cell", "drug"):
        if (empty := frame[name].isna().to_numpy()).any():
            raise MmdrpError(f"{tables.cell(response, name, int(empty.argmax()))}: empty name")
    if frame.empty:
        raise MmdrpError(f"{response.name}: holds no rows, only a header")
    for name, key in (("cells", "cell"), ("drugs", "drug")):
        if tables.find(root, name) is None:
            with whole(root / f"{name}.csv") as half:
                frame[[key]].drop_duplicates().to_csv(half, index=False)
    others = _others(root)
    stated = parse_all(units, others)
    if unknown := [name for name in missing if name not in others]:
        have = ", ".join(others)[:80] or "none"
        raise MmdrpError(f"missing: {unknown[0]!r} is no modality of {root}, which has: {have}")
    entries: dict[str, Entry] = {}
    for stem in [*FIXED, *others]:
        path = tables.find(root, stem)
        assert path is not None
        before = old.tables.get(stem, Entry("", 0, 0, ""))
        before = replace(before, missing=before.missing or stem in missing)
        if stem in stated:
            before = replace(before, unit=stated[stem], detail="")
        entries[stem] = _entry(path, stem, before, sorted(frame["measure"].unique()))
    manifest = replace(old, tables=entries, created_by="mmdrp data manifest")
    measures = {m: manifest.tables["response"].measures.get(m, {}) for m in set(frame["measure"])}
    check_ranges(check_response(frame, response), measures, response)
    used = {entry.file for entry in entries.values()}
    say_unread(root, used, [*FIXED, *others])
    manifest.write(root)
    return Study.read(root)


def _refuse_other_layout(path: Path) -> None:
    """Say what a table of responses looks like, where it is not measure, cell, drug, value."""
    columns = tables.columns(path)
    lacking = [name for name in RESPONSE if name not in columns]
    if len(lacking) == len(RESPONSE) or (lacking and set(columns[1:]).isdisjoint(RESPONSE)):
        shown = ", ".join(columns[:3])[:60]
        raise MmdrpError(
            f"{path.name}: has no column {lacking[0]!r}; if it is wide ({shown}, ...: lines x "
            "drugs), bring it into rows of measure,cell,drug,value, or use Study.from_frames"
        )


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
        check_values(table, before.unit, path.name)
        rows, columns = len(table.ids), table.dim
        missing = bool(np.isnan(table.values).any()) or before.missing
    described = {m: before.measures.get(m, {}) for m in measures} if stem == "response" else {}
    return Entry(
        path.name, rows, columns, sha256(path), before.unit, before.source, before.release,
        before.licence, missing, described, before.detail,
    )  # fmt: skip
