"""Fingerprint bits on the molecule: which atoms a bit stands for."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator

from mmdrp.data.chem.fingerprint import AtomPair, Morgan, Torsion, parse
from mmdrp.errors import MmdrpError

Array = npt.NDArray[np.float64]
Fragments = dict[int, list[list[int]]]
"""bit -> its occurrences, each the atoms of a fragment"""


def fragments(fingerprint: Any, smiles: str, drug: str = "") -> Fragments:
    """Return where each set bit of a molecule's fingerprint occurs, by RDKit's own record."""
    molecule = parse(smiles, drug)
    record = rdFingerprintGenerator.AdditionalOutput()
    if isinstance(fingerprint, Torsion):
        record.AllocateBitPaths()
    elif isinstance(fingerprint, Morgan | AtomPair):
        record.AllocateBitInfoMap()
    else:
        raise MmdrpError(
            f"structure=true: bits of {type(fingerprint).__name__} are not traced to atoms; train "
            "with drug=morgan, fcfp, atompair or torsion"
        )
    fingerprint.generator().GetFingerprint(molecule, additionalOutput=record)
    if isinstance(fingerprint, Torsion):
        return {b: [list(path) for path in paths] for b, paths in record.GetBitPaths().items()}
    by_bit = record.GetBitInfoMap()
    if isinstance(fingerprint, AtomPair):
        return {b: [list(pair) for pair in pairs] for b, pairs in by_bit.items()}
    return {b: [_around(molecule, a, r) for a, r in places] for b, places in by_bit.items()}


def atom_scores(occurrences: Fragments, values: Array, atoms: int) -> Array:
    """Return a score per atom (atoms,) from a value per bit (bits,).

    A bit's value is shared evenly by its occurrences, and within one by its atoms, so the scores
    add up to the values of the set bits. Bits that are not set lie on no atom.

    >>> atom_scores({0: [[0], [1, 2]]}, np.array([1.0, 9.0]), 3).tolist()
    [0.5, 0.25, 0.25]
    """
    out = np.zeros(atoms)
    for bit, places in occurrences.items():
        for place in places:
            for atom in place:
                out[atom] += values[bit] / len(places) / len(place)
    return out


def described(occurrences: Fragments, smiles: str, values: Mapping[int, float]) -> Sequence[str]:
    """Return each bit's fragment as SMILES, of its first occurrence."""
    molecule = parse(smiles, "")
    return [
        Chem.MolFragmentToSmiles(molecule, atomsToUse=occurrences[bit][0])
        if bit in occurrences
        else ""
        for bit in values
    ]


def _around(molecule: Chem.Mol, atom: int, radius: int) -> list[int]:
    if radius == 0:
        return [atom]
    bonds = Chem.FindAtomEnvironmentOfRadiusN(molecule, radius, atom)
    inside = {atom}
    for bond in (molecule.GetBondWithIdx(i) for i in bonds):
        inside |= {bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()}
    return sorted(inside)
