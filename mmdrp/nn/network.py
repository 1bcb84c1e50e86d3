"""The response network: encoders, a masked fusion, a head."""

import copy
from collections.abc import Mapping
from typing import Any, cast

import torch
from torch import Tensor, nn

from mmdrp.batch import Batch, MolBatch
from mmdrp.nn.base.fitted import children
from mmdrp.nn.encoder import Encoder, scatter
from mmdrp.nn.fusion import ConcatFusion, Fusion
from mmdrp.nn.fusion.masked import pick, total
from mmdrp.nn.offset import Offset
from mmdrp.nn.scale import ResponseScale, Standardize


class ResponseNet(nn.Module):
    """Each distinct entity is encoded once; examples join the embeddings they index.

    ``axis`` names whose features a source holds. The drug is one more source: fusion and head
    never mention it. ``guess`` is the closed-form base that the rest corrects, if there is one; it
    may look at sources without an encoder. ``modality_dropout`` hides a present omics source of a
    line in training with this probability, but never a line's last one. ``cell_fusion`` makes two
    stages of one: a line's omics become one embedding, once per line, which then meets the drug.
    ``members`` are further networks of this kind without a base, whose mean with this one predicts.
    """

    def __init__(
        self,
        axis: Mapping[str, str],
        scale: Mapping[str, Standardize],
        encoder: Mapping[str, nn.Module],
        fusion: Fusion,
        head: nn.Sequential,
        response: ResponseScale,
        modality_dropout: float = 0.0,
        offset: Offset | None = None,
        cell_fusion: Fusion | None = None,
    ) -> None:
        super().__init__()
        self.axis = dict(axis)
        self.scale = nn.ModuleDict(dict(scale))
        self.encoder = nn.ModuleDict(dict(encoder))
        self.fusion = fusion
        self.head = head
        self.response = response
        self.modality_dropout = modality_dropout
        self.offset = offset
        self.cell_fusion = cell_fusion
        self.members = nn.ModuleList()

    def forward(self, batch: Batch) -> Tensor:
        """Predict the response of each example, (b, t)."""
        return self.predicted(batch)[0]

    def predicted(self, batch: Batch) -> tuple[Tensor, Tensor | None]:
        """Return predictions and the sd of the networks about them, (b, t); None where one is."""
        spread = None
        if self.members:
            each = self._each(batch)
            learned, spread = each.mean(0), each.std(0)
        else:
            learned = self._alone(batch)
        return (learned if self.offset is None else learned + self.offset(batch)), spread

    @property
    def networks(self) -> "list[ResponseNet]":
        """Return this network and those beside it, whose mean predicts; only it has the base."""
        return [self, *cast("list[ResponseNet]", list(self.members))]

    def learned(self, batch: Batch) -> Tensor:
        """Return what the networks add to the base, (b, t); the whole where there is none."""
        return self._each(batch).mean(0) if self.members else self._alone(batch)

    def _each(self, batch: Batch) -> Tensor:
        return torch.stack([net._alone(batch) for net in self.networks])

    def _alone(self, batch: Batch) -> Tensor:
        present = self._thinned(batch.present) if self.training else batch.present
        z = {}
        for source in self.encoder:
            here = present[source]
            x = self.scaled(source, batch.inputs[source], here)
            z[source] = scatter(self.encoder[source](x), here)
        z, present = self._staged(z, present)
        index = {source: batch.index[self.axis.get(source, source)] for source in z}
        return self._answered(z, present, index)

    def scaled(self, source: str, x: Tensor | MolBatch, present: Tensor) -> Tensor:
        """Standardise the present rows only, (p, kept): what stands in the others is not read.

        Molecules pass as they are, p of them.
        """
        rows = x.select(present) if isinstance(x, MolBatch) else x[present]
        out: Tensor = self.scale[source](rows)
        return out

    def join(self, z: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Tensor:
        """Predict from per-example embeddings of all sources (b, d_source), (b, t)."""
        return self._answered(*self._staged(z, present), None)

    def _staged(
        self, z: Mapping[str, Tensor], present: Mapping[str, Tensor]
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Fuse a line's omics into the one source "cell", where there are two stages."""
        if self.cell_fusion is None:
            return dict(z), dict(present)
        omics = [s for s in z if self.axis[s] == "cell"]
        rest = [s for s in z if self.axis[s] != "cell"]
        here = {s: present[s] for s in omics}
        fused = self.cell_fusion({s: z[s] for s in omics}, here)
        any_here = torch.stack(list(here.values()), dim=1).any(1)
        return (
            {"cell": fused, **{s: z[s] for s in rest}},
            {"cell": any_here, **{s: present[s] for s in rest}},
        )

    def _answered(
        self,
        z: Mapping[str, Tensor],
        present: Mapping[str, Tensor],
        index: Mapping[str, Tensor] | None,
    ) -> Tensor:
        """Fuse entities into the examples that ``index`` makes of them, and predict."""
        parts = self.fusion.each(z, present)
        if isinstance(self.fusion, ConcatFusion):
            # The head's first layer, too, is then paid per entity and not per pair.
            shares = self.fusion.through(cast(nn.Linear, self.head[0]), parts, present)
            out = self.head[1:](self._summed(shares, index))
        else:
            out = self.head(self.fusion.merge(pick(parts, index), pick(present, index)))
        answer: Tensor = self.response(out)
        return answer

    def _summed(self, shares: Mapping[str, Tensor], index: Mapping[str, Tensor] | None) -> Tensor:
        """Sum the sources of each axis first, then the axes of each example."""
        if index is None:
            return total(shares.values())
        by_axis: dict[str, list[str]] = {}
        for s in shares:
            by_axis.setdefault(self.axis.get(s, s), []).append(s)
        return total(
            total(shares[s] for s in group).index_select(0, index[group[0]])
            for group in by_axis.values()
        )

    @torch.no_grad()
    def zero_init_head(self) -> None:
        """Make the learned part zero: the base alone predicts."""
        self.members = nn.ModuleList()
        last = [m for m in self.head.modules() if isinstance(m, nn.Linear)][-1]
        last.weight.zero_()
        last.bias.zero_()
        self.response.mean.zero_()

    def _load_from_state_dict(
        self, state_dict: Mapping[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        """Make room for the further networks that come."""
        self.members, offset = nn.ModuleList(), self.offset
        self.offset = None
        places = children(state_dict, prefix + "members.")
        alike = [copy.deepcopy(self) for _ in places]
        self.members, self.offset = nn.ModuleList(alike), offset
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)

    def part(self, source: str) -> Encoder:
        """Return a source's encoder with its two steps, ``project`` and ``trunk``."""
        return cast(Encoder, self.encoder[source])

    def _thinned(self, present: Mapping[str, Tensor]) -> dict[str, Tensor]:
        for source, encoder in self.encoder.items():
            if chance := getattr(encoder, "unknown", 0.0):  # of being hidden, to learn that case
                here = present[source]
                seen = torch.rand(here.shape, device=here.device) >= chance
                present = {**present, source: here & seen}
        omics = [s for s in self.encoder if self.axis[s] == "cell"]
        if self.modality_dropout == 0 or len(omics) < 2:
            return dict(present)
        here = torch.stack([present[s] for s in omics], dim=1)
        kept = here & (torch.rand(here.shape, device=here.device) >= self.modality_dropout)
        kept = torch.where(kept.any(1, keepdim=True), kept, here)
        return {**present, **{s: kept[:, i] for i, s in enumerate(omics)}}
