"""Encoders from samples without responses, tumours above all: an autoencoder per modality."""

import logging
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import torch
from pytorch_lightning import seed_everything
from torch import Tensor

from mmdrp.data.shared import shared
from mmdrp.data.source import Table
from mmdrp.data.split import Fold
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.io.folder import RESUME, held_by
from mmdrp.nn.autoencoder import Autoencoder, Objective, Output
from mmdrp.nn.encoder import Activation, Chance
from mmdrp.nn.initial import start
from mmdrp.options import Count, Range, Share, Units, checked
from mmdrp.registry import Part, build, maker, part
from mmdrp.training.fit import check_trainer, quiet
from mmdrp.training.modalities import Shared, modality_spec
from mmdrp.training.pretraining.autoencode import Schedule, fit_autoencoder
from mmdrp.training.pretraining.encoders import Encoders
from mmdrp.training.pretraining.folder import asked_of, finished, write
from mmdrp.training.pretraining.pretrained import Pretrained
from mmdrp.training.pretraining.samples import Samples, visible_samples
from mmdrp.training.spec import SourceSpec, TrainerSpec

log = logging.getLogger(__name__)

Choice = str | Mapping[str, Any] | Part


@dataclass(frozen=True)
class Architecture:
    """What is built around the encoder of each modality."""

    activation: Activation
    dropout: float
    output: Output
    objective: Objective
    init: str


@checked
def pretrain(
    study: Study | Mapping[str, Any],
    *,
    modalities: Sequence[str] | Mapping[str, SourceSpec] = ("mutation_raw", "expression"),
    shared_with: Study | str | Path | None = None,
    min_shared: Count = 10,
    width: Sequence[Units] = (1024, 256),
    latent: Units = 64,
    activation: Activation = "relu",
    init: Literal["default", "he"] = "default",
    dropout: Chance = 0.0,
    input_dropout: Chance = 0.0,
    objective: Objective = "mse",
    output: Output = "linear",
    size: Count = 128,
    patience: Count = 3,
    validation: Share = 0.1,
    optimizer: Choice = "adam",
    max_epochs: Count = 20,
    trainer: Mapping[str, Any] | None = None,
    fold: int | Fold | str | Path = 0,
    split: Choice = "cell",
    measure: str = "ic50",
    lines: Sequence[str] | str | None = None,
    held_out: bool = False,
    seed: Annotated[int, Range(least=0)] = 0,
    out: str | Path | None = None,
) -> Encoders:
    """Learn an autoencoder per modality (Chiu et al. 2019); return the encoders.

    ``study`` is a study, or modality -> data frame (samples x features) or AnnData. ``modalities``
    are names, ``mutation_raw`` being mutations as 0 and 1, unscaled; or modality -> `SourceSpec`.
    With ``shared_with``, a study or its folder, only features that it has too are learned; a
    modality with fewer than ``min_shared`` of them is refused.

    An encoder has hidden layers of ``width`` and a bottleneck of ``latent``; the decoder has them
    reversed. ``objective="bce"`` is for 0/1 data. A share ``validation`` of the samples chooses the
    epoch. ``trainer`` takes further options of `TrainerSpec`, such as ``accelerator``.

    Of a study with responses only the lines are seen that a fold trains on: ``fold`` is a `Fold`,
    its file, or a number, for which ``split`` draws it over ``lines`` (None: all) with a response
    ``measure``. ``held_out=True`` lets all be seen; scores of models that start there are too good.

    With ``out``, a folder, each encoder is written when it is done, and those that the folder has
    already, learned with the same options from the same values, are read instead of learned again;
    one that was interrupted goes on after its last whole epoch.

    Raises OptionError (a ValueError) for an argument, MmdrpError for data that cannot be used.
    """
    quiet()
    chosen = _sources(modalities, Shared(width, latent, dropout, input_dropout, activation))
    samples = visible_samples(study, list(chosen), held_out, (fold, split, measure, lines, seed))
    tables = shared(samples.tables, shared_with, min_shared)
    built = Architecture(activation, dropout, output, objective, init)
    chosen_optimizer, spec = part("optimizer", optimizer), _trainer(max_epochs, trainer)
    schedule = Schedule(
        maker("optimizer", chosen_optimizer), spec, size, patience, validation, seed
    )
    options = {
        "seed": seed, "size": size, "patience": patience, "validation": validation,
        "optimizer": chosen_optimizer.plain(), "trainer": vars(spec), **vars(built),
    }  # fmt: skip
    choice = {"width": list(width), "latent": latent, "size": size}
    done: dict[str, Pretrained] = {}
    with held_by("pretrain", out) as folder:
        for name, table in tables.items():
            asked = asked_of(options, chosen[name], samples.study, table)
            encoder = None if folder is None else finished(folder, name, asked)
            if encoder is None:
                notes = {"choice": choice, "asked": asked}
                state = None if folder is None else (folder / RESUME / name, asked)
                own = chosen[name]
                encoder = _learned(name, table, own, samples, built, schedule, notes, state)
                if folder is not None:
                    write(folder, encoder)
                    shutil.rmtree(folder / RESUME / name, ignore_errors=True)
            done[name] = encoder
    return Encoders(done)


