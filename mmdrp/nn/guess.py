"""The base as part of a network: its guess for every example of a batch."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from mmdrp.batch import Batch
from mmdrp.nn.base.drug import DrugKernel, PairBase
from mmdrp.nn.base.fitted import Base


class Guess(nn.Module):
    """A closed-form base in either layout; ``drug`` (pairs) carries it to drugs never screened.

    A line of training is known by its measured responses, which tell of drugs it never met.
    ``structure`` is the source by which drugs are compared, ``targets`` another, where known.
    """

    def __init__(
        self,
        axis: Mapping[str, str],
        base: Base,
        drug: DrugKernel | None = None,
        structure: str = "drug",
        targets: str | None = None,
    ) -> None:
        super().__init__()
        self.structure, self.targets = structure, targets
        self.cells = [source for source, whose in axis.items() if whose == "cell"]
        self.base = base
        self.pair = None if drug is None else PairBase(base, drug)

    def forward(self, batch: Batch) -> Tensor:
        """Guess the response of each example, (b, t)."""
        inputs = {s: batch.inputs[s] for s in self.cells}
        present = {s: batch.present[s] for s in self.cells}
        cell = batch.index["cell"]
        if self.pair is None:
            panel: Tensor = self.base(inputs, present)
            return panel.index_select(0, cell)
        line, drug = batch.known["cell"], batch.known["drug"]
        if bool((drug >= 0).all()):  # no structure needed
            table = self.base(inputs, present)
            table = torch.where(line[:, None] >= 0, self.base.completed[line.clamp(min=0)], table)
            table = table[:, drug]
        else:
            # A drug without a structure, or a target, has none in common with any other.
            counts, targets = (
                None if s is None else _known(batch.inputs[s], batch.present[s])
                for s in (self.structure, self.targets)
            )
            table = self.pair(inputs, present, counts, line, drug, targets)
        pairs: Tensor = table[cell, batch.index["drug"]]
        return pairs.unsqueeze(1)


def _known(x: Tensor, present: Tensor) -> Tensor:
    return torch.where(present[:, None], x, 0.0)
