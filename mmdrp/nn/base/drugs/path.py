"""Integrated gradients of an unseen drug's prediction by what is known of the drug."""

from collections.abc import Mapping

import torch
from torch import Tensor

from mmdrp.nn.base.drugs.choice import summed
from mmdrp.nn.base.drugs.similarity import READS
from mmdrp.nn.base.drugs.sum import DrugSum
from mmdrp.nn.base.path import Rule


def baseline(drug: DrugSum, what: str) -> Tensor:
    """Return the mean row (d,) of the training drugs of what is read as ``what``."""
    part = next(p for n, p in drug.by_name.items() if READS.get(n, n) == what)
    return part.mean()


@torch.no_grad()
def drug_shares(
    drug: DrugSum,
    own: Tensor,
    described: Mapping[str, Tensor],
    what: str,
    start: Tensor,
    points: int,
) -> Tensor:
    """Return integrated gradients (n, d) from ``start`` (d,) to the drug's own row of ``what``.

    ``own`` (n, t) are the lines' responses to the rows of ``drug``; ``described`` (1, d) each is
    what is known of the drug, of which all else stays.
    """
    rule = Rule.of(points, drug.mean)
    end = described[what][0].to(drug.mean)
    reading = {n: p for n, p in drug.by_name.items() if READS.get(n, n) == what}
    residual = own - drug.mean
    by_mean = drug.mean @ drug.effect.residual * drug.nearness(0)
    by_line = residual @ drug.interaction.residual * drug.nearness(1)
    total = torch.zeros(len(own), len(end)).to(drug.mean)
    for point, weight in zip(rule.points, rule.weights, strict=True):
        x = start.to(end) + point * (end - start.to(end))
        _, effect, line, interaction = drug.predicted(own, {**described, what: x[None]})
        of_effect, of_line = drug.second.slopes(effect, line, interaction)
        slopes = {n: p.slope(x) for n, p in reading.items()}
        total += weight * of_effect * (by_mean @ summed(slopes, drug.weight(0)))
        total += weight * of_line * (by_line @ summed(slopes, drug.weight(1)))
    shares: Tensor = (end - start.to(end)) * total
    return shares
