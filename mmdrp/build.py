"""The one place where configuration meets code; ``restore`` needs no data."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hydra.utils import get_class, instantiate
from omegaconf import DictConfig, OmegaConf
from torch import nn

from mmdrp.data.datamodule import ResponseData
from mmdrp.data.manifest import NAME
from mmdrp.data.response import Examples, lay_out
from mmdrp.data.source import Table
from mmdrp.data.split import Fold, unsuited
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.module import ResponseModule
from mmdrp.nn.encoder import mlp
from mmdrp.nn.network import ResponseNet
from mmdrp.nn.scale import ResponseScale, Standardize

log = logging.getLogger(__name__)

SPEC_FORMAT = 1


def check(cfg: DictConfig) -> None:
    """Refuse combinations that mean nothing, before any data are read."""
    split = get_class(cfg.split._target_)
    if cfg.response.layout == "by_cell" and "drug" in split.axes:
        raise MmdrpError(unsuited(split.__name__))
    if not cfg.modality:
        raise MmdrpError("modality=[]: choose at least one modality")


def open_study(cfg: DictConfig) -> Study:
    """Open the configured study, building it first, and saying so, where it is not there yet."""
    path = Path(cfg.path)
    if not (path / NAME).is_file() and cfg.get("build"):
        log.info("Study %s is not in %s yet", cfg.name, path)
        instantiate(cfg.build, root=path)
    return Study.read(path)


def sources_of(cfg: DictConfig, study: Study, layout: str) -> dict[str, Table]:
    """Read the chosen modalities, and the drugs' fingerprints where drugs are an axis."""
    sources = {name: study.modality(name) for name in cfg.modality}
    if layout == "by_pair":
        sources["drug"] = drug_table(cfg.drug, smiles_of(study))
    return sources


def smiles_of(study: Study) -> dict[str, str]:
    """Return the SMILES of each drug that has one."""
    if "smiles" not in study.drugs:
        raise MmdrpError(
            f"study {study.manifest.name!r}: its drugs table has no column 'smiles', which "
            "response.layout=by_pair needs"
        )
    smiles = study.drugs["smiles"].fillna("").astype(str)
    return {str(drug): text for drug, text in smiles.items() if text}


def drug_table(cfg: DictConfig, smiles: Mapping[str, str]) -> Table:
    """Featurise drugs as a source."""
    fingerprint = instantiate(cfg.fingerprint)
    return Table("drug", list(smiles), fingerprint.features, fingerprint(smiles))


def examples_of(cfg: DictConfig, study: Study, sources: Mapping[str, Table]) -> Examples:
    """Lay out the response; what no chosen source describes is left out and counted."""
    long = study.response(cfg.response.measure)
    if cfg.lines:
        long = long[long["cell"].isin(_listed(Path(cfg.lines), study))]
    for axis in ("cell", "drug"):
        tables = [t for t in sources.values() if t.axis == axis]
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
    return ResponseData(examples, sources, fold, sampler, cfg.batch_size)


def module_of(cfg: DictConfig, data: ResponseData, study: Study) -> ResponseModule:
    """Fit scaling on training rows, build the network to match, and wrap it for training."""
    tables = {name: t for name, t in data.dataset.sources.items() if isinstance(t, Table)}
    scale: dict[str, Standardize] = {}
    for name, table in tables.items():
        rows = table.select(data.training_ids(table.axis).tolist()).values
        if not len(rows):
            raise MmdrpError(f"modality {name!r}: no training line has it; leave it out")
        scale[name] = _scaler(cfg, name, table.dim).fit(torch.from_numpy(rows))
        log.info("%s: %d of %d features kept", name, scale[name].output_dim, table.dim)
        if scale[name].output_dim == 0:
            raise MmdrpError(f"modality {name!r}: the filters keep no feature; loosen its scale")
    response = ResponseScale(len(data.dataset.examples.tasks))
    y = torch.tensor(data.dataset.examples.y[data.rows["train"]])
    spec = _spec(cfg, data, tables, scale, study)
    net = _network(cfg, {n: t.axis for n, t in tables.items()}, scale, response.fit(y))
    loss = instantiate(cfg.loss)
    scheduler = instantiate(cfg.scheduler) if cfg.scheduler else None
    return ResponseModule(net, loss, instantiate(cfg.optimizer), scheduler, spec)


