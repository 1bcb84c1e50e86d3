"""Whether drugs that are given are those of training: an id must not mean two structures."""

import logging
from collections.abc import Mapping

from rdkit import Chem

from mmdrp.data.chem.standardise import parent
from mmdrp.errors import MmdrpError
from mmdrp.io.text import few

log = logging.getLogger(__name__)


def check_structures(given: Mapping[str, str], known: Mapping[str, str]) -> None:
    """Refuse a drug id of training that is given another structure; both are drug -> SMILES.

    Salts are alike. Where only stereochemistry, charge or tautomer differ, it is said, and the
    structure that is given is taken.
    """
    slightly = []
    for drug, text in given.items():
        before = known.get(drug)
        if before is None or before == text:
            continue
        one, two = parent(text, drug), parent(before, drug)
        if one == two:
            continue
        if _skeleton(one) != _skeleton(two):
            raise MmdrpError(
                f"drugs: {drug[:40]!r} has another structure ({text[:40]}) than in training "
                f"({before[:40]}); give it another id, or that structure"
            )
        slightly.append(drug)
    if slightly:
        log.warning(
            "drugs: %s differ from training in stereochemistry, charge or tautomer",
            few(slightly),
            extra={"names": slightly},
        )


def _skeleton(smiles: str) -> tuple[int, str]:
    """Return the hydrogens of the neutral molecule, and how the other atoms are bound: alike for
    tautomers, stereoisomers, and with or without a proton."""
    molecule = Chem.MolFromSmiles(smiles)
    charge = Chem.GetFormalCharge(molecule)
    hydrogens = sum(atom.GetTotalNumHs() for atom in molecule.GetAtoms()) - charge
    bare = Chem.RWMol(molecule)
    Chem.Kekulize(bare, clearAromaticFlags=True)
    for bond in bare.GetBonds():
        bond.SetBondType(Chem.BondType.SINGLE)
        bond.SetStereo(Chem.BondStereo.STEREONONE)
    for atom in bare.GetAtoms():
        atom.SetFormalCharge(0)
        atom.SetNumExplicitHs(0)
        atom.SetNoImplicit(True)
        atom.SetNumRadicalElectrons(0)
        atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    return hydrogens, Chem.MolToSmiles(bare, isomericSmiles=False)
