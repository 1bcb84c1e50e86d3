"""SMILES as databases write them -> one spelling per compound: no salts, no needless charges."""

from rdkit import Chem, rdBase
from rdkit.Chem.MolStandardize import rdMolStandardize

from mmdrp.errors import MmdrpError


def standardise(smiles: str) -> str:
    """Return the canonical isomeric SMILES of the largest fragment, charges neutralised.

    Counter-ions and solvents go (organic fragments first, then the most heavy atoms); an acid or
    base that lost or gained a proton is made neutral again, a fixed charge such as a quaternary
    nitrogen stays. Raises ValueError where RDKit cannot read it.
    """
    with rdBase.BlockLogs():
        molecule = Chem.MolFromSmiles(smiles.strip()) if smiles.strip() else None
        if molecule is None or molecule.GetNumAtoms() == 0:
            raise ValueError(f"{smiles!r} is not a valid SMILES")
        largest = rdMolStandardize.LargestFragmentChooser(preferOrganic=True).choose(molecule)
        return Chem.MolToSmiles(rdMolStandardize.Uncharger().uncharge(largest))


def parent(smiles: str, drug: str) -> str:
    """Return ``standardise(smiles)``, or say which drug's SMILES does not parse."""
    try:
        return standardise(smiles)
    except ValueError as error:
        raise MmdrpError(f"drugs: drug {drug!r}, column 'smiles': {error}") from None
