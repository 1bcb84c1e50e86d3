"""The base fitted again on training and validation, once nothing is left to choose."""

import logging
from pathlib import Path

from omegaconf import DictConfig
from pytorch_lightning import Trainer
from torch import nn

from mmdrp import build
from mmdrp.cli import runs
from mmdrp.data.datamodule import ResponseData
from mmdrp.data.study import Study
from mmdrp.module import ResponseModule

log = logging.getLogger(__name__)


def refitted(
    cfg: DictConfig, out: Path, data: ResponseData, study: Study
) -> tuple[ResponseModule, ResponseData]:
    """Fit the base on training + validation and save it as the run's checkpoint.

    Only for a run that keeps the base alone: a network learned from the leave-one-out residuals of
    the old base, and there is no validation left to stop another one by.
    """
    merged = data.fold.with_validation()
    whole = build.data_of(cfg, study, merged)
    module = build.module_of(cfg, whole, study)
    trainer = Trainer(
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        accelerator="cpu",
        default_root_dir=out,
    )
    trainer.fit_loop.max_epochs = 0
    trainer.fit(module, whole)
    trainer.save_checkpoint(out / runs.MODEL, weights_only=True)
    log.info(
        "The base is fitted again on training and validation, %d examples instead of %d; "
        "validation scores are those of before",
        len(whole.rows["train"]),
        len(data.rows["train"]),
    )
    return module, whole


def kept_alone(module: ResponseModule) -> bool:
    """Return whether the base alone predicts; say what that means for ``refit`` where it does not.

    A silenced network has a last layer of zeros.
    """
    if module.net.guess is None:
        return False
    last = [m for m in module.net.head.modules() if isinstance(m, nn.Linear)][-1]
    alone = not bool(last.weight.any())
    if not alone:
        log.info("refit: the network is kept, so nothing is fitted again")
    return alone
