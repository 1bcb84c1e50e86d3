"""Epochs until patience ends: one loop for every network."""

import logging
import os
from pathlib import Path
from typing import Any

import pandas as pd
import torch.distributed as dist
from lightning_fabric.utilities.exceptions import MisconfigurationException
from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import Callback, EarlyStopping
from pytorch_lightning.loggers import Logger
from pytorch_lightning.strategies import DDPStrategy

from mmdrp.errors import OptionError
from mmdrp.io.processes import end_with_parent
from mmdrp.training.lightning.best import MONITOR, BestWeights
from mmdrp.training.lightning.callbacks import EpochBar, EpochLosses
from mmdrp.training.lightning.state import TrainingState
from mmdrp.training.spec import TrainerSpec

log = logging.getLogger(__name__)
LAUNCHERS = ("MASTER_ADDR", "SLURM_JOB_ID", "LSB_JOBID", "KUBERNETES_PORT", "LOCAL_RANK")
"""environment variables that tell a process where the others are"""


def run_epochs(
    spec: TrainerSpec,
    patience: int,
    module: LightningModule,
    *data: Any,
    callbacks: tuple[Callback, ...] = (),
    logger: Logger | None = None,
    state: tuple[Path, str] | None = None,
) -> tuple[pd.DataFrame, float | None]:
    """Train until ``patience`` epochs bring nothing; ``module`` keeps the best weights, on the CPU.

    ``data`` are loaders or a data module. ``state`` is a folder and a fingerprint of all that
    decides the training: it is written there every epoch, and taken up where it was interrupted.
    Returns the losses ``epoch, train, validation`` and the best validation loss.
    """
    best, losses = BestWeights(), EpochLosses()
    own: list[Callback] = [best, EarlyStopping(MONITOR, patience=patience), losses]
    saved = None if state is None else TrainingState(*state)
    if saved is not None and saved.finished:
        log.info("All %d epochs were done already", saved.epoch)
        saved.restore_finished(own, logger)
    else:
        first = [] if saved is None else [saved]
        trainer = trainer_of(spec, logger, *first, *own, *callbacks, EpochBar())
        module.train()
        if os.environ.get("LOCAL_RANK", "0") != "0":  # a further process of a distributed run
            end_with_parent()
        try:
            trainer.fit(module, *data)
        except SystemExit:  # what Lightning makes of Ctrl-C
            if trainer.interrupted:
                raise KeyboardInterrupt from None
            raise
        if dist.is_initialized():  # what follows is for one process, and a sweep starts others
            dist.destroy_process_group()
        log.info("Stopped after %d epochs", trainer.current_epoch)
    module.cpu()
    best.restore(module)
    return losses.frame(), best.score


def trainer_of(spec: TrainerSpec, logger: Logger | None, *callbacks: Callback) -> Trainer:
    """Return Lightning's trainer: silent, ours being the bar, the samplers and the best weights.

    Raises OptionError where the device or precision is not to be had here.
    """
    if spec.num_nodes > 1 and not any(name in os.environ for name in LAUNCHERS):
        raise OptionError(
            f"trainer.num_nodes={spec.num_nodes}: start every node by SLURM or torchrun, which set "
            "MASTER_ADDR; alone, this one would wait for the others"
        )
    try:
        return _trainer(spec, logger, *callbacks)
    except (MisconfigurationException, ImportError, ValueError, TypeError, RuntimeError) as error:
        asked = f"accelerator={spec.accelerator} devices={spec.devices} precision={spec.precision}"
        raise OptionError(f"trainer: {asked}: cannot be had here: {error}") from error


def _trainer(spec: TrainerSpec, logger: Logger | None, *callbacks: Callback) -> Trainer:
    strategy = spec.strategy
    return Trainer(
        max_epochs=spec.max_epochs,
        accelerator=spec.accelerator,
        devices=spec.devices,
        num_nodes=spec.num_nodes,
        precision=spec.precision,
        gradient_clip_val=spec.gradient_clip_val,
        # Buffers are fitted before training and the same everywhere.
        strategy=DDPStrategy(forward_sync_buffers=False) if strategy == "ddp" else strategy,
        use_distributed_sampler=False,  # our samplers share batches among processes themselves
        logger=logger or False,
        callbacks=list(callbacks),
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
    )
