"""A network and its base at the features of lines, ready to explain any drug, block by block."""

from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn

from mmdrp.attribution.base import BasePart
from mmdrp.attribution.gradients import GradientShap, at_point
from mmdrp.attribution.job import Job, Options
from mmdrp.attribution.methods import Attribution, mean_of
from mmdrp.attribution.tally import Names
from mmdrp.attribution.view import View, embedded
from mmdrp.data.source import Table
from mmdrp.errors import MmdrpError
from mmdrp.nn.network import ResponseNet


class Explainer:
    """Explains drugs one by one over the lines of ``tables``; a drug itself is held fixed.

    What does not depend on the drug is computed once: standardised features, projections, moments
    of the base. Memory is that of the features, four
    times, and of ``block`` lines x features on top.
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
        reads = self.net.guess is not None and self.options.base
        lines = [s for s in tables if net.axis[s] == "cell"]
        self.sources = [s for s in lines if s in net.encoder or reads]
        self.inputs, self.present = _features(tables, self.sources, self.cells)
        self.silent = silent(net)
        self.names = Names(self.features)
        signed = self.options.method.name not in ("saliency", "shapley")
        self.above = above_mean(self.inputs, self.present) if signed else None
        if self.silent and not self.options.base:
            raise MmdrpError(
                "part=network: this run kept its base alone, so its network explains nothing"
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

    def blocks(self, job: Job) -> Iterator[tuple[Tensor, Attribution]]:
        """Yield rows (b,) and attributions of the drug, some lines at a time."""
        self._begin(job)
        weights, held = self._weights(job), self._held(job)
        for rows in torch.split(self.rows(job.cells), self.options.block):
            if isinstance(self.options.method, GradientShap):
                yield rows, self._drawn(job, rows, weights, held)
                continue
            network = None
            if self.view is not None:
                mine = {s: z.expand(len(rows), -1) for s, z in held.items()}
                network = self.options.method(self.view.take(rows, job.task, mine))
            base = self.part(weights, rows) if self.part and weights is not None else None
            yield rows, self._joined(network, base, rows)

    def _drawn(
        self, job: Job, rows: Tensor, weights: Tensor | None, held: Mapping[str, Tensor]
    ) -> Attribution:
        """Average over draws of a baseline line and a point on its path."""
        method = self.options.method
        assert isinstance(method, GradientShap)
        pool = self.options.baseline.pool(self.tables, self.sources, job.reference)
        everyone, parts = torch.arange(len(rows)), []
        for which, point in zip(*method.draws(pool.lines), strict=True):
            start = {s: v[which] for s, v in pool.values.items()}
            view = self._view(start, rows)
            network = None
            if view is not None:
                mine = {s: z.expand(len(rows), -1) for s, z in held.items()}
                network = at_point(view.take(everyone, job.task, mine), point)
            part = self._base(start, rows, point)
            base = part(weights, everyone) if part and weights is not None else None
            parts.append(self._joined(network, base, rows))
        return mean_of(parts)

    def _begin(self, job: Job) -> None:
        """Take up the baseline: once, or for each drug where it has its own."""
        key = (job.drug,) if self.options.baseline.per_drug else ()
        if self._start == key:
            return
        self._start = key
        start = self.options.baseline.of(self.tables, self.cells, job.reference)
        self.start = {s: b for s, b in start.items() if s in self.sources}
        self.view, self.part = self._view(self.start), self._base(self.start)

    def _view(self, start: Mapping[str, Tensor], rows: Tensor | None = None) -> View | None:
        if self.silent:
            return None
        some = slice(None) if rows is None else rows
        seen = {s: self.inputs[s][some] for s in self.sources if s in self.net.encoder}
        here = {s: self.present[s][some] for s in seen}
        return View.of(self.net, seen, here, 0, (), start)

    def _base(
        self, start: Mapping[str, Tensor], rows: Tensor | None = None, point: float | None = None
    ) -> BasePart | None:
        guess = self.net.guess
        if guess is None or not self.options.base:
            return None
        some = slice(None) if rows is None else rows
        lines = {s: self.inputs[s][some] for s in guess.cells}
        here = {s: self.present[s][some] for s in guess.cells}
        return BasePart(guess.base, lines, here, start, self.options.method, point)

    def _weights(self, job: Job) -> Tensor | None:
        """Return the weight of each of the base's tasks in the drug's prediction, (t,)."""
        guess = self.net.guess
        if guess is None or not self.options.base:
            return None
        tasks = len(guess.base.mean)
        if job.column >= 0:
            return nn.functional.one_hot(torch.tensor(job.column), tasks).float()
        counts, here = self.described(job)[guess.structure]
        targets = None if guess.targets is None else self.described(job)[guess.targets][0]
        known = None if targets is None else torch.nan_to_num(targets)
        return unseen(self.net, torch.where(here[:, None], counts, 0.0), known)

    def described(self, job: Job) -> dict[str, tuple[Tensor, Tensor]]:
        """Return features (1, d) and presence of each source of the drug."""
        out = {}
        for source, table in self.tables.items():
            if self.net.axis[source] == "drug":
                row = table.locate([job.drug])
                out[source] = table.take(row), torch.from_numpy(row >= 0)
        return out

    def _held(self, job: Job) -> dict[str, Tensor]:
        if self.silent:
            return {}
        drug = {s: given for s, given in self.described(job).items() if s in self.net.encoder}
        return {s: embedded(self.net, s, x, here) for s, (x, here) in drug.items()}

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
def unseen(net: ResponseNet, fingerprint: Tensor, targets: Tensor | None = None) -> Tensor:
    """Return the weight of each training drug in the prediction of one never screened, (t,).

    The prediction is affine in those of the training drugs; the weights are its slopes.
    """
    assert net.guess is not None
    assert net.guess.pair is not None
    drug = net.guess.pair.drug
    eye = torch.eye(len(drug.mean), dtype=drug.mean.dtype)
    none = torch.zeros_like(eye)
    slopes: Tensor = drug(eye, fingerprint, targets) - drug(none, fingerprint, targets)
    return slopes[:, 0]


def silent(net: ResponseNet) -> bool:
    """Whether the network adds nothing to its base, which alone was kept."""
    last = [m for m in net.head.modules() if isinstance(m, nn.Linear)][-1]
    return net.guess is not None and not bool(last.weight.any())


def above_mean(inputs: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Tensor:
    """Return 1 where a feature is above its mean over the lines, -1 below, 0 unmeasured, (n, d)."""
    parts = []
    for source, x in inputs.items():
        read = torch.where(present[source][:, None], x, torch.nan)
        parts.append(torch.sign(read - read.nanmean(0)).nan_to_num_())
    return torch.cat(parts, dim=1)


def _features(
    tables: Mapping[str, Table], sources: Sequence[str], cells: Sequence[str]
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    inputs, present = {}, {}
    for source in sources:
        rows = tables[source].locate(cells)
        inputs[source] = tables[source].take(rows)
        present[source] = torch.from_numpy(rows >= 0)
    return inputs, present