def _sources(
    modalities: Sequence[str] | Mapping[str, SourceSpec], common: Shared
) -> dict[str, SourceSpec]:
    if isinstance(modalities, str):
        raise OptionError(f"modalities={modalities}: give a list, such as [{modalities!r}]")
    if not modalities:
        raise OptionError("modalities=[]: choose at least one modality")
    if isinstance(modalities, Mapping):
        return dict(modalities)
    return dict(modality_spec(str(name), "mlp", common) for name in modalities)


def _trainer(max_epochs: int, given: Mapping[str, Any] | None) -> TrainerSpec:
    options = {"gradient_clip_val": None, **(given or {})}
    known = [name for name in TrainerSpec.__dataclass_fields__ if name != "max_epochs"]
    if unknown := [name for name in options if name not in known]:
        raise OptionError(
            f"trainer.{unknown[0]}: there is no such option; it has: {', '.join(known)}"
        )
    spec = TrainerSpec(max_epochs=max_epochs, **options)
    check_trainer(spec)
    if spec.devices != 1 or spec.num_nodes != 1 or spec.strategy != "auto":
        raise OptionError("trainer.devices: an autoencoder is learned on one device")
    return spec


def _learned(
    name: str,
    table: Table,
    source: SourceSpec,
    samples: Samples,
    built: Architecture,
    schedule: Schedule,
    notes: Mapping[str, Any],
    state: tuple[Path, str] | None,
) -> Pretrained:
    """Learn one modality; ``notes`` are kept in its summary."""
    seed_everything(schedule.seed, workers=True, verbose=False)
    started = time.monotonic()
    # Torch shares memory only with arrays it may write to, which a frame's may not be.
    x = torch.from_numpy(np.require(table.values, requirements="W"))
    net = _network(name, x, source, built)
    net.check(x)
    losses, mean_loss = fit_autoencoder(net, x, name, schedule, state)
    best = losses.iloc[int(losses["validation"].argmin())]
    summary = {
        "samples": len(table.ids), "features": net.scale.output_dim, "epochs": len(losses),
        "best_epoch": int(best["epoch"]), "validation_loss": float(best["validation"]),
        "mean_loss": mean_loss, "seconds": round(time.monotonic() - started, 1), **notes,
    }  # fmt: skip
    return Pretrained(
        modality=name, study=samples.study, ids=frozenset(table.ids),
        features=[str(table.features[int(j)]) for j in net.scale.keep],
        held_out_allowed=samples.held_out_allowed, encoder=source.encoder,
        weights=net.encoder.state_dict(), decoder=net.decoder.state_dict(),
        scale=net.scale.state_dict(), losses=losses.assign(modality=name), summary=summary,
    )  # fmt: skip


def _network(name: str, x: Tensor, source: SourceSpec, built: Architecture) -> Autoencoder:
    """Fit the scaling on the rows (n, d) and build the autoencoder on it."""
    if not len(x):
        raise MmdrpError(f"{name}: no sample that may be seen has it")
    scale = build("scale", source.scale, input_dim=x.shape[1]).fit(x)
    if not scale.output_dim:
        raise MmdrpError(f"{name}: the filters keep no feature; loosen its scale")
    encoder = build("encoder", source.encoder, input_dim=scale.output_dim)
    net = Autoencoder(
        scale, encoder, built.activation, built.dropout, built.output, built.objective
    )
    start(built.init, net)
    return net
