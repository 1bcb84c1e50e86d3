"""Drugs as graphs: an attentive message-passing encoder in plain torch.

AttentiveFP (Xiong et al. 2020): atoms gather from their neighbours by attention and a gated
recurrent unit, then a molecule gathers from its atoms in the same way.
"""

from typing import Annotated, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout as drop
from torch.nn.functional import elu, leaky_relu, relu

from mmdrp.batch import MolBatch
from mmdrp.errors import MmdrpError
from mmdrp.nn.encoder import Chance, LinearEncoder
from mmdrp.options import Range, Units

SLOPE = 0.01
"""of the leaky rectifier, as published"""


class AsDrawn(nn.Module):
    """Stands where a table has its scaling: a graph's flags and small counts are used as they are.

    ``input_dim`` counts the columns of atoms and bonds together, ``kept`` those of atoms.
    """

    def __init__(self, input_dim: int, kept: int) -> None:
        super().__init__()
        self.keep = range(kept)
        self.output_dim = (kept, input_dim - kept)

    def forward(self, x: MolBatch) -> MolBatch:
        """Return the molecules as they are."""
        return x


class Attend(nn.Module):
    """One round of attention over groups, then a gated update of what each group knows.

    ``score`` weighs (group, member), ``value`` is what a member hands over (equations 2-6).
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.mine = nn.Linear(dim, 1, bias=False)
        self.theirs = nn.Linear(dim, 1, bias=False)
        self.value = nn.Linear(dim, dim)
        self.update = nn.GRUCell(dim, dim)

    def forward(self, h: Tensor, member: Tensor, source: Tensor, group: Tensor, p: float) -> Tensor:
        """Update ``h`` (g, d) from ``member`` (m, d): pair i joins ``source[i]``, ``group[i]``."""
        score = self.theirs(member).squeeze(1)[source] + self.mine(h).squeeze(1)[group]
        share = group_softmax(leaky_relu(score, SLOPE), group, len(h))
        share = drop(share, p, self.training)
        # Linear, and shares come first: one product per group instead of one per pair.
        given = share[:, None] * member[source]
        mixed = given.new_zeros(len(h), given.shape[1]).index_add(0, group, given)
        total = share.new_zeros(len(h)).index_add(0, group, share)
        context = elu(mixed @ self.value.weight.T + total[:, None] * self.value.bias)
        return relu(self.update(context, h))


class GraphEncoder(nn.Module):
    """Molecules -> (u, output_dim): ``layers`` rounds between atoms, ``steps`` of read-out.

    ``input_dim`` are the columns of atoms and of bonds. There is no affine ``project``, so
    attribution holds a drug in this form fixed.
    """

    def __init__(
        self,
        input_dim: tuple[int, int],
        hidden: Units = 64,
        output_dim: Units = 64,
        layers: Annotated[int, Range(least=1, most=100)] = 2,
        steps: Annotated[int, Range(least=1, most=100)] = 2,
        dropout: Chance = 0.3,
    ) -> None:
        super().__init__()
        for name, given in (("hidden", hidden), ("layers", layers), ("steps", steps)):
            if given < 1:
                raise MmdrpError(f"drug.encoder.{name}={given}: needs at least 1")
        atoms, bonds = input_dim
        self.output_dim, self.dropout = output_dim, dropout
        self.atom = nn.Linear(atoms, hidden)
        self.neighbour = nn.Linear(hidden + bonds, hidden)
        self.between = nn.ModuleList(Attend(hidden) for _ in range(layers))
        self.readout = Attend(hidden)
        self.steps = steps
        self.out = nn.Linear(hidden, output_dim)

    def forward(self, x: MolBatch) -> Tensor:
        """Map molecules to embeddings (u, output_dim)."""
        h = self.atoms(x)
        atom = torch.arange(len(h), device=h.device)
        molecule = relu(h.new_zeros(x.size, h.shape[1]).index_add(0, x.molecule, h))
        for _ in range(self.steps):
            molecule = self.readout(molecule, h, atom, x.molecule, self.dropout)
        out: Tensor = self.out(drop(molecule, self.dropout, self.training))
        return out

    def atoms(self, x: MolBatch) -> Tensor:
        """Return what each atom knows after all rounds, (n, hidden)."""
        h = leaky_relu(self.atom(x.atoms), SLOPE)
        start, end = x.edge
        weight = self.neighbour.weight
        known = (h @ weight[:, : h.shape[1]].T)[start]
        bond = x.bonds @ weight[:, h.shape[1] :].T
        # In the first round a neighbour is seen together with the bond that leads there.
        member = leaky_relu(known + bond + self.neighbour.bias, SLOPE)
        here = torch.arange(len(member), device=h.device)
        for i, between in enumerate(self.between):
            h = drop(h, self.dropout, self.training)
            attend = cast(Attend, between)
            h = (
                attend(h, member, here, end, self.dropout)
                if i == 0
                else attend(h, h, start, end, self.dropout)
            )
        return h

    @property
    def project(self) -> nn.Linear:
        """Refuse: no affine map stands in front of a graph."""
        raise MmdrpError(
            "structure=true: a drug given as a graph (drug=graph) has no columns to attribute; "
            "leave structure=false, or train with a fingerprint"
        )


class NameEncoder(LinearEncoder):
    """One embedding per drug of training; ``unknown`` is the chance to be hidden in a step.

    The network then learns what to say of a drug whose name it has never seen.
    """

    def __init__(self, input_dim: int, output_dim: Units = 64, unknown: Chance = 0.05) -> None:
        if not 0 <= unknown < 1:
            raise MmdrpError(f"drug.encoder.unknown={unknown}: choose a share from 0 to below 1")
        super().__init__(input_dim, output_dim)
        self.unknown = unknown


def group_softmax(score: Tensor, group: Tensor, groups: int) -> Tensor:
    """Return the softmax of ``score`` (m,) within each group, (m,); groups may be empty."""
    most = score.new_full((groups,), -torch.inf)
    most = most.scatter_reduce(0, group, score.detach(), "amax")
    weight = (score - most[group]).exp()
    total = score.new_zeros(groups).index_add(0, group, weight)
    return weight / total[group]
