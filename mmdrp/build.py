"""The one place where configuration meets code; ``restore`` needs no data."""

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from hydra.utils import get_class, instantiate
from omegaconf import DictConfig, OmegaConf
from torch import Tensor

from mmdrp.data.datamodule import ResponseData
from mmdrp.data.impute import fill
from mmdrp.data.molecules import Molecules
from mmdrp.data.randomise import permuted
from mmdrp.data.source import Table
from mmdrp.data.split import Fold, unsuited
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.examples import examples_of, fold_of, unit_of
from mmdrp.module import ResponseModule
from mmdrp.nn.guess import Guess
from mmdrp.nn.scale import ResponseScale, Standardize
from mmdrp.parts import STRUCTURE, TARGETS, TISSUE, guess_of, network_of, scaler_of
from mmdrp.reference import measured_of, reference_of
from mmdrp.restore import SPEC_FORMAT, Restored, checkpoint_of, restore
from mmdrp.shared import shared
from mmdrp.sources import Sources, known_only, smiles_of, sources_of
from mmdrp.start import begin, pretrained_of

__all__ = [
    "Restored",
    "checkpoint_of",
    "examples_of",
    "fold_of",
    "restore",
    "smiles_of",
    "sources_of",
    "unit_of",
]

log = logging.getLogger(__name__)


def check(cfg: DictConfig) -> None:
    """Refuse combinations that mean nothing, before any data are read."""
    split = get_class(cfg.split._target_)
    if cfg.response.layout == "by_cell" and "drug" in split.axes:
        raise MmdrpError(unsuited(split.__name__))
    if not cfg.modality:
        raise MmdrpError("modality=[]: choose at least one modality")
    known = {*cfg.modality, TISSUE, *({"drug"} if cfg.response.layout == "by_pair" else ())}
    for name in OmegaConf.select(cfg, "randomise.permute") or ():
        if name not in known:
            raise MmdrpError(
                f"randomise.permute: {name!r} is not in this run; choose among: "
                f"{', '.join(sorted(known))}"
            )
    if not cfg.fusion:
        raise MmdrpError("fusion=none: the sources must be fused; none is for cell_fusion only")


def data_of(cfg: DictConfig, study: Study, fold: Fold | None = None) -> ResponseData:
    """Everything a trainer asks for: examples, sources, sampler, and the fold drawn or given."""
    sources: Sources = sources_of(cfg, study, cfg.response.layout)
    if names := OmegaConf.select(cfg, "randomise.permute"):
        sources = permuted(sources, names, cfg.randomise.seed)
    sources = shared(cfg, sources)
    examples = examples_of(cfg, study, sources)
    fold = fold or fold_of(cfg, study, sources)
    measured = examples
    if cfg.get("impute"):
        examples = fill(examples, fold.train.mask(examples), cfg.impute)
    sampler = instantiate(cfg.sampler)
    weight = instantiate(cfg.label_weight) if cfg.label_weight else None
    if "drug" in examples.ids:
        drugs = np.unique(examples.ids["drug"][fold.train.mask(examples)])
        sources = known_only(cfg.drug, sources, drugs.tolist())
    return ResponseData(examples, sources, fold, sampler, cfg.batch_size, weight, measured)


def module_of(cfg: DictConfig, data: ResponseData, study: Study) -> ResponseModule:
    """Fit base and scaling on training rows, build the network, and wrap it for training."""
    given = pretrained_of(cfg, data)
    tables = {n: t for n, t in data.dataset.sources.items() if isinstance(t, Table | Molecules)}
    axis = {name: t.axis for name, t in tables.items()}
    guess = guess_of(cfg, axis)
    offset = None if guess is None else _fit_guess(guess, data)
    seen = [
        n for n in tables if n not in (TISSUE, STRUCTURE, TARGETS)
    ]  # those only the base looks at
    scale = {n: _fit_scale(cfg, n, tables[n], data) for n in seen}
    y = torch.tensor(data.dataset.examples.y)
    response = ResponseScale(y.shape[1])
    if cfg.get("response_scale", True):
        response.fit((y if offset is None else y - offset)[data.rows["train"]])
    net = network_of(cfg, axis, scale, response, guess)
    begin(net, cfg, given, data)
    if guess is not None:
        net.silence()  # the network starts as the base: whatever it adds, it learned
    scheduler = instantiate(cfg.scheduler) if cfg.scheduler else None
    spec = _spec(cfg, data, tables, scale, study)
    loss = instantiate(cfg.loss)
    return ResponseModule(net, loss, instantiate(cfg.optimizer), scheduler, spec, offset)


def _fit_scale(
    cfg: DictConfig, name: str, table: Table | Molecules, data: ResponseData
) -> Standardize:
    if isinstance(table, Molecules):
        return scaler_of(cfg, name, table.dim, len(table.atom_features))
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
        drug = data.dataset.sources[guess.structure]
        fingerprint = drug.take(drug.locate(data.roster["drug"]))
        guess.pair.fit(inputs, present, y, fingerprint, _targets(guess, data))
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


def _targets(guess: Guess, data: ResponseData) -> Tensor | None:
    """Return known targets of the training drugs, a row of zeros where there are none."""
    if guess.targets is None:
        return None
    table = data.dataset.sources[guess.targets]
    return torch.nan_to_num(table.take(table.locate(data.roster["drug"])))


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
    tables: Mapping[str, Table | Molecules],
    scale: Mapping[str, Standardize],
    study: Study,
) -> dict[str, Any]:
    """Plain containers only: the checkpoint is loaded with ``weights_only``."""
    wanted = (
        "base", "modality", "drug", "fusion", "cell_fusion", "head", "dropout", "activation",
        "modality_dropout", "response", "complete",
    )  # fmt: skip
    config = OmegaConf.to_container(cfg, resolve=True)
    assert isinstance(config, dict)
    examples = data.dataset.examples
    spec: dict[str, Any] = {
        "format": SPEC_FORMAT,
        "config": {key: config[key] for key in wanted},
        "tasks": list(examples.tasks),
        "study": study.manifest.name,
        "unit": unit_of(cfg, study),
        "measured": measured_of(data),
        "roster": data.roster,
        "sources": {
            name: {
                "axis": t.axis,
                "features": list(t.features),
                "kept": len(scale[name].keep) if name in scale else 0,
                **reference_of(name, t, data),
            }
            for name, t in tables.items()
        },
    }
    if "drug" in examples.ids:
        smiles = smiles_of(study)
        spec["smiles"] = {str(d): smiles[str(d)] for d in np.unique(examples.ids["drug"])}
    return spec
