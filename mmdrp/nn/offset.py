"""The base as part of a network: its guess for every example of a batch."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from mmdrp.batch import Batch
from mmdrp.nn.base.drug import DrugKernel, PairBase
from mmdrp.nn.base.drugs.sum import DrugSum
from mmdrp.nn.base.fitted import Base
from mmdrp.nn.interval import Interval, Intervals


class Offset(nn.Module):
    """A closed-form base in either layout; ``drug`` (pairs) carries it to drugs never screened.

    A line of training is known by its measured responses, which tell of drugs it never met.
    ``compared`` says by which sources drugs are: structure, embedding, targets, pathways -> source.
    """

    def __init__(
        self,
        axis: Mapping[str, str],
        base: Base,
        drug: DrugKernel | DrugSum | None = None,
        compared: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.compared = dict(compared or {"structure": "drug"})
        self.cells = [source for source, whose in axis.items() if whose == "cell"]
        self.base = base
        self.pair = None if drug is None else PairBase(base, drug)
        self.intervals = Intervals()

    def forward(self, batch: Batch) -> Tensor:
        """Guess the response of each example, (b, t)."""
        inputs = {s: batch.inputs[s] for s in self.cells}
        present = {s: batch.present[s] for s in self.cells}
        cell = batch.index["cell"]
        if self.pair is None:
            panel: Tensor = self.base(inputs, present)
            return panel.index_select(0, cell)
        line, drug = batch.train_index["cell"], batch.train_index["drug"]
        if bool((drug >= 0).all()):  # no structure needed
            table = self.pair.known(self.pair.responses(inputs, present, line))[:, drug]
        else:
            described = self.described(batch.inputs, batch.present)
            table = self.pair(inputs, present, described, line, drug)
        pairs: Tensor = table[cell, batch.index["drug"]]
        return pairs.unsqueeze(1)

    def interval(
        self, batch: Batch, pred: Tensor, level: float, spread: Tensor | None = None
    ) -> Interval | None:
        """Return the intervals of predictions (b, t); None where nothing is known of errors.

        ``spread`` (b, t) is the sd of several networks about their mean.
        """
        if not self.intervals.known:
            return None
        inputs = {s: batch.inputs[s] for s in self.cells}
        present = {s: batch.present[s] for s in self.cells}
        cell = batch.index["cell"]
        if self.pair is None:
            return self._of_panel(inputs, present, cell, pred, level, batch.y, spread)
        line, drug = batch.train_index["cell"], batch.train_index["drug"]
        place = cell, batch.index["drug"]
        table = pred.new_zeros(len(line), len(drug)).index_put(place, pred[:, 0])
        y = torch.full_like(table, torch.nan).index_put(place, batch.y[:, 0].to(table))
        apart = None if spread is None else torch.zeros_like(table).index_put(place, spread[:, 0])
        known = drug >= 0
        whole = table.new_zeros(3, len(line), len(self.base.mean))
        whole[:2, :, drug[known]] = torch.stack([table[:, known], y[:, known]])
        if apart is not None:
            whole[2, :, drug[known]] = apart[:, known]
        of_lines = self.intervals.of_lines(
            self.base, inputs, present, whole[0], level, whole[1],
            None if apart is None else whole[2],
        )  # fmt: skip
        parts = [x[:, drug.clamp(min=0)] for x in of_lines]
        if not bool(known.all()):
            variance = self.pair.drug.variance(self.described(batch.inputs, batch.present))
            of_drugs = self.intervals.of_drugs(table, variance, line >= 0, level, y, apart)
            outside = parts[3]
            parts = [torch.where(known, a, b) for a, b in zip(parts, of_drugs, strict=True)]
            parts[3] = outside
        return Interval(*(x[place].unsqueeze(1) for x in parts))

    def _of_panel(
        self, inputs: Mapping[str, Tensor], present: Mapping[str, Tensor], cell: Tensor,
        pred: Tensor, level: float, y: Tensor, spread: Tensor | None = None,
    ) -> Interval:  # fmt: skip
        lines = pred.new_zeros(len(next(iter(present.values()))), pred.shape[1])
        given = torch.full_like(lines, torch.nan).index_put((cell,), y.to(pred))
        apart = None if spread is None else torch.zeros_like(lines).index_put((cell,), spread)
        lines = lines.index_put((cell,), pred)
        found = self.intervals.of_lines(self.base, inputs, present, lines, level, given, apart)
        return Interval(*(x.index_select(0, cell) for x in found))

    @property
    def bases(self) -> list[Base]:
        """Return the base, then those of further studies."""
        return [self.base] if self.pair is None else self.pair.bases

    def described(
        self, inputs: Mapping[str, Tensor], present: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Return what is known of drugs by what it is, of sources (m, d) and presence (m,)."""
        # A drug without a structure, or a target, has none in common with any other; an embedding
        # of zeros would be one, so it is marked.
        return {
            what: torch.where(
                present[source][:, None],
                inputs[source],
                torch.nan if what == "embedding" else 0.0,
            )
            for what, source in self.compared.items()
        }
