"""Encoders: one affine map of the standardised input, then the rest.

The split matters: up to the first activation a straight path in the input is a straight path in
``project``'s output, so exact integrated gradients need only ``trunk`` on the path.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Literal, Protocol

import torch
from torch import Tensor, nn

from mmdrp.errors import MmdrpError
from mmdrp.options import Range, Units


class Encoder(Protocol):
    """What a pluggable encoder offers; it is an ``nn.Module`` built with ``input_dim`` first."""

    project: nn.Linear
    output_dim: int

    def trunk(self, h: Tensor) -> Tensor:
        """Map ``project``'s output (u, hidden) to the embedding (u, output_dim)."""
        ...

    def forward(self, x: Tensor) -> Tensor:
        """Map the standardised input (u, d) to the embedding (u, output_dim)."""
        ...


Activation = Literal["silu", "gelu", "relu"]
Chance = Annotated[float, Range(least=0, below=1)]
ACTIVATIONS: dict[str, type[nn.Module]] = {"silu": nn.SiLU, "gelu": nn.GELU, "relu": nn.ReLU}


class MLPEncoder(nn.Module):
    """A multi-layer perceptron; ``input_dropout`` hides features, ``dropout`` hidden units.

    The default activation is smooth, so that a path integral over it converges in few steps.
    """

    def __init__(
        self,
        input_dim: int,
        hidden: Sequence[Units] = (256,),
        output_dim: Units = 64,
        dropout: Chance = 0.3,
        input_dropout: Chance = 0.2,
        activation: Activation = "silu",
    ) -> None:
        super().__init__()
        act = activation_of(activation)
        widths = [*hidden, output_dim]
        self.output_dim = output_dim
        self.input_dropout = nn.Dropout(input_dropout)
        self.project = nn.Linear(input_dim, widths[0])
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [act(), nn.Dropout(dropout), nn.Linear(before, after)]
        self._trunk = nn.Sequential(*layers, act())

    def trunk(self, h: Tensor) -> Tensor:
        """Map ``project``'s output (u, hidden[0]) to the embedding (u, output_dim)."""
        out: Tensor = self._trunk(h)
        return out

    def forward(self, x: Tensor) -> Tensor:
        """Map the standardised input (u, d) to the embedding (u, output_dim)."""
        return self.trunk(self.project(self.input_dropout(x)))


class LinearEncoder(nn.Module):
    """One affine map and nothing else: what a modality says additively."""

    def __init__(self, input_dim: int, output_dim: Units = 64, input_dropout: Chance = 0.2) -> None:
        super().__init__()
        self.output_dim = output_dim
        self.input_dropout = nn.Dropout(input_dropout)
        self.project = nn.Linear(input_dim, output_dim)

    def trunk(self, h: Tensor) -> Tensor:
        """Return ``h`` (u, output_dim)."""
        return h

    def forward(self, x: Tensor) -> Tensor:
        """Map the standardised input (u, d) to the embedding (u, output_dim)."""
        out: Tensor = self.project(self.input_dropout(x))
        return out


def activation_of(name: str) -> type[nn.Module]:
    """Return an activation by name."""
    if name not in ACTIVATIONS:
        raise MmdrpError(f"activation={name}: choose among: {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]


def mlp(widths: Sequence[int], dropout: float, activation: str = "silu") -> nn.Sequential:
    """Return linear layers of these widths with an activation and dropout between them."""
    act = activation_of(activation)
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), act(), nn.Dropout(dropout)]
    return nn.Sequential(*layers[:-2])


def scatter(z: Tensor, present: Tensor) -> Tensor:
    """Put embeddings of present entities (p, d) into rows of (u, d), zeros elsewhere."""
    out = z.new_zeros(len(present), z.shape[1])
    return torch.index_put(out, (present,), z)
