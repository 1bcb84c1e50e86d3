"""How a network starts: drawn weights, pre-trained encoders, components of training rows."""

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

import torch

from mmdrp.data.batches.datamodule import ResponseData
from mmdrp.data.source import Table
from mmdrp.nn.initial import start
from mmdrp.nn.network import ResponseNet
from mmdrp.nn.pca import PCAEncoder
from mmdrp.nn.scale import Standardize
from mmdrp.training.pretraining import reuse
from mmdrp.training.pretraining.encoders import find
from mmdrp.training.pretraining.pretrained import Pretrained
from mmdrp.training.spec import ModelSpec, Spec, TrainSpec


def pretrained_of(spec: Spec, data: ResponseData) -> dict[str, Pretrained]:
    """Read the encoders that ``pretrained`` names.

    Raises MmdrpError where one has seen a line of validation or test and was not allowed to.
    """
    given = find(spec.train.pretrained, spec.data.modalities)
    held = [part.ids.get("cell", frozenset()) for part in (data.fold.validation, data.fold.test)]
    reuse.refuse_held_out(given, held[0] | held[1])
    return given


def adopted(model: ModelSpec, given: Mapping[str, Pretrained]) -> ModelSpec:
    """Return the model whose encoders take the shape of the pre-trained ones."""
    sources = dict(model.sources)
    for name, encoder in given.items():
        own = sources[name]
        sources[name] = replace(own, encoder=reuse.adopt(own.encoder, encoder.encoder))
    return replace(model, sources=sources)


def initialise(
    net: ResponseNet, train: TrainSpec, given: Mapping[str, Pretrained], data: ResponseData
) -> None:
    """Draw the weights as ``init`` says, fit components, copy what was pre-trained."""
    for part in (net.encoder, net.fusion, net.head):
        start(train.init, part)
    for name, encoder in net.encoder.items():
        table, scale = data.dataset.sources[name], cast(Standardize, net.scale[name])
        if isinstance(encoder, PCAEncoder) and isinstance(table, Table):
            rows = torch.from_numpy(table.select(data.train_ids[table.axis]).values)
            encoder.fit(scale(rows))
        if name in given:
            absent = train.pretrained_absent
            reuse.warm_start(encoder, scale, table.features, given[name], absent)
