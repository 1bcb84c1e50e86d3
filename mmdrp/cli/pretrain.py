"""``mmdrp pretrain``: autoencoders on samples without responses, tumours above all."""

import json
import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from pytorch_lightning import Trainer, seed_everything
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint
from torch import Tensor
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    RandomSampler,
    Sampler,
    SequentialSampler,
    TensorDataset,
)

from mmdrp import build, pretrain
from mmdrp.callbacks import EpochBar
from mmdrp.cli import runs
from mmdrp.cli.curves import EpochLosses
from mmdrp.cli.studies import open_study
from mmdrp.cli.train import quiet
from mmdrp.data.source import Table
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.nn.autoencoder import Autoencoder
from mmdrp.nn.initial import start
from mmdrp.parts import scaler_of
from mmdrp.pretrain import AutoencoderModule
from mmdrp.shared import shared

log = logging.getLogger(__name__)

SUMMARY, CURVES = "pretrain.json", "curves.csv"
CHOICE = ("width", "latent", "size")
"""what a sweep may choose, and ``best_of`` takes over"""
IGNORED = ("out", "data_dir", "best_of")


@dataclass(frozen=True)
class Samples:
    """Which rows may be seen, and whether that was allowed explicitly."""

    ids: frozenset[str] | None
    """None: all of the study"""
    told: bool


def run(cfg: DictConfig, out: Path) -> None:
    """Train one autoencoder per modality; what the folder holds already is not done again."""
    quiet()
    if cfg.best_of:
        _take_best(cfg)
    if not 0 < cfg.validation < 1:
        raise MmdrpError(f"validation={cfg.validation}: choose a share between 0 and 1")
    study = open_study(cfg.study)
    tables = {str(name): study.modality(str(name)) for name in cfg.modality}
    seen = samples_of(cfg, study, tables)
    if seen.ids is not None:
        tables = {name: table.select(sorted(seen.ids)) for name, table in tables.items()}
    OmegaConf.save(cfg, out / runs.CONFIG, resolve=True)
    summary: dict[str, Any] = {}
    for name, table in shared(cfg, tables).items():
        summary[name] = _one(cfg, out, name, table, study, seen)
        runs.write_json(out / SUMMARY, {**summary, "versions": runs.versions()})
        print(f"{name}: {_said(summary[name])}: {out / f'{name}.ckpt'}")
    print(f"Use them by: mmdrp train experiment=deepdr pretrained={out}")


def samples_of(cfg: DictConfig, study: Study, tables: dict[str, Table]) -> Samples:
    """Return the samples to learn from: all where nothing is predicted, else a fold's training."""
    if not study.measures:
        log.info("%s has no responses: no sample of it is held out", study.manifest.name)
        return Samples(None, False)
    if cfg.held_out:
        log.warning("held_out=true: lines that training holds out are seen")
        return Samples(None, True)
    fold = build.fold_of(cfg, study, tables)
    if "cell" not in fold.train.ids:
        raise MmdrpError("pretrain: this fold holds out no lines, so it does not say which to see")
    ids = fold.train.ids["cell"]
    log.info("%d lines of the fold's training part are seen, no others", len(ids))
    return Samples(frozenset(ids), False)


def _one(
    cfg: DictConfig, out: Path, name: str, table: Table, study: Study, seen: Samples
) -> dict[str, Any]:
    options = OmegaConf.to_container(cfg, resolve=True)
    assert isinstance(options, dict)
    kept = {str(k): v for k, v in options.items() if k not in IGNORED and k != "modality"}
    asked = json.dumps({**kept, "this": options["modality"][name]}, sort_keys=True, default=str)
    done = _done(out, name, asked)
    if done is not None:
        log.info("%s: there already, with the same options", name)
        return done
    seed_everything(cfg.seed, workers=True, verbose=False)
    started = time.monotonic()
    net = network_of(cfg, name, table)
    x = torch.from_numpy(table.values)
    net.check(x)
    losses = _fit(cfg, out, net, x, name)
    spec = {
        "modality": name, "study": study.manifest.name, "features": list(table.features),
        "ids": list(table.ids), "told": seen.told, "encoder": options["modality"][name]["encoder"],
    }  # fmt: skip
    pretrain.write(out / f"{name}.ckpt", net, spec)
    best = losses.iloc[int(losses["validation"].argmin())]
    return {
        "samples": len(table.ids), "features": net.scale.output_dim, "epochs": len(losses),
        "best_epoch": int(best["epoch"]), "validation_loss": float(best["validation"]),
        "mean_loss": losses.attrs["mean"], "seconds": round(time.monotonic() - started, 1),
        "choice": {key: options[key] for key in CHOICE}, "asked": asked,
    }  # fmt: skip


