"""Shapley values of whole modalities: exact over every subset of a line's modalities."""

from collections.abc import Callable, Mapping, Sequence
from math import factorial

import torch
from torch import Tensor

from mmdrp.attribution.methods.integrated import At, Attribution
from mmdrp.attribution.methods.projected import ProjectedNetwork
from mmdrp.batch import TISSUE
from mmdrp.errors import MmdrpError
from mmdrp.nn.base.fitted import Base
from mmdrp.nn.base.kernel import Kernel

MAX_MODALITIES = 12  # 4096 subsets


class Shapley:
    """A modality's mean effect over all orders in which modalities may be added (Shapley 1953).

    A modality that is not added yet is missing, ``present=False``, which every fusion knows: no
    value stands in for it. So a line without a modality gets exactly zero for it.
    """

    name, complete = "shapley", True
    base: At | None = "input"

    @torch.no_grad()
    def __call__(self, view: ProjectedNetwork) -> Attribution:
        """Return one value per line and source, (n, 1)."""
        z = view.embeddings(view.tensors())

        def predicted(sources: frozenset[str]) -> Tensor:
            here = {
                s: p if s in sources or s in view.held else torch.zeros_like(p)
                for s, p in view.present.items()
            }
            return view.net.join(z, here)[:, view.task].double()

        shares = exact(view.sources, predicted)
        values = {
            s: torch.where(view.present[s], v, 0.0).float()[:, None] for s, v in shares.items()
        }
        change = predicted(frozenset(view.sources)) - predicted(frozenset())
        return Attribution.summed(values, change.float())


def exact(players: Sequence[str], value: Callable[[frozenset[str]], Tensor]) -> dict[str, Tensor]:
    """Return the Shapley value of each player; ``value`` is asked once per subset.

    >>> worth = lambda inside: torch.tensor(float(len(inside) == 2))
    >>> exact(["a", "b"], worth)
    {'a': tensor(0.5000), 'b': tensor(0.5000)}
    """
    if len(players) > MAX_MODALITIES:
        raise MmdrpError(
            f"shapley: {len(players)} modalities make {2 ** len(players)} subsets; at most "
            f"{MAX_MODALITIES} modalities can be told apart"
        )
    k, out = len(players), dict[str, Tensor]()
    for mask in range(2**k):
        inside = [p for i, p in enumerate(players) if mask >> i & 1]
        v, size = value(frozenset(inside)), len(inside)
        for player in players:
            if player in inside:
                weight = factorial(size - 1) * factorial(k - size) / factorial(k)
            else:
                weight = -factorial(size) * factorial(k - size - 1) / factorial(k)
            out[player] = out.get(player, torch.zeros_like(v)) + weight * v
    return out


@torch.no_grad()
def of_base(
    base: Base, inputs: Mapping[str, Tensor], present: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Return the Shapley values (n, t) of each source in the base's prediction of all tasks.

    Kernels and single features add up over sources, but for the product of tissue and one kernel:
    these two share what they make together, every other source has its plain difference.
    """

    def without(*absent: str) -> Tensor:
        here = {s: torch.zeros_like(p) if s in absent else p for s, p in present.items()}
        out: Tensor = base(inputs, here)
        return out

    full = without()
    out = {s: full - without(s) for s in inputs}
    other = base.tissue_of if isinstance(base, Kernel) else ""
    if TISSUE in inputs and other in inputs:
        neither = without(other, TISSUE)
        together = full - out[other] - out[TISSUE] - neither
        # full - without(a) holds a alone and all of what they make together.
        for source in (other, TISSUE):
            out[source] = out[source] + together / 2
    return out
