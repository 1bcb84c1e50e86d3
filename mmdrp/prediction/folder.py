"""A folder of tables of new samples, and of new drugs, read for a model."""

import difflib
import logging
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from mmdrp.data import tables
from mmdrp.data.source import Table
from mmdrp.data.study.manifest import NAME, Manifest
from mmdrp.data.study.units import parse_all
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.io.text import few
from mmdrp.io.unread import say_unread
from mmdrp.training.info import CheckpointInfo
from mmdrp.training.model.samples import ANNDATA, Handed, handed

log = logging.getLogger(__name__)
PACKED = ("", ".gz", ".bz2", ".xz")
SUFFIXES = {
    *(f"{kind}{packed}" for kind in (".csv", ".tsv", ".txt", ".gct") for packed in PACKED),
    ".parquet", ".feather", ".xlsx", *ANNDATA,
}  # fmt: skip
"""endings of files that are looked for beside each modality's name"""


def sample_files(folder: Path, info: CheckpointInfo) -> dict[str, Path]:
    """Return the file of each of the model's modalities that is there, by any suffix and case.

    ``expression.csv`` is one, ``Expression.tsv.gz`` another; MmdrpError where there are two of one.
    """
    if folder.is_file():
        raise MmdrpError(f"data={folder.name}: is a file; name its modality: expression={folder}")
    if not folder.is_dir():
        raise MmdrpError(f"data={folder}: there is no such folder")
    there: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        stem = path.name.split(".")[0].casefold()
        if path.is_file() and path.name.casefold().removeprefix(stem) in SUFFIXES:
            there.setdefault(stem, []).append(path)
    paths: dict[str, Path] = {}
    for name in info.units:
        found = there.get(name.casefold(), [])
        ready = tables.find(folder, name)
        if ready is not None:
            paths[name] = ready
        elif len(found) > 1:
            raise MmdrpError(f"{found[0].name} and {found[1].name}: two tables of {name}; keep one")
        elif found:
            paths[name] = found[0]
    if not paths:
        names = ", ".join(info.units)[:60]
        others = ", ".join(path.name for path in sorted(folder.iterdir())[:3]) or "nothing"
        raise MmdrpError(
            f"data={folder}: has none of the model's modalities ({names}); it has {others[:60]}"
        )
    return paths


def read_samples(folder: Path, info: CheckpointInfo) -> Handed:
    """Read whichever of the model's modalities are there; tables as mmdrp writes them are fast."""
    paths = sample_files(folder, info)
    wanted = [*info.units, "cells", *(["drugs"] if info.pairs else [])]
    used = {path.name for name in wanted if (path := tables.find(folder, name)) is not None}
    say_unread(folder, used | {path.name for path in paths.values()}, wanted)
    given = {
        n: tables.read_matrix(path, "cell", "cell", missing=True) if _plain(path) else path
        for n, path in paths.items()
    }
    return handed(given, info)


def _plain(path: Path) -> bool:
    return path.name.endswith(tables.SUFFIXES) and "cell" in tables.columns(path)


def check_tissue(info: CheckpointInfo, tissue: str | None) -> None:
    """Refuse a tissue that the model, which learned of some, does not know."""
    if tissue is None or "tissue" not in info.sources:
        return
    known = info.sources["tissue"].features
    if tissue not in known:
        like = difflib.get_close_matches(tissue.lower(), known, 3, 0.4) or known[:3]
        raise OptionError(
            f"tissue={tissue[:40]}: the model knows no such tissue; such as {', '.join(like)}"
        )


def annotated(
    folder: Path | None, info: CheckpointInfo, found: Mapping[str, Table], tissue: str | None
) -> pd.DataFrame | None:
    """Return what is known of each sample: its row of the cells table, the tissue given for all."""
    cells = read_cells(folder)
    if tissue is None or "tissue" not in info.sources:
        return cells
    check_tissue(info, tissue)
    ids = sorted({name for table in found.values() for name in table.ids})
    cells = pd.DataFrame(index=ids) if cells is None else cells.reindex(ids).fillna("")
    return cells.assign(tissue=tissue)


def stated_units(
    folder: Path | None, info: CheckpointInfo, units: Mapping[str, str] | None
) -> dict[str, str]:
    """Return the units that the folder's manifest states, and before that the user."""
    said = parse_all(units, info.units)
    if folder is None or not (folder / NAME).is_file():
        return said
    entries = Manifest.read(folder).tables
    return {n: entries[n].unit for n in info.units if n in entries} | said


def read_cells(folder: Path | None) -> pd.DataFrame | None:
    """Return the ``cells`` table by sample, as text, "" where unknown; None where there is none."""
    path = None if folder is None else tables.find(folder, "cells")
    if path is None:
        return None
    return tables.read_frame(path, "cell").set_index("cell").astype(object).fillna("").astype(str)


def read_column(folder: Path | None, column: str, option: str) -> pd.Series:
    """Return a column of the ``cells`` table by sample, which ``option`` needs."""
    frame = read_cells(folder)
    if frame is None or column not in frame:
        where = folder or "without a folder there"
        raise MmdrpError(f"{option}={column}: {where} has no cells table with such a column")
    return frame[column]


def read_drugs(folder: Path | None, info: CheckpointInfo) -> tuple[dict[str, str], pd.DataFrame]:
    """Return drug -> SMILES and the ``drugs`` table, or the drugs of training without one."""
    path = None if folder is None else tables.find(folder, "drugs")
    if path is None:
        log.info("no drugs table: predicting the drugs of training")
        return dict(info.smiles), pd.DataFrame()
    frame = tables.read_frame(path, "drug", ("smiles",))
    empty = frame["smiles"].fillna("").astype(str).str.strip().eq("")
    if empty.all():
        raise MmdrpError(f"{path.name}: no drug has a SMILES, and the model needs one of each")
    if empty.any():
        names = frame.loc[empty, "drug"].astype(str).tolist()
        log.warning(
            "%s: %d drugs without a SMILES are left out, as in training: %s",
            path.name, len(names), few(names), extra={"names": names},
        )  # fmt: skip
        frame = frame[~empty]
    smiles = dict(zip(frame["drug"], frame["smiles"], strict=True))
    return smiles, frame.set_index("drug")
