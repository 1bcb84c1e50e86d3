"""Drugs as graphs: a source whose rows are molecules."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mmdrp.batch import MolBatch
from mmdrp.data.chem.graph import Molecule
from mmdrp.data.source import Role, check_source

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Molecules:
    """One molecule per id, kept as one graph over all of them; ``take`` cuts out rows.

    ``atom_features`` and ``bond_features`` name the columns of the two tables.
    """

    axis: str
    ids: Sequence[str]
    molecules: Sequence[Molecule]
    atom_features: Sequence[str]
    bond_features: Sequence[str]
    role: Role = "features"
    _row: dict[str, int] = field(init=False, repr=False, compare=False)
    _all: MolBatch = field(init=False, repr=False, compare=False)
    _atoms: tuple[Rows, Rows] = field(init=False, repr=False, compare=False)
    _edges: tuple[Rows, Rows] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.ids) != len(self.molecules):
            raise ValueError(f"{len(self.ids)} ids for {len(self.molecules)} molecules")
        check_source(self.axis, self.role)
        atoms = np.array([len(m.atoms) for m in self.molecules], dtype=np.int64)
        edges = np.array([len(m.bonds) for m in self.molecules], dtype=np.int64)
        object.__setattr__(self, "_row", {name: i for i, name in enumerate(self.ids)})
        object.__setattr__(self, "_atoms", (np.cumsum(atoms) - atoms, atoms))
        object.__setattr__(self, "_edges", (np.cumsum(edges) - edges, edges))
        object.__setattr__(self, "_all", self._joined(atoms))

    @property
    def features(self) -> list[str]:
        """Return the names of the atoms' columns, then of the bonds'."""
        return [*self.atom_features, *self.bond_features]

    @property
    def dim(self) -> int:
        """Number of features, of atoms and bonds together."""
        return len(self.features)

    def locate(self, ids: Sequence[str] | npt.NDArray[np.str_]) -> Rows:
        """Return the row of each id, -1 where it has no structure."""
        return np.array([self._row.get(str(name), -1) for name in ids], dtype=np.int64)

    def take(self, rows: Rows) -> MolBatch:
        """Return these molecules; a row of -1 has no atoms, for its presence is False."""
        atom, molecule = _stretches(rows, *self._atoms)
        edge, owner = _stretches(rows, *self._edges)
        starts, atoms = self._atoms
        here = np.where(rows >= 0, atoms[rows] if len(atoms) else 0, 0)
        # An edge names atoms of the whole: they move to where their molecule now begins.
        shift = (np.cumsum(here) - here)[owner] - starts[rows[owner]]
        at, edges, by = (self._placed(i) for i in (atom, edge, shift))
        return MolBatch(
            self._all.atoms.index_select(0, at),
            self._all.bonds.index_select(0, edges),
            self._all.edge.index_select(1, edges) + by,
            self._placed(molecule),
            len(rows),
        )

    def place(self, device: torch.device) -> Self:
        """Return the source with its graphs on ``device``: ``take`` then gathers them there."""
        placed = replace(self)
        whole = self._all
        moved = MolBatch(
            whole.atoms.to(device), whole.bonds.to(device), whole.edge.to(device),
            whole.molecule.to(device), whole.size,
        )  # fmt: skip
        object.__setattr__(placed, "_all", moved)
        return placed

    def _placed(self, index: Rows) -> Tensor:
        return torch.from_numpy(index).to(self._all.atoms.device)

    def _joined(self, atoms: Rows) -> MolBatch:
        none = Molecule(
            np.zeros((0, len(self.atom_features)), np.float32),
            np.zeros((0, len(self.bond_features)), np.float32),
            np.zeros((2, 0), np.int64),
        )
        parts = [none, *self.molecules]
        shift = np.repeat(self._atoms[0], [len(m.bonds) for m in self.molecules])
        edge = np.concatenate([m.edge for m in parts], axis=1) + shift
        return MolBatch(
            torch.from_numpy(np.concatenate([m.atoms for m in parts])),
            torch.from_numpy(np.concatenate([m.bonds for m in parts])),
            torch.from_numpy(edge),
            torch.from_numpy(np.repeat(np.arange(len(atoms)), atoms)),
            len(atoms),
        )


def _stretches(rows: Rows, starts: Rows, lengths: Rows) -> tuple[Rows, Rows]:
    """Return the positions of all elements of these rows, and which of the rows each is of."""
    if not len(starts):
        none = np.zeros(0, dtype=np.int64)
        return none, none
    count = np.where(rows >= 0, lengths[rows], 0)
    owner = np.repeat(np.arange(len(rows)), count)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    return starts[rows[owner]] + within, owner
