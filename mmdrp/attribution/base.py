"""The base's exact attribution, joined to the network's."""

from collections.abc import Mapping

import torch
from torch import Tensor

from mmdrp.attribution.methods import Attribution
from mmdrp.nn.guess import Guess
from mmdrp.nn.network import ResponseNet


def with_base(
    net: ResponseNet,
    learned: Attribution,
    inputs: Mapping[str, Tensor],
    present: Mapping[str, Tensor],
    column: int,
) -> Attribution:
    """Return attributions over all features (n, d) of each source: network plus base.

    ``learned`` is over the features that the network keeps; ``column`` is the drug's in the base.
    Both start at the training mean.
    """
    values = {}
    for source, value in learned.values.items():
        keep: Tensor = net.scale[source].keep  # type: ignore[assignment]
        values[source] = value.new_zeros(len(value), inputs[source].shape[1])
        values[source][:, keep] = value
    if net.guess is None:
        return Attribution(values, learned.gap, learned.change)
    lines = {s: inputs[s] for s in net.guess.cells}
    here = {s: present[s] for s in net.guess.cells}
    shares = net.guess.base.attribute(lines, here, None, column)
    change = _change(net.guess, lines, here, column)
    total = torch.zeros_like(change)
    for source, share in shares.items():
        share = torch.where(here[source].unsqueeze(1), share, 0.0).float()
        values[source] = values[source] + share if source in values else share
        total += share.sum(1)
    return Attribution(values, learned.gap + change - total, learned.change + change)


@torch.no_grad()
def _change(
    guess: Guess, inputs: Mapping[str, Tensor], present: Mapping[str, Tensor], column: int
) -> Tensor:
    """Return the base's prediction minus that at its baseline, (n,)."""
    end = guess.base(inputs, present)[:, column]
    # An unmeasured value stands at its training mean, which is where the path begins.
    start = {s: torch.full_like(x, torch.nan) for s, x in inputs.items()}
    product = getattr(guess.base, "product", None)
    if "tissue" in start and product is not None and product.known.numel():
        measured = torch.isfinite(inputs["tissue"])
        start["tissue"] = torch.where(measured, product.share.to(torch.float32), torch.nan)
    out: Tensor = end - guess.base(start, present)[:, column]
    return out
