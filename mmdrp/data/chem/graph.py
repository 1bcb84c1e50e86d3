"""Molecules as graphs: numbers for each atom and each bond (Xiong et al. 2020, table 1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rdkit import Chem
from rdkit.Chem.rdchem import BondStereo, BondType, HybridizationType

from mmdrp.data.chem.fingerprint import parse

Values = npt.NDArray[np.float32]

ELEMENTS = ("B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "As", "Se", "Br", "Te", "I", "At")
HYBRIDS = ("SP", "SP2", "SP3", "SP3D", "SP3D2")
BONDS = ("SINGLE", "DOUBLE", "TRIPLE", "AROMATIC")
STEREO = {
    BondStereo.STEREOANY: "any", BondStereo.STEREOZ: "z", BondStereo.STEREOE: "e",
    BondStereo.STEREOCIS: "z", BondStereo.STEREOTRANS: "e",
}  # fmt: skip


@dataclass(frozen=True)
class Molecule:
    """One molecule: ``atoms`` (n, f), ``bonds`` (e, k), ``edge`` (2, e) from atom, to atom.

    A chemical bond is two edges, one each way, with the same numbers.
    """

    atoms: Values
    bonds: Values
    edge: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Graphs:
    """SMILES -> molecules; without ``stereo``, mirror images and E/Z isomers look the same."""

    stereo: bool = True

    def __call__(self, smiles: Mapping[str, str]) -> list[Molecule]:
        """Return one molecule per drug; ``smiles`` maps drug to SMILES. Hydrogens are implied."""
        return [self.molecule(parse(text, drug)) for drug, text in smiles.items()]

    @property
    def atom_features(self) -> list[str]:
        """Return the name of each column of ``atoms``."""
        return [
            *(f"atom_{symbol}" for symbol in (*ELEMENTS, "other")),
            *(f"degree_{n}" for n in range(6)),
            "charge", "radical_electrons",
            *(f"hybrid_{kind.lower()}" for kind in (*HYBRIDS, "other")),
            "aromatic",
            *(f"hydrogens_{n}" for n in range(5)),
            *(("stereo_centre", "stereo_R", "stereo_S") if self.stereo else ()),
        ]  # fmt: skip

    @property
    def bond_features(self) -> list[str]:
        """Return the name of each column of ``bonds``."""
        return [
            *(f"bond_{kind.lower()}" for kind in BONDS),
            "conjugated", "ring",
            *(("stereo_none", "stereo_any", "stereo_z", "stereo_e") if self.stereo else ()),
        ]  # fmt: skip

    def molecule(self, mol: Chem.Mol) -> Molecule:
        """Return an RDKit molecule as a graph, atoms in RDKit's order."""
        if self.stereo:
            Chem.AssignStereochemistry(
                mol, cleanIt=True, force=True, flagPossibleStereoCenters=True
            )
        atoms = np.array([self._atom(atom) for atom in mol.GetAtoms()], dtype=np.float32)
        ends = [(b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in mol.GetBonds()]
        edge = np.array(ends, dtype=np.int64).reshape(-1, 2).T
        rows = [self._bond(bond) for bond in mol.GetBonds()]
        bonds = np.array(rows, dtype=np.float32).reshape(-1, len(self.bond_features))
        return Molecule(atoms, np.concatenate([bonds, bonds]), np.hstack([edge, edge[::-1]]))

    def _atom(self, atom: Any) -> list[float]:
        hybrid: HybridizationType = atom.GetHybridization()
        row = [
            *_one_of(atom.GetSymbol(), ELEMENTS, rest=True),
            *_one_of(min(atom.GetDegree(), 5), range(6)),
            atom.GetFormalCharge(), atom.GetNumRadicalElectrons(),
            *_one_of(str(hybrid), HYBRIDS, rest=True),
            atom.GetIsAromatic(),
            *_one_of(min(atom.GetTotalNumHs(), 4), range(5)),
        ]  # fmt: skip
        if self.stereo:
            code = atom.GetProp("_CIPCode") if atom.HasProp("_CIPCode") else ""
            row += [atom.HasProp("_ChiralityPossible"), code == "R", code == "S"]
        return [float(value) for value in row]

    def _bond(self, bond: Any) -> list[float]:
        kind: BondType = bond.GetBondType()
        row = [*_one_of(str(kind), BONDS), bond.GetIsConjugated(), bond.IsInRing()]
        if self.stereo:
            row += _one_of(STEREO.get(bond.GetStereo(), "none"), ("none", "any", "z", "e"))
        return [float(value) for value in row]


def _one_of(value: object, choices: Sequence[object], rest: bool = False) -> list[bool]:
    """Return one flag per choice, and with ``rest`` one for whatever else it is."""
    flags = [value == choice for choice in choices]
    return [*flags, not any(flags)] if rest else flags
