"""Screens of further studies as tensors beside the training responses."""

import torch
from torch import Tensor

from mmdrp.data.batches.datamodule import ResponseData
from mmdrp.data.further.screen import Screen
from mmdrp.data.layout import laid_out
from mmdrp.nn.base.drugs import rows
from mmdrp.nn.offset import Offset


def screens_as_tensors(offset: Offset, data: ResponseData, together: bool) -> list[rows.Screen]:
    """Return what further studies measured in the training lines, and what their drugs are.

    ``together``: a training drug is left out with its responses there.
    """
    return [_screen(offset, data, screen, together) for screen in data.screens]


def _screen(offset: Offset, data: ResponseData, screen: Screen, together: bool) -> rows.Screen:
    lines, own, drugs = data.train_ids["cell"], data.train_ids["drug"], screen.drugs
    wide = screen.response.pivot(index="cell", columns="drug", values="value")
    wide = wide.reindex(index=lines, columns=drugs)
    sources = {source: screen.sources[source] for source in offset.compared.values()}
    described = offset.described(*laid_out(sources, drugs))
    y = torch.from_numpy(wide.to_numpy("float32").copy())
    return rows.Screen(y, described, _same(own, screen) & together)


def _same(own: list[str], screen: Screen) -> Tensor:
    """Return which training drugs (t) are which of the screen's (m), bool."""
    pairs = set(screen.same.itertuples(index=False, name=None))
    return torch.tensor([[(a, b) in pairs for b in screen.drugs] for a in own])
