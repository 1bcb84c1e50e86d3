"""How a network starts: drawn weights, encoders of mmdrp pretrain, components of training rows."""

from collections.abc import Mapping
from typing import cast

import torch
from omegaconf import DictConfig

from mmdrp import pretrain
from mmdrp.data.datamodule import ResponseData
from mmdrp.data.source import Table
from mmdrp.nn.initial import start
from mmdrp.nn.network import ResponseNet
from mmdrp.nn.pca import PCAEncoder
from mmdrp.nn.scale import Standardize
from mmdrp.pretrain import Pretrained


def pretrained_of(cfg: DictConfig, data: ResponseData) -> dict[str, Pretrained]:
    """Read the encoders that ``pretrained`` names; the configuration takes their shape.

    Raises MmdrpError where one has seen a line of validation or test and was not allowed to.
    """
    given = pretrain.find(cfg.get("pretrained"), [str(name) for name in cfg.modality])
    held = [part.ids.get("cell", frozenset()) for part in (data.fold.validation, data.fold.test)]
    pretrain.refuse_held_out(given, held[0] | held[1])
    pretrain.adopt(cfg, given)
    return given


def begin(
    net: ResponseNet, cfg: DictConfig, given: Mapping[str, Pretrained], data: ResponseData
) -> None:
    """Draw the weights as ``init`` says, fit components, copy what was pre-trained."""
    for part in (net.encoder, net.fusion, net.head):
        start(cfg.get("init", "default"), part)
    absent = cfg.get("pretrained_absent", "zero")
    for name, encoder in net.encoder.items():
        table, scale = data.dataset.sources[name], cast(Standardize, net.scale[name])
        if isinstance(encoder, PCAEncoder) and isinstance(table, Table):
            rows = torch.from_numpy(table.select(data.roster[table.axis]).values)
            encoder.fit(scale(rows))
        if name in given:
            pretrain.warm_start(encoder, scale, table.features, given[name], absent)
