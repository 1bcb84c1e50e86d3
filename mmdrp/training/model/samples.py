"""Samples as a user hands them over, each modality as a table: study, file, frame or AnnData."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.data.samples import laid_out, read_sheet, sheet_of
from mmdrp.data.samples.layout import SampleTable
from mmdrp.data.source import Table
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.training.info import CheckpointInfo
from mmdrp.training.model.likeness import Given

log = logging.getLogger(__name__)
ANNDATA = (".h5ad", ".h5mu")


@dataclass(frozen=True)
class Handed:
    """Tables by modality, and what their files say beside the values."""

    tables: dict[str, Table]
    hints: dict[str, str] = field(default_factory=dict)
    """names of files and columns that may name the unit"""
    lengths: dict[str, npt.NDArray[np.float32]] = field(default_factory=dict)
    """bases of each feature, of tables of counts that have them"""

    def said(
        self, units: Mapping[str, str], max_outside: float = 0.5, binarise: Sequence[str] = (),
        align: str = "none",
    ) -> Given:  # fmt: skip
        """Return these beside what a user says of the samples."""
        return Given(units, max_outside, binarise, align, self.hints, self.lengths)


def handed(data: Study | Mapping[str, Any] | str | Path, info: CheckpointInfo) -> Handed:
    """Return a table per modality that the data have.

    ``data`` are a study, an ``.h5mu`` file, or modality -> file, frame or AnnData. Features of
    files and frames may stand in rows or in columns. MmdrpError names a modality that the model
    does not read, and what is wrong with a table.
    """
    names = list(info.units)
    if isinstance(data, Study):
        return Handed({n: data.modality(n) for n in names if n in data.modalities})
    if isinstance(data, str | Path) and Path(data).suffix == ".h5mu":
        data = _mudata(Path(data), names)
    if not isinstance(data, Mapping):
        raise MmdrpError(f"data: expected a study, or modality -> frame, not {type(data).__name__}")
    if unknown := [name for name in data if name not in names]:
        have = ", ".join(names)[:100]
        raise MmdrpError(
            f"data: {str(unknown[0])[:40]!r} is no modality of the model, which reads: {have}"
        )
    found = {str(name): _table(given, str(name), info) for name, given in data.items()}
    return Handed(
        {name: each.table for name, each in found.items()},
        {name: each.hint for name, each in found.items()},
        {name: each.lengths for name, each in found.items() if each.lengths is not None},
    )


def as_table(given: Any, name: str) -> Table:
    """Return samples x features as a table: from a frame, AnnData, or a table itself."""
    if isinstance(given, Table):
        return given
    if isinstance(given, pd.DataFrame):
        return Table.from_frame(given, name=name)
    if hasattr(given, "to_df") and hasattr(given, "obs_names"):  # AnnData
        return Table.from_frame(given.to_df(), name=name)
    raise MmdrpError(f"{name}: expected a data frame or AnnData, not {type(given).__name__}")


def _table(given: Any, name: str, info: CheckpointInfo) -> SampleTable:
    """Return a table, names that may hold its unit, and lengths of genes."""
    features = info.sources[name].features
    if isinstance(given, str | Path):
        path = Path(given)
        if path.suffix == ".h5ad":
            return SampleTable(as_table(read_anndata(path), name), path.name, [])
        if path.suffix == ".h5mu":
            return SampleTable(as_table(_mudata(path, [name])[name], name), path.name, [])
        found = laid_out(read_sheet(path), features)
    elif isinstance(given, pd.DataFrame) and not _ready(given, features):
        found = laid_out(sheet_of(given, name), features)
    else:
        return SampleTable(as_table(given, name), "", [])
    for note in found.notes:
        log.info("%s: %s", name, note)
    if np.isinf(found.table.values).any():
        i, j = map(int, np.argwhere(np.isinf(found.table.values))[0])
        feature, sample = found.table.features[j], found.table.ids[i]
        raise MmdrpError(f"{name}: feature {feature[:40]!r} ({sample[:40]}): infinite")
    return found


def _ready(frame: pd.DataFrame, features: list[str]) -> bool:
    """Whether a frame has some of the model's features as columns, as they are called there."""
    return not set(features).isdisjoint(frame.columns.astype(str))


def read_anndata(path: Path) -> Any:
    """Read an ``.h5ad`` file; MmdrpError where there is none or anndata is not installed."""
    try:
        import anndata  # type: ignore[import-untyped]
    except ImportError:
        raise MmdrpError(f"{path.name}: needs anndata: pip install 'mmdrp[anndata]'") from None
    return _read(path, anndata.read_h5ad)


def _mudata(path: Path, names: list[str]) -> dict[str, Any]:
    try:
        import mudata  # type: ignore[import-untyped]
    except ImportError:
        raise MmdrpError(f"{path.name}: needs mudata: pip install 'mmdrp[anndata]'") from None
    found = dict(_read(path, mudata.read_h5mu).mod)
    if not (wanted := {name: found[name] for name in names if name in found}):
        have = ", ".join(map(str, found))[:60]
        raise MmdrpError(f"{path.name}: has none of {', '.join(names)[:60]}; it has: {have}")
    return wanted


def _read(path: Path, reader: Any) -> Any:
    if not path.is_file():
        raise MmdrpError(f"{path}: there is no such file")
    try:
        return reader(path)
    except Exception as error:  # of h5py's and anndata's own many kinds
        reason = str(error).splitlines()[0][:80] if str(error) else type(error).__name__
        raise MmdrpError(f"{path.name}: not readable: {reason}") from error
