"""``mmdrp predict``: a trained model on new lines, and in pair mode on new drugs."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from omegaconf import DictConfig

from mmdrp import build
from mmdrp.build import Restored
from mmdrp.cli import shift
from mmdrp.data import tables
from mmdrp.data.dataset import ResponseDataset
from mmdrp.data.response import Examples
from mmdrp.data.source import Table
from mmdrp.data.targets import targets_table
from mmdrp.errors import MmdrpError
from mmdrp.parts import TARGETS, TISSUE
from mmdrp.progress import bar
from mmdrp.sources import Sources, drug_sources, tissue_table

log = logging.getLogger(__name__)


def run(cfg: DictConfig, out: Path) -> None:
    """Write ``predictions.parquet``: cell, drug, pred, block of lines after block of lines."""
    shift.check(cfg)
    restored = build.restore(cfg.run)
    folder = Path(cfg.data)
    if not folder.is_dir():
        raise MmdrpError(f"data={folder}: there is no such folder")
    sources: Sources = dict(read_sources(restored, folder, cfg.min_features))
    sources = shift.adapted(restored, sources, cfg, out)
    known: list[str] = list(restored.spec["tasks"])
    if "smiles" in restored.spec:
        smiles = _drugs(restored, folder)
        sources |= drug_sources(restored.config.drug, smiles, restored.spec["roster"]["drug"])
        known = list(smiles)
        if TARGETS in restored.spec["sources"]:
            sources[TARGETS] = _targets(restored, folder, known)
    cells = _cells(restored, sources, cfg.complete)
    drugs = _chosen(known, cfg.drugs)
    roster = _roster(restored, cells, cfg.known_lines)
    path = out / "predictions.parquet"
    writer: pq.ParquetWriter | None = None
    blocks = [cells[i : i + cfg.lines] for i in range(0, len(cells), cfg.lines)]
    for block in bar(blocks, "blocks of lines"):
        frame = predict(restored, sources, block, drugs, roster)
        arrow = pa.Table.from_pandas(frame, preserve_index=False)
        writer = writer or pq.ParquetWriter(path, arrow.schema, compression="zstd")
        writer.write_table(arrow)
    if writer:
        writer.close()
    what = restored.spec["config"]["response"]["measure"]
    if unit := restored.spec.get("unit"):
        what += f" ({unit})"
    if writer and cfg.figure:
        shift.overlay(restored, path, out, what)
    print(f"{len(cells)} lines x {len(drugs)} drugs, predicted {what}: {path}")


def read_sources(restored: Restored, folder: Path, least: float) -> dict[str, Table]:
    """Read whichever of the model's modalities are there; features are matched by name.

    A modality whose table has less than ``least`` of the features that the model uses is refused.
    """
    sources: dict[str, Table] = {}
    for name, spec in restored.spec["sources"].items():
        if spec["axis"] != "cell":
            continue
        if name == TISSUE:
            sources[name] = _tissue(folder, spec["features"])
            continue
        path = tables.find(folder, name)
        if path is None:
            log.info("%s: not in %s, taken as missing", name, folder)
            sources[name] = _empty(spec["features"])
            continue
        table = tables.read_matrix(path, "cell", "cell", missing=True)
        scale = restored.net.scale[name]
        used = {spec["features"][int(j)] for j in scale.keep}  # type: ignore[union-attr]
        have = used & set(table.features)
        log.info(
            "%s: %d lines, %d of the model's %d features found, %d further columns not used",
            name, len(table.ids), len(have), len(used), table.dim - len(have),
        )  # fmt: skip
        if len(have) < least * len(used):
            lost = sorted(used - have)[:3]
            raise MmdrpError(
                f"{path.name}: has {len(have)} of the {len(used)} features the model uses (such as "
                f"{', '.join(lost)}); at least min_features={least} of them are needed"
            )
        sources[name] = table.align(spec["features"])
    omics = {name: table for name, table in sources.items() if name != TISSUE}
    if not any(len(t.ids) for t in omics.values()):
        names = ", ".join(omics)
        raise MmdrpError(f"data={folder}: has none of the model's modalities ({names})")
    return sources


def predict(
    restored: Restored,
    sources: Sources,
    cells: list[str],
    drugs: list[str],
    roster: dict[str, list[str]],
) -> pd.DataFrame:
    """Predict lines x drugs as a long table ``cell, drug, pred``; ``roster`` is what is known."""
    tasks = tuple(restored.spec["tasks"])
    if "drug" in sources:
        ids = {"cell": np.repeat(cells, len(drugs)), "drug": np.tile(drugs, len(cells))}
    else:
        ids = {"cell": np.array(cells)}
    n = len(ids["cell"])
    examples = Examples(ids, np.full((n, len(tasks)), np.nan, dtype=np.float32), tasks)
    data = ResponseDataset(examples, sources, roster)
    with torch.inference_mode():
        pred = restored.net(data.__getitems__(range(n))).numpy()
    frame = examples.frame(pred).drop(columns="y")
    return frame[frame["drug"].isin(drugs)]


def _cells(restored: Restored, sources: Sources, complete: bool | None) -> list[str]:
    """Return the lines to predict: with any modality, or with all where ``complete`` says so."""
    ids = [set(t.ids) for n, t in sources.items() if t.axis == "cell" and n != TISSUE]
    every, whole = set().union(*ids), set.intersection(*ids)
    if complete is None:
        complete = bool(restored.spec["config"].get("complete", False))
    if not complete:
        return sorted(every)
    if len(whole) < len(every):
        log.info(
            "%d lines lack a modality and are left out; complete=false predicts them as well",
            len(every) - len(whole),
        )
    if not whole:
        raise MmdrpError("complete: no line has every modality; complete=false predicts all")
    return sorted(whole)


def _roster(restored: Restored, cells: list[str], known_lines: bool) -> dict[str, list[str]]:
    """Return the drugs and lines of training; without ``known_lines`` every line is new."""
    roster: dict[str, list[str]] = dict(restored.spec["roster"])
    if "drug" not in roster:
        return roster
    known = sorted(set(roster["cell"]) & set(cells))
    if known and known_lines:
        log.info(
            "%d lines have the name of a line of training (%s, ...): the base uses the responses "
            "measured there; known_lines=false takes them as new",
            len(known),
            known[0],
        )
    return roster if known_lines else {**roster, "cell": []}


def _empty(features: list[str]) -> Table:
    return Table("cell", [], features, np.zeros((0, len(features)), dtype=np.float32))


def _tissue(folder: Path, features: list[str]) -> Table:
    """Read tissues from a cells table, where there is one; an unknown tissue is like none."""
    path = tables.find(folder, "cells")
    frame = None if path is None else tables.read_frame(path, "cell")
    if frame is None or "tissue" not in frame:
        log.info("tissue: no cells table with a column 'tissue' in %s, taken as missing", folder)
        return _empty(features)
    frame = frame[frame["tissue"].isin(features)]
    return tissue_table(frame.set_index("cell")["tissue"]).align(features).filled(0.0)


def _targets(restored: Restored, folder: Path, drugs: list[str]) -> Table:
    """Read known targets of new drugs from a drugs table with such a column, if there is one."""
    features = restored.features[TARGETS]
    path = tables.find(folder, "drugs")
    frame = pd.DataFrame() if path is None else tables.read_frame(path, "drug").set_index("drug")
    return targets_table(frame, drugs, features) or Table(
        "drug", [], features, np.zeros((0, len(features)), dtype=np.float32)
    )


def _drugs(restored: Restored, folder: Path) -> dict[str, str]:
    """Return drug -> SMILES of the drugs table, or of training where there is none."""
    path = tables.find(folder, "drugs")
    if path is None:
        log.info("no drugs table in %s: predicting the drugs of training", folder)
        return dict(restored.spec["smiles"])
    frame = tables.read_frame(path, "drug", ("smiles",))
    empty = frame["smiles"].isna()
    if empty.any():
        i = int(np.argmax(empty.to_numpy()))
        raise MmdrpError(f"{tables.cell(path, 'smiles', i, frame['drug'].iloc[i])}: empty")
    return dict(zip(frame["drug"], frame["smiles"], strict=True))


def _chosen(known: list[str], wanted: list[str] | None) -> list[str]:
    if wanted is None:
        return known
    unknown = [d for d in wanted if d not in known]
    if unknown:
        raise MmdrpError(f"drugs: the model has no drug {unknown[0]!r}; it has {len(known)} others")
    return list(wanted)
