"""The one place where configuration meets code; ``restore`` needs no data."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hydra.utils import get_class, instantiate
from omegaconf import DictConfig, OmegaConf
from torch import Tensor

from mmdrp.data.datamodule import ResponseData
from mmdrp.data.response import Examples, lay_out
from mmdrp.data.source import Table
from mmdrp.data.split import Fold, unsuited
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.module import ResponseModule
from mmdrp.nn.guess import Guess
from mmdrp.nn.scale import ResponseScale, Standardize
from mmdrp.parts import TISSUE, guess_of, network_of, scaler_of
from mmdrp.restore import SPEC_FORMAT, Restored, checkpoint_of, restore
from mmdrp.sources import smiles_of, sources_of

__all__ = ["Restored", "checkpoint_of", "restore", "smiles_of", "sources_of"]

log = logging.getLogger(__name__)


def check(cfg: DictConfig) -> None:
    """Refuse combinations that mean nothing, before any data are read."""
    split = get_class(cfg.split._target_)
    if cfg.response.layout == "by_cell" and "drug" in split.axes:
        raise MmdrpError(unsuited(split.__name__))
    if not cfg.modality:
        raise MmdrpError("modality=[]: choose at least one modality")
    if not cfg.fusion:
        raise MmdrpError("fusion=none: the sources must be fused; none is for cell_fusion only")


def examples_of(cfg: DictConfig, study: Study, sources: Mapping[str, Table]) -> Examples:
    """Lay out the response; what no chosen source describes is left out and counted."""
    long = study.response(cfg.response.measure)
    if cfg.lines:
        long = long[long["cell"].isin(_listed(Path(cfg.lines), study))]
    for axis in ("cell", "drug"):
        tables = [t for n, t in sources.items() if t.axis == axis and n != TISSUE]
        if not tables:
            continue
        known = set().union(*(t.ids for t in tables))
        lost = sorted(set(long[axis]) - known)
        if lost:
            log.info(
                "Left out, for they have none of the chosen sources: %d %s (%s%s)",
                len(lost),
                {"cell": "lines", "drug": "drugs"}[axis],
                ", ".join(lost[:5]),
                ", ..." if len(lost) > 5 else "",
            )
            long = long[~long[axis].isin(lost)]
    return lay_out(long, cfg.response.measure, cfg.response.layout)


def _listed(path: Path, study: Study) -> list[str]:
    if not path.is_file():
        raise MmdrpError(f"lines={path}: there is no such file")
    names = [line.strip() for line in path.read_text().splitlines() if line.strip()]
    known = set(study.cells.index)
    for row, name in enumerate(names, 1):
        if name not in known:
            raise MmdrpError(f"{path.name}: row {row}: {name!r} is not a line of the study")
    return names


def fold_of(cfg: DictConfig, examples: Examples, study: Study) -> Fold:
    """Draw the fold, or read the one that ``fold_file`` names."""
    if cfg.fold_file:
        return Fold.read(Path(cfg.fold_file))
    split = instantiate(cfg.split)
    fold: Fold = split(examples, study.cells, cfg.fold)
    return fold


def data_of(cfg: DictConfig, study: Study) -> ResponseData:
    """Everything a trainer asks for: examples, sources, fold, sampler."""
    sources = sources_of(cfg, study, cfg.response.layout)
    examples = examples_of(cfg, study, sources)
    fold = fold_of(cfg, examples, study)
    sampler = instantiate(cfg.sampler)
    weight = instantiate(cfg.label_weight) if cfg.label_weight else None
    return ResponseData(examples, sources, fold, sampler, cfg.batch_size, weight)


def module_of(cfg: DictConfig, data: ResponseData, study: Study) -> ResponseModule:
    """Fit base and scaling on training rows, build the network, and wrap it for training."""
    tables = {name: t for name, t in data.dataset.sources.items() if isinstance(t, Table)}
    axis = {name: t.axis for name, t in tables.items()}
    guess = guess_of(cfg, axis)
    offset = None if guess is None else _fit_guess(guess, data)
    scale = {n: _fit_scale(cfg, n, t, data) for n, t in tables.items() if n != TISSUE}
    y = torch.tensor(data.dataset.examples.y)
    response = ResponseScale(y.shape[1])
    response.fit((y if offset is None else y - offset)[data.rows["train"]])
    net = network_of(cfg, axis, scale, response, guess)
    if guess is not None:
        net.silence()  # the network starts as the base: whatever it adds, it learned
    scheduler = instantiate(cfg.scheduler) if cfg.scheduler else None
    spec = _spec(cfg, data, tables, scale, study)
    loss = instantiate(cfg.loss)
    return ResponseModule(net, loss, instantiate(cfg.optimizer), scheduler, spec, offset)


def _fit_scale(cfg: DictConfig, name: str, table: Table, data: ResponseData) -> Standardize:
    rows = table.select(data.roster[table.axis]).values
    if not len(rows):
        raise MmdrpError(f"modality {name!r}: no training line has it; leave it out")
    scale = scaler_of(cfg, name, table.dim).fit(torch.from_numpy(rows))
    log.info("%s: %d of %d features kept", name, scale.output_dim, table.dim)
    if scale.output_dim == 0:
        raise MmdrpError(f"modality {name!r}: the filters keep no feature; loosen its scale")
    return scale


def _fit_guess(guess: Guess, data: ResponseData) -> Tensor:
    """Fit the base on training rows; return its guess of every example, (n, t).

    For training examples it is the guess made without the line, the drug, or both, whichever the
    split holds out: what a network may learn from.
    """
    examples, train = data.dataset.examples, data.rows["train"]
    y = _matrix(data)
    inputs, present = {}, {}
    for source in guess.cells:
        rows = data.dataset.sources[source].locate(data.roster["cell"])
        inputs[source] = data.dataset.sources[source].take(rows)
        present[source] = torch.from_numpy(rows >= 0)
    offset = torch.full(examples.y.shape, torch.nan)
    if guess.pair is None:
        guess.base.fit(inputs, present, y)
        alone = guess.base.leave_one_out[data.dataset.known("cell")[train]]
    else:
        drug = data.dataset.sources["drug"]
        fingerprint = drug.take(drug.locate(data.roster["drug"]))
        guess.pair.fit(inputs, present, y, fingerprint)
        held = set(data.fold.train.ids) & {"cell", "drug"} or {"cell"}
        table = guess.pair.leave_one_out("both" if len(held) == 2 else held.pop())  # type: ignore[arg-type]
        at = data.dataset.known("cell")[train], data.dataset.known("drug")[train]
        alone = table[at].unsqueeze(1)
    offset[train] = alone.float()
    with torch.no_grad():
        for part in ("validation", "test"):
            for batch in data.predict_loader(part):
                offset[batch.example] = guess(batch)
    return offset


def _matrix(data: ResponseData) -> Tensor:
    """Return the training responses as lines x drugs, NaN where unmeasured."""
    examples, train = data.dataset.examples, data.rows["train"]
    lines, line = len(data.roster["cell"]), data.dataset.known("cell")[train]
    given = torch.tensor(examples.y[train])
    if examples.layout == "by_cell":
        y = torch.full((lines, len(examples.tasks)), torch.nan)
        y[line] = given
    else:
        y = torch.full((lines, len(data.roster["drug"])), torch.nan)
        y[line, data.dataset.known("drug")[train]] = given[:, 0]
    return y


def _spec(
    cfg: DictConfig,
    data: ResponseData,
    tables: Mapping[str, Table],
    scale: Mapping[str, Standardize],
    study: Study,
) -> dict[str, Any]:
    """Plain containers only: the checkpoint is loaded with ``weights_only``."""
    wanted = (
        "base", "modality", "drug", "fusion", "cell_fusion", "head", "dropout", "activation",
        "modality_dropout", "response",
    )  # fmt: skip
    config = OmegaConf.to_container(cfg, resolve=True)
    assert isinstance(config, dict)
    examples = data.dataset.examples
    spec: dict[str, Any] = {
        "format": SPEC_FORMAT,
        "config": {key: config[key] for key in wanted},
        "tasks": list(examples.tasks),
        "study": study.manifest.name,
        "roster": data.roster,
        "sources": {
            name: {
                "axis": t.axis,
                "features": list(t.features),
                "kept": scale[name].output_dim if name in scale else 0,
            }
            for name, t in tables.items()
        },
    }
    if "drug" in examples.ids:
        smiles = smiles_of(study)
        spec["smiles"] = {str(d): smiles[str(d)] for d in np.unique(examples.ids["drug"])}
    return spec
