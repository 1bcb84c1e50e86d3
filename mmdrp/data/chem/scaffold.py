"""Murcko scaffolds: the rings of a drug and what links them (Bemis and Murcko 1996)."""

from typing import Any

from rdkit import Chem
from rdkit.Chem.Scaffolds import MurckoScaffold

from mmdrp.data.chem.fingerprint import parse
from mmdrp.data.chem.standardise import parent

MURCKO: Any = MurckoScaffold  # RDKit gives no types for it


def scaffold(smiles: str, drug: str, generic: bool = False) -> str:
    """Return the scaffold of a drug's parent compound as canonical SMILES without stereo.

    Empty for a drug without a ring. ``generic`` makes every atom a carbon and every bond single,
    so that drugs of one skeleton share a scaffold.
    """
    core = MURCKO.GetScaffoldForMol(parse(parent(smiles, drug), drug))
    if generic and core.GetNumAtoms():
        # A generic scaffold grows side chains out of =O and the like: they are cut once more.
        core = MURCKO.GetScaffoldForMol(MURCKO.MakeScaffoldGeneric(core))
    Chem.RemoveStereochemistry(core)
    return str(Chem.MolToSmiles(core))