def network_of(cfg: DictConfig, name: str, table: Table) -> Autoencoder:
    """Fit the scaling on the table's rows and build the autoencoder on it."""
    if not len(table.ids):
        raise MmdrpError(f"{name}: no sample that may be seen has it")
    scale = scaler_of(cfg, name, table.dim).fit(torch.from_numpy(table.values))
    if not scale.output_dim:
        raise MmdrpError(f"{name}: the filters keep no feature; loosen its scale")
    encoder = instantiate(cfg.modality[name].encoder, input_dim=scale.output_dim)
    net = Autoencoder(scale, encoder, cfg.activation, cfg.dropout, cfg.output, cfg.objective)
    start(cfg.init, net)
    return net


def _fit(cfg: DictConfig, out: Path, net: Autoencoder, x: Tensor, name: str) -> pd.DataFrame:
    order = np.random.default_rng([cfg.seed, 1]).permutation(len(x))
    cut = max(1, round(cfg.validation * len(x)))
    if len(x) - cut < 1:
        raise MmdrpError(f"{name}: {len(x)} samples are too few to learn from")
    train, held = x[np.sort(order[cut:])], x[np.sort(order[:cut])]
    log.info("%s: learning from %d samples, %d choose the epoch", name, len(train), cut)
    module, watch = AutoencoderModule(net, instantiate(cfg.optimizer)), EpochLosses()
    stop = EarlyStopping("val/loss", patience=cfg.patience)
    best = ModelCheckpoint(
        out, filename=f".{name}.best", monitor="val/loss", save_weights_only=True,
        enable_version_counter=False,
    )  # fmt: skip
    trainer = Trainer(
        **instantiate(cfg.trainer, _convert_="all"), logger=False, default_root_dir=out,
        callbacks=[best, stop, watch, EpochBar()], enable_progress_bar=False,
        enable_model_summary=False, num_sanity_val_steps=0,
    )  # fmt: skip
    trainer.fit(module, _batches(train, cfg.size, cfg.seed), _batches(held, cfg.size, None))
    module.load_state_dict(torch.load(best.best_model_path, weights_only=True)["state_dict"])
    Path(best.best_model_path).unlink()
    net.eval()
    losses = watch.frame()
    losses.attrs["mean"] = net.mean_loss(train, held)
    losses.assign(modality=name).to_csv(
        out / CURVES, mode="a", header=not (out / CURVES).is_file(), index=False
    )
    return losses


def _batches(rows: Tensor, size: int, seed: int | None) -> DataLoader[Tensor]:
    """Return a loader of (size, d) batches: shuffled by ``seed``, or in order."""
    whole = TensorDataset(rows)
    if seed is None:
        order: Sampler[int] = SequentialSampler(whole)
    else:
        order = RandomSampler(whole, generator=torch.Generator().manual_seed(seed))
    # A batch of row numbers indexes the tensor once, which is much faster than row by row.
    batches = BatchSampler(order, size, drop_last=False)
    return DataLoader(whole, sampler=batches, batch_size=None, collate_fn=_first)  # type: ignore[arg-type]


def _first(row: Any) -> Any:
    """Take a batch out of the one-element tuple of a ``TensorDataset``."""
    return row[0]


def _done(out: Path, name: str, asked: str) -> dict[str, Any] | None:
    path = out / SUMMARY
    if not path.is_file() or not (out / f"{name}.ckpt").is_file():
        return None
    found: dict[str, Any] = json.loads(path.read_text()).get(name, {})
    return found if found.get("asked") == asked else None


def _take_best(cfg: DictConfig) -> None:
    """Let ``width``, ``latent`` and ``size`` be those of the sweep's run of least loss."""
    folder, names = Path(cfg.best_of), [str(name) for name in cfg.modality]
    done = [json.loads(path.read_text()) for path in sorted(folder.glob(f"*/{SUMMARY}"))]
    found = [d for d in done if all(name in d for name in names)]
    if not found:
        raise MmdrpError(f"best_of={folder}: holds no finished run of {', '.join(names)}")
    best = min(found, key=lambda d: sum(float(d[n]["validation_loss"]) for n in names))
    for key, value in best[names[0]]["choice"].items():
        cfg[key] = value
    log.info("best of %d runs: %s", len(found), best[names[0]]["choice"])


def _said(found: dict[str, Any]) -> str:
    return (
        f"{found['samples']} samples x {found['features']} features, {found['epochs']} epochs, "
        f"validation loss {found['validation_loss']:.4f} (predicting each feature's mean: "
        f"{found['mean_loss']:.4f}), {found['seconds']:.0f} s"
    )
