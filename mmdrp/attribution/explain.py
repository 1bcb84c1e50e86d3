"""A network and its base at the features of lines, ready to explain any drug, block by block."""

from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn

from mmdrp.attribution.methods.base_part import BasePart, BaseParts
from mmdrp.attribution.methods.gradients import GradientShap, at_point
from mmdrp.attribution.methods.integrated import Attribution, mean_of, mean_of_networks
from mmdrp.attribution.methods.projected import ProjectedNetwork, embedded
from mmdrp.attribution.tally import Names
from mmdrp.attribution.target import Options, Target
from mmdrp.data.layout import laid_out
from mmdrp.data.source import Table
from mmdrp.errors import MmdrpError
from mmdrp.nn.network import ResponseNet
from mmdrp.training.selection import is_base_only

Held = Mapping[str, Tensor]
"""embeddings that stay as they are, by source"""


class Explainer:
    """Explains drugs one by one over the lines of ``tables``; a drug itself stays as it is.

    What does not depend on the drug is computed once: standardised features, projections, moments
    of the base. Memory is that of the features, four times, and of ``block`` lines x features on
    top.
    """

    def __init__(
        self,
        net: ResponseNet,
        tables: Mapping[str, Table],
        cells: Sequence[str],
        options: Options | None = None,
    ) -> None:
        self.net, self.tables = net.eval(), tables
        self.options = options or Options()
        self.cells = list(cells)
        self._place = {c: i for i, c in enumerate(self.cells)}
        reads = self.net.offset is not None and self.options.base
        lines = [s for s in tables if net.axis[s] == "cell"]
        self.sources = [s for s in lines if s in net.encoder or reads]
        self.inputs, self.present = laid_out({s: tables[s] for s in self.sources}, self.cells)
        self.is_base_only = is_base_only(net)
        self.names = Names(self.features)
        signed = self.options.method.name not in ("saliency", "shapley")
        self.above = above_mean(self.inputs, self.present) if signed else None
        if self.is_base_only and not self.options.base:
            raise MmdrpError(
                "part=network: this model kept its base alone, so its network explains nothing"
            )
        self._units: dict[str, Tensor] = {}
        self._start: tuple[str, ...] | None = None

    @property
    def features(self) -> dict[str, list[str]]:
        """Return the names of what is attributed, per source."""
        if self.options.method.name == "shapley":
            return {s: [s] for s in self.sources}
        return {s: list(self.tables[s].features) for s in self.sources}

    def rows(self, cells: Sequence[str]) -> Tensor:
        """Return the place of each line among the explainer's, (n,)."""
        return torch.tensor([self._place[c] for c in cells], dtype=torch.int64)

    def blocks(self, target: Target) -> Iterator[tuple[Tensor, Attribution]]:
        """Yield rows (b,) and attributions of the drug, some lines at a time."""
        self._begin(target)
        weights, fixed = self._weights(target), self._fixed(target)
        for rows in torch.split(self.rows(target.cells), self.options.block):
            if isinstance(self.options.method, GradientShap):
                yield rows, self._drawn(target, rows, weights, fixed)
                continue
            taken = self._taken(self.projected, rows, target, fixed)
            network = mean_of_networks([self.options.method(view) for view in taken])
            base = self.base_part(weights, rows) if self.base_part and weights is not None else None
            yield rows, self._joined(network, base, rows)

    def _drawn(
        self, target: Target, rows: Tensor, weights: Tensor | None, fixed: Sequence[Held]
    ) -> Attribution:
        """Average over draws of a baseline line and a point on its path."""
        method = self.options.method
        assert isinstance(method, GradientShap)
        pool = self.options.baseline.pool(self.tables, self.sources, target.reference)
        everyone, parts = torch.arange(len(rows)), []
        for which, point in zip(*method.draws(pool.lines), strict=True):
            start = {s: v[which] for s, v in pool.values.items()}
            taken = self._taken(self._projected(start, rows), everyone, target, fixed)
            network = mean_of_networks([at_point(view, point) for view in taken])
            part = self._base(start, rows, point)
            base = part(weights, everyone) if part and weights is not None else None
            parts.append(self._joined(network, base, rows))
        return mean_of(parts)

    def _begin(self, target: Target) -> None:
        """Take up the baseline: once, or for each drug where it has its own."""
        key = (target.drug,) if self.options.baseline.per_drug else ()
        if self._start == key:
            return
        self._start = key
        start = self.options.baseline.of(self.tables, self.cells, target.reference)
        self.start = {s: b for s, b in start.items() if s in self.sources}
        self.projected, self.base_part = self._projected(self.start), self._base(self.start)

    def _projected(
        self, start: Mapping[str, Tensor], rows: Tensor | None = None
    ) -> list[ProjectedNetwork]:
        if self.is_base_only:
            return []
        some = slice(None) if rows is None else rows
        inputs = {s: self.inputs[s][some] for s in self.sources if s in self.net.encoder}
        here = {s: self.present[s][some] for s in inputs}
        return [ProjectedNetwork.of(n, inputs, here, 0, (), start) for n in self.net.networks]

    def _taken(
        self, views: Sequence[ProjectedNetwork], rows: Tensor, target: Target, fixed: Sequence[Held]
    ) -> list[ProjectedNetwork]:
        """Return some lines of each network's view, the drug beside them."""
        return [
            view.take(
                rows, target.output_index, {s: z.expand(len(rows), -1) for s, z in held.items()}
            )
            for view, held in zip(views, fixed, strict=True)
        ]

    def _base(
        self, start: Mapping[str, Tensor], rows: Tensor | None = None, point: float | None = None
    ) -> BaseParts | None:
        offset = self.net.offset
        if offset is None or not self.options.base:
            return None
        some = slice(None) if rows is None else rows
        lines = {s: self.inputs[s][some] for s in offset.cells}
        here = {s: self.present[s][some] for s in offset.cells}
        method = self.options.method
        return BaseParts(
            [BasePart(base, lines, here, start, method, point) for base in offset.bases]
        )

    def _weights(self, target: Target) -> Tensor | None:
        """Return the weight of each task of the bases in the drug's prediction, (t + m,)."""
        offset = self.net.offset
        if offset is None or not self.options.base:
            return None
        tasks = sum(len(base.mean) for base in offset.bases)
        if target.base_index >= 0:
            if offset.pair is not None:
                return offset.pair.slopes(target.base_index)
            return nn.functional.one_hot(torch.tensor(target.base_index), tasks).float()
        return unseen(self.net, self.compared(target))

    def compared(self, target: Target) -> dict[str, Tensor]:
        """Return what the base compares the drug by, (1, d) each."""
        offset = self.net.offset
        assert offset is not None
        told = self.described(target)
        return offset.described(
            {s: x for s, (x, _) in told.items()}, {s: p for s, (_, p) in told.items()}
        )

    def described(self, target: Target) -> dict[str, tuple[Tensor, Tensor]]:
        """Return features (1, d) and presence of each source of the drug."""
        tables = {s: t for s, t in self.tables.items() if self.net.axis[s] == "drug"}
        inputs, present = laid_out(tables, [target.drug])
        return {s: (x, present[s]) for s, x in inputs.items()}

    def _fixed(self, target: Target) -> list[Held]:
        """Return each network's embedding of the drug."""
        if self.is_base_only:
            return []
        drug = {s: given for s, given in self.described(target).items() if s in self.net.encoder}
        return [
            {s: embedded(net, s, x, here) for s, (x, here) in drug.items()}
            for net in self.net.networks
        ]

    def _joined(
        self, network: Attribution | None, base: Attribution | None, rows: Tensor
    ) -> Attribution:
        """Add both parts over all features; a source neither reads gets zero."""
        shapley, values = self.options.method.name == "shapley", {}
        zero = torch.zeros(len(rows))
        gap, change = zero, zero
        for source in self.sources:
            width = 1 if shapley else self.inputs[source].shape[1]
            own = None if base is None else base.values.get(source)
            if own is not None and self.options.method.name == "saliency":
                own = own * self._unit(source)  # the network's slopes are per deviation already
            values[source] = own if own is not None else torch.zeros(len(rows), width)
            if network is not None and source in network.values:
                keep = torch.zeros(1, dtype=torch.int64) if shapley else self._keep(source)
                values[source].index_add_(1, keep, network.values[source])
        for part in (network, base):
            if part is not None:
                gap, change = gap + part.gap, change + part.change
        if self.options.method.name == "saliency":
            values = {s: v.abs_() for s, v in values.items()}
            gap = torch.full_like(gap, torch.nan)
        return Attribution(values, gap, change)

    def _keep(self, source: str) -> Tensor:
        keep: Tensor = self.net.scale[source].keep  # type: ignore[assignment]
        return keep

    def _unit(self, source: str) -> Tensor:
        """Return each feature's standard deviation (d,): that of training where the network has it.

        Elsewhere it is that of the lines at hand.
        """
        if source not in self._units:
            rows = self.inputs[source][self.present[source]]
            mean = rows.nanmean(0)
            unit = torch.nan_to_num(((rows - mean) ** 2).nanmean(0).sqrt())
            if source in self.net.scale:
                scale: Tensor = self.net.scale[source].scale  # type: ignore[assignment]
                unit[self._keep(source)] = scale
            self._units[source] = unit
        return self._units[source]


@torch.no_grad()
def unseen(net: ResponseNet, described: Mapping[str, Tensor]) -> Tensor:
    """Return the weight of each training drug in the prediction of one never screened, (t,).

    The prediction is affine in those of the training drugs; the weights are its slopes.
    """
    assert net.offset is not None
    assert net.offset.pair is not None
    drug = net.offset.pair.drug
    eye = torch.eye(len(drug.mean), dtype=drug.mean.dtype)
    none = torch.zeros_like(eye)
    slopes: Tensor = drug(eye, described) - drug(none, described)
    return slopes[:, 0]


def above_mean(inputs: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Tensor:
    """Return 1 where a feature is above its mean over the lines, -1 below, 0 unmeasured, (n, d)."""
    parts = []
    for source, x in inputs.items():
        read = torch.where(present[source][:, None], x, torch.nan)
        parts.append(torch.sign(read - read.nanmean(0)).nan_to_num_())
    return torch.cat(parts, dim=1)
