"""What ``mmdrp predict`` says of new samples: how they differ from the lines of training."""

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq
from omegaconf import DictConfig

from mmdrp.build import Restored
from mmdrp.data import tables
from mmdrp.data.align import METHODS, Reference
from mmdrp.data.source import Table
from mmdrp.errors import MmdrpError
from mmdrp.plots.density import densities
from mmdrp.plots.save import save
from mmdrp.sources import Sources

log = logging.getLogger(__name__)

MOST = 1_000_000
"""predictions that a density is drawn from, evenly spread over the file"""


def check(cfg: DictConfig) -> None:
    """Refuse options that mean nothing, before anything is read."""
    if cfg.align not in METHODS:
        raise MmdrpError(f"align={cfg.align}: choose among: {', '.join(METHODS)}")
    if cfg.align_within and cfg.align == "none":
        raise MmdrpError(f"align_within={cfg.align_within}: needs align=zscore or align=quantile")


def adapted(restored: Restored, sources: Sources, cfg: DictConfig, out: Path) -> Sources:
    """Report the shift of every modality in ``shift.csv``, and align where ``align`` says so."""
    groups = _groups(Path(cfg.data), cfg.align_within) if cfg.align_within else None
    parts: list[pd.DataFrame] = []
    adapted: Sources = dict(sources)
    for name, table, reference, used in _described(restored, sources):
        given = reference.shift(table, used).assign(source=name, stage="given")
        parts.append(given)
        _say(name, given, table, "")
        if cfg.align == "none" or reference.binary:
            continue
        moved = reference.align(table, cfg.align, groups)
        after = reference.shift(moved, used).assign(source=name, stage=cfg.align)
        parts.append(after)
        _say(name, after, table, f", after align={cfg.align}")
        adapted[name] = moved
    if parts:
        frame = pd.concat(parts, ignore_index=True)
        first = ["source", "stage"]
        frame = frame[[*first, *(c for c in frame if c not in first)]]
        frame.to_csv(out / "shift.csv", index=False, float_format="%.6g")
    else:
        log.info("The checkpoint says nothing of its lines' features: no shift is reported")
    return adapted


def overlay(restored: Restored, path: Path, out: Path, unit: str) -> None:
    """Draw predictions over what was measured in the lines of training (DeepDR, Figure 2a)."""
    measured = restored.spec.get("measured")
    pred = pq.read_table(path, columns=["pred"])["pred"].to_numpy()
    pred = pred[np.isfinite(pred)]
    if measured is None or len(pred) < 2:
        return
    pred = pred[:: max(1, len(pred) // MOST)]
    # The checkpoint keeps quantiles: as many evenly spaced ones are a sample of the responses.
    sample = np.interp(np.linspace(0, 1, 20_000), np.linspace(0, 1, len(measured)), measured)
    figure = densities({"measured in lines of training": sample, "predicted here": pred}, unit)
    save(figure, out, "predicted")


def _described(
    restored: Restored, sources: Sources
) -> Iterator[tuple[str, Table, Reference, npt.NDArray[np.int64]]]:
    for name, spec in restored.spec["sources"].items():
        table = sources.get(name)
        if "reference" not in spec or not isinstance(table, Table) or not len(table.ids):
            continue
        used = restored.net.scale[name].keep.numpy()  # type: ignore[operator]
        yield name, table, Reference.read(spec["features"], spec["reference"]), used


def _groups(folder: Path, column: str) -> dict[str, str]:
    path = tables.find(folder, "cells")
    frame = None if path is None else tables.read_frame(path, "cell")
    if frame is None or column not in frame:
        raise MmdrpError(f"align_within={column}: {folder} has no cells table with such a column")
    frame = frame.fillna({column: ""})
    return dict(zip(frame["cell"].astype(str), frame[column].astype(str), strict=True))


def _say(name: str, frame: pd.DataFrame, table: Table, when: str) -> None:
    if frame.empty:
        return
    outside = float((frame["outside"] * frame["n"]).sum() / frame["n"].sum())
    ratio = frame["sd_new"] / frame["sd_lines"].where(frame["sd_lines"] > 0)
    log.info(
        "%s: against the lines of training, %d features in %d samples%s: median |shift of the "
        "mean| %.2f sd, median ratio of sd %.2f, %.1f %% of values outside the lines' range",
        name, len(frame), len(table.ids), when, frame["shift"].abs().median(), ratio.median(),
        100 * outside,
    )  # fmt: skip
