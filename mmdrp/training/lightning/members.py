"""Several networks from different starts, whose mean predicts: a deep ensemble."""

import copy
import logging
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pandas as pd
from pytorch_lightning import seed_everything
from pytorch_lightning.loggers import Logger

from mmdrp.data.batches.datamodule import ResponseData
from mmdrp.nn.scale import Standardize
from mmdrp.training.factory import network_of
from mmdrp.training.initialise import initialise, pretrained_of
from mmdrp.training.lightning.module import ResponseModule
from mmdrp.training.spec import Spec

log = logging.getLogger(__name__)
APART = 1_000_003
"""between seeds of the networks of one run, so that runs of neighbouring seeds share none"""
State = tuple[Path, str] | None
Fitted = tuple[pd.DataFrame, float | None]


def fit_members(
    spec: Spec, data: ResponseData, module: ResponseModule, fit: Callable[..., Fitted],
    logger: Logger | None, state: State,
) -> Fitted:  # fmt: skip
    """Train the module's network, and further ones on what the same base leaves.

    Their mean predicts from then on. ``fit(train, data, module, logger, state=...)`` trains one,
    and returns its losses and the best: those of the first are returned, others are logged. They
    differ in how their weights begin, in what dropout hides and in the best epoch.
    (Lakshminarayanan et al. 2017.)
    """
    first = fit(spec.train, data, module, logger, state=state)
    given, own, members = pretrained_of(spec, data), module.net, []
    for number in range(1, spec.train.members):
        seed_everything((spec.train.seed + APART * number) % 2**32, workers=True, verbose=False)
        assert module.info is not None
        scale = {n: cast(Standardize, copy.deepcopy(s)) for n, s in own.scale.items()}
        model, response = module.info.spec.model, copy.deepcopy(own.response)
        net = network_of(model, own.axis, scale, response, None)
        initialise(net, spec.train, given, data)
        if own.offset is not None:
            net.zero_init_head()
        further = module.of(net)
        _, loss = fit(spec.train, data, further, state=_beside(state, number))
        log.info("Network %d of %d: validation loss %s", number + 1, spec.train.members, loss)
        members.append(further.net.eval())
    own.members.extend(members)
    return first


def _beside(state: State, number: int) -> State:
    if state is None:
        return None
    folder = state[0] / f"network_{number + 1}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder, state[1]
