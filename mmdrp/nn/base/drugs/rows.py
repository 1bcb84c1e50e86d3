"""Drugs of further studies as rows beside those of training."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from mmdrp.nn.base.drugs.similarity import READS, Similarity

Described = Mapping[str, Tensor]
"""what is known of drugs: ``structure`` counts (m, bits), ``embedding`` (m, d) with NaN where not
known, ``targets`` and ``pathways`` (m, k) 0/1"""
RHO = (0.85, 0.6)
"""by which kernels between drugs of two studies are multiplied: for mean and interaction"""
NOISE = (0.35, 1.0)
"""penalty of another study's rows: for mean and interaction"""


FEW = 8
"""measured lines that count as much as all other drugs say of a drug of training"""


class Rows(NamedTuple):
    """Drugs of a further study, m rows: means (m,), responses (n, m) of the same lines."""

    mean: Tensor
    responses: Tensor
    described: Described
    same: Tensor
    """(t, m) bool: which of them are the training drugs that are left out with them"""


class Screen(NamedTuple):
    """What a further study measured in the training lines, as tensors."""

    y: Tensor
    """(n, m): NaN where unmeasured"""
    described: Described
    same: Tensor
    """(t, m) bool: which of its drugs are left out together with which of training"""


def places(own: int, further: Sequence[Rows]) -> tuple[Tensor, Tensor]:
    """Return the study of each row (t + m,), and which of them are one drug, (t, t + m)."""
    sizes = [own, *(len(rows.mean) for rows in further)]
    study = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes))
    none = torch.zeros(own, own, dtype=torch.bool)
    return study, torch.cat([none, *(rows.same.to(none.device) for rows in further)], 1)


def extended(
    parts: Mapping[str, Similarity], described: Described, further: Sequence[Rows]
) -> dict[str, Tensor]:
    """Give the kernels further rows; return what is known of all drugs."""
    every = {what: [x.double()] for what, x in described.items()}
    for rows in further:
        for what, x in every.items():
            size = len(rows.mean), x[0].shape[1]
            nothing = torch.full(size, torch.nan if what == "embedding" else 0.0)
            x.append(rows.described.get(what, nothing).to(x[0]))
        for name, part in parts.items():
            part.extend(every[READS.get(name, name)][-1])
    return {what: torch.cat(x) for what, x in every.items()}


def both(
    fingerprint: Tensor | Described, targets: Tensor | None = None
) -> tuple[Tensor, Tensor | None]:
    """Return fingerprint counts and targets, of whatever drugs are described by."""
    if isinstance(fingerprint, Tensor):
        return fingerprint, targets
    return fingerprint["structure"], fingerprint.get("targets")


def named(fingerprint: Tensor | Described, targets: Tensor | None) -> Described:
    """Return what drugs are described by, counts and targets under their names."""
    if not isinstance(fingerprint, Tensor):
        return fingerprint
    known = {} if targets is None else {"targets": targets}
    return {"structure": fingerprint, **known}
