"""Fingerprints of SMILES."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rdkit import Chem, rdBase
from rdkit.Chem import rdFingerprintGenerator

from mmdrp.errors import MmdrpError


@dataclass(frozen=True)
class Morgan:
    """Morgan fingerprints (Rogers and Hahn 2010) by RDKit's generator; ``counts`` or bits."""

    radius: int = 2
    size: int = 2048
    counts: bool = False

    def __call__(self, smiles: Mapping[str, str]) -> npt.NDArray[np.float32]:
        """Return one row per drug, (n, size); ``smiles`` maps drug to SMILES."""
        generator = rdFingerprintGenerator.GetMorganGenerator(radius=self.radius, fpSize=self.size)
        out = np.zeros((len(smiles), self.size), dtype=np.float32)
        for row, (drug, text) in zip(out, smiles.items(), strict=True):
            molecule = parse(text, drug)
            take = (
                generator.GetCountFingerprintAsNumPy
                if self.counts
                else generator.GetFingerprintAsNumPy
            )
            row[:] = take(molecule)
        return out

    @property
    def features(self) -> list[str]:
        """Return the name of each column."""
        return [f"morgan{self.radius}_{bit}" for bit in range(self.size)]


def parse(smiles: str, drug: str) -> Chem.Mol:
    """Return the molecule, or say which drug's SMILES does not parse."""
    with rdBase.BlockLogs():  # RDKit's own complaint would come on top of ours
        molecule = Chem.MolFromSmiles(smiles) if smiles else None
    if molecule is None or molecule.GetNumAtoms() == 0:
        raise MmdrpError(f"drugs: drug {drug!r}, column 'smiles': {smiles!r} is not a valid SMILES")
    return molecule
