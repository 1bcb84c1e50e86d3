"""Fingerprints of SMILES by RDKit's generators, one class a kind.

Each is called with drug -> SMILES and returns one row per drug; ``features`` names the columns.
``counts`` gives how often a fragment occurs instead of whether it does. Stereo centres are told
apart only with ``chirality``; RDKit's other settings are its defaults.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
import numpy.typing as npt
from rdkit import Chem, rdBase
from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors

from mmdrp.errors import MmdrpError
from mmdrp.options import Range

Rows = npt.NDArray[np.float32]
Bits = Annotated[int, Range(least=1, most=100_000)]


class Hashed:
    """What the hashed kinds share: fragments of a molecule, folded into ``size`` columns."""

    size: int
    counts: bool
    chirality: bool
    kind: ClassVar[str]

    def __post_init__(self) -> None:
        _at_least(1, "size", self.size)

    def __call__(self, smiles: Mapping[str, str]) -> Rows:
        """Return one row per drug, (n, size); ``smiles`` maps drug to SMILES."""
        generator = self.generator()
        take = (
            generator.GetCountFingerprintAsNumPy if self.counts else generator.GetFingerprintAsNumPy
        )
        out = np.zeros((len(smiles), self.size), dtype=np.float32)
        for row, (drug, text) in zip(out, smiles.items(), strict=True):
            row[:] = take(parse(text, drug))
        return out

    def generator(self) -> Any:
        """Return RDKit's generator for these options."""
        raise TypeError("Hashed is abstract: choose Morgan, FCFP, AtomPair or Torsion")

    @property
    def features(self) -> list[str]:
        """Return the name of each column."""
        return [f"{self.kind}_{bit}" for bit in range(self.size)]


@dataclass(frozen=True)
class Morgan(Hashed):
    """Circular environments of atoms up to ``radius`` bonds: ECFP (Rogers and Hahn 2010)."""

    radius: Annotated[int, Range(least=0, most=20)] = 2
    size: Bits = 2048
    counts: bool = False
    chirality: bool = False
    kind: ClassVar[str] = "morgan"

    def __post_init__(self) -> None:
        super().__post_init__()
        _at_least(0, "radius", self.radius)

    def generator(self) -> Any:
        """Return RDKit's Morgan generator."""
        return rdFingerprintGenerator.GetMorganGenerator(
            radius=self.radius,
            fpSize=self.size,
            includeChirality=self.chirality,
            atomInvariantsGenerator=self._atoms(),
        )

    def _atoms(self) -> Any:
        return rdFingerprintGenerator.GetMorganAtomInvGen(includeRingMembership=True)

    @property
    def features(self) -> list[str]:
        """Return the name of each column, with the radius."""
        return [f"{self.kind}{self.radius}_{bit}" for bit in range(self.size)]


@dataclass(frozen=True)
class FCFP(Morgan):
    """Morgan environments of pharmacophoric atoms (donor, acceptor, aromatic, ...): FCFP."""

    kind: ClassVar[str] = "fcfp"

    def _atoms(self) -> Any:
        return rdFingerprintGenerator.GetMorganFeatureAtomInvGen()


@dataclass(frozen=True)
class AtomPair(Hashed):
    """Pairs of atoms and the bonds between them (Carhart et al. 1985), up to ``distance``."""

    distance: Annotated[int, Range(least=1, most=1000)] = 30
    size: Bits = 2048
    counts: bool = False
    chirality: bool = False
    kind: ClassVar[str] = "atompair"

    def __post_init__(self) -> None:
        super().__post_init__()
        _at_least(1, "distance", self.distance)

    def generator(self) -> Any:
        """Return RDKit's atom-pair generator."""
        return rdFingerprintGenerator.GetAtomPairGenerator(
            maxDistance=self.distance, fpSize=self.size, includeChirality=self.chirality
        )


@dataclass(frozen=True)
class Torsion(Hashed):
    """Chains of ``atoms`` bonded atoms: topological torsions (Nilakantan et al. 1987)."""

    atoms: Annotated[int, Range(least=2, most=20)] = 4
    size: Bits = 2048
    counts: bool = False
    chirality: bool = False
    kind: ClassVar[str] = "torsion"

    def __post_init__(self) -> None:
        super().__post_init__()
        _at_least(2, "atoms", self.atoms)

    def generator(self) -> Any:
        """Return RDKit's topological-torsion generator."""
        return rdFingerprintGenerator.GetTopologicalTorsionGenerator(
            torsionAtomCount=self.atoms, fpSize=self.size, includeChirality=self.chirality
        )


@dataclass(frozen=True)
class MACCS:
    """The 166 public MACCS keys (Durant et al. 2002); RDKit's unused bit 0 is left out."""

    def __call__(self, smiles: Mapping[str, str]) -> Rows:
        """Return one row per drug, (n, 166)."""
        out = np.zeros((len(smiles), len(self.features)), dtype=np.float32)
        for row, (drug, text) in zip(out, smiles.items(), strict=True):
            row[:] = list(rdMolDescriptors.GetMACCSKeysFingerprint(parse(text, drug)))[1:]
        return out

    @property
    def features(self) -> list[str]:
        """Return the name of each key, by its number."""
        return [f"maccs_{key}" for key in range(1, 167)]


def parse(smiles: str, drug: str) -> Chem.Mol:
    """Return the molecule, or say which drug's SMILES does not parse."""
    with rdBase.BlockLogs():  # RDKit's own complaint would come on top of ours
        molecule = Chem.MolFromSmiles(smiles) if smiles else None
    if molecule is None or molecule.GetNumAtoms() == 0:
        raise MmdrpError(f"drugs: drug {drug!r}, column 'smiles': {smiles!r} is not a valid SMILES")
    return molecule


def _at_least(least: int, option: str, given: int) -> None:
    if given < least:
        raise MmdrpError(f"drug.fingerprint.{option}={given}: needs at least {least}")
