"""A small world in which the truth is known."""

from typing import NamedTuple

import torch
from torch import Tensor


class World(NamedTuple):
    inputs: dict[str, Tensor]
    present: dict[str, Tensor]
    y: Tensor

    def take(self, rows: Tensor) -> "World":
        return World(
            {s: x[rows] for s, x in self.inputs.items()},
            {s: p[rows] for s, p in self.present.items()},
            self.y[rows],
        )


def world(
    n: int = 120, tasks: int = 12, genes: int = 30, noise: float = 0.3, gaps: float = 0.2,
    absent: float = 0.1, seed: int = 0,
) -> World:  # fmt: skip
    """Responses linear in expression; mutation 3 adds 3 to task 0; tissue shifts every task."""
    g = torch.Generator().manual_seed(seed)
    tissue = torch.nn.functional.one_hot(torch.randint(0, 4, (n,), generator=g), 4).float()
    expression = torch.randn(n, genes, generator=g) + tissue @ torch.randn(4, genes, generator=g)
    mutation = (torch.rand(n, 20, generator=g) < 0.2).float()
    weight = torch.randn(genes, tasks, generator=g) / genes**0.5
    y = expression @ weight + 2 + torch.arange(tasks)
    y[:, 0] += 3 * mutation[:, 3]
    y += noise * torch.randn(y.shape, generator=g)
    y[torch.rand(y.shape, generator=g) < gaps] = torch.nan
    inputs = {"expression": expression, "mutation": mutation, "tissue": tissue}
    present = {s: torch.rand(n, generator=g) >= absent for s in inputs}
    return World(inputs, present, y)


def mse(pred: Tensor, y: Tensor) -> float:
    """Return the mean squared error of the measured responses."""
    return float(((pred - y)[torch.isfinite(y)] ** 2).mean())