@dataclass(frozen=True)
class Restored:
    """A trained network and what it needs to be used: no data, no configuration files."""

    net: ResponseNet
    spec: dict[str, Any]

    @property
    def features(self) -> dict[str, list[str]]:
        """Return the input features of each source, by name."""
        return {name: source["features"] for name, source in self.spec["sources"].items()}

    @property
    def config(self) -> DictConfig:
        """Return the configuration that it was trained with."""
        cfg: DictConfig = OmegaConf.create(self.spec["config"])
        return cfg


def checkpoint_of(path: str | Path) -> Path:
    """Return the checkpoint that a run folder holds, or the file itself."""
    path = Path(path)
    found = path / "model.ckpt" if path.is_dir() else path
    if not found.is_file():
        raise MmdrpError(f"{found}: there is no such checkpoint; give a run folder of mmdrp train")
    return found


def restore(path: str | Path) -> Restored:
    """Load a checkpoint safely (``weights_only``): its network, ready to predict."""
    found = checkpoint_of(path)
    try:
        raw = torch.load(found, map_location="cpu", weights_only=True)
        spec: dict[str, Any] = raw["mmdrp"]
        weights = {k.removeprefix("net."): v for k, v in raw["state_dict"].items()}
    except Exception as error:  # a damaged file raises nearly anything
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise MmdrpError(f"{found}: not a checkpoint of mmdrp: {reason}") from error
    if spec.get("format") != SPEC_FORMAT:
        raise MmdrpError(f"{found}: checkpoint format {spec.get('format')}, expected {SPEC_FORMAT}")
    cfg = OmegaConf.create(spec["config"])
    scale = {
        name: _scaler(cfg, name, len(source["features"]), source["kept"])
        for name, source in spec["sources"].items()
    }
    axis = {name: source["axis"] for name, source in spec["sources"].items()}
    net = _network(cfg, axis, scale, ResponseScale(len(spec["tasks"])))
    net.load_state_dict({k: v for k, v in weights.items() if not k.startswith("loss.")})
    return Restored(net.eval(), spec)


def _network(
    cfg: DictConfig,
    axis: Mapping[str, str],
    scale: Mapping[str, Standardize],
    response: ResponseScale,
) -> ResponseNet:
    encoder = {
        name: instantiate(_of_source(cfg, name).encoder, input_dim=s.output_dim)
        for name, s in scale.items()
    }
    dims = {name: e.output_dim for name, e in encoder.items()}
    fusion = instantiate(cfg.fusion, input_dims=dims)
    head: nn.Module = mlp(
        [fusion.output_dim, *cfg.head, len(response.mean)], cfg.dropout, cfg.activation
    )
    return ResponseNet(axis, scale, encoder, fusion, head, response, cfg.modality_dropout)


def _of_source(cfg: DictConfig, name: str) -> DictConfig:
    part: DictConfig = cfg.drug if name == "drug" else cfg.modality[name]
    return part


def _scaler(cfg: DictConfig, name: str, dim: int, kept: int | None = None) -> Standardize:
    scaler: Standardize = instantiate(_of_source(cfg, name).scale, input_dim=dim, kept=kept)
    return scaler


def _spec(
    cfg: DictConfig,
    data: ResponseData,
    tables: Mapping[str, Table],
    scale: Mapping[str, Standardize],
    study: Study,
) -> dict[str, Any]:
    """Plain containers only: the checkpoint is loaded with ``weights_only``."""
    wanted = (
        "modality",
        "drug",
        "fusion",
        "head",
        "dropout",
        "activation",
        "modality_dropout",
        "response",
    )
    config = OmegaConf.to_container(cfg, resolve=True)
    assert isinstance(config, dict)
    examples = data.dataset.examples
    spec: dict[str, Any] = {
        "format": SPEC_FORMAT,
        "config": {key: config[key] for key in wanted},
        "tasks": list(examples.tasks),
        "study": study.manifest.name,
        "sources": {
            name: {"axis": t.axis, "features": list(t.features), "kept": scale[name].output_dim}
            for name, t in tables.items()
        },
    }
    if "drug" in examples.ids:
        smiles = smiles_of(study)
        spec["smiles"] = {str(d): smiles[str(d)] for d in np.unique(examples.ids["drug"])}
    return spec
