"""``structure=True``: the drugs' fingerprint bits and atoms, as tables and drawings."""

import logging
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.attribution.drug_structure import bits
from mmdrp.attribution.drug_structure.atoms import (
    Fragments,
    atom_scores,
    described,
    fragments,
)
from mmdrp.attribution.explain import Explainer
from mmdrp.attribution.subject import Subject
from mmdrp.attribution.target import TEXT, Target
from mmdrp.data.chem.fingerprint import parse
from mmdrp.data.chem.standardise import parent
from mmdrp.data.sources import by_name, smiles_of
from mmdrp.errors import MmdrpError
from mmdrp.registry import build

log = logging.getLogger(__name__)
SHOWN = 20
"""bits per drug in the table of bits"""


@dataclass(frozen=True)
class StructureTables:
    """What each drug's structure carries of its predictions."""

    bits: pd.DataFrame
    """``drug, feature, value, set, fragment``: the strongest bits of each drug"""
    atoms: pd.DataFrame
    """``drug, smiles, atom, symbol, value``: each atom's share of the set bits"""
    completeness: pd.DataFrame
    """``drug, mean_change, largest_gap``"""

    def molecule(self, drug: str) -> tuple[str, npt.NDArray[np.float64]]:
        """Return a drug's SMILES and the value of each of its atoms."""
        atoms = self.atoms[self.atoms["drug"] == drug]
        return str(atoms["smiles"].iloc[0]), atoms["value"].to_numpy(np.float64)


class StructureAttributor:
    """Attributes the structure of drug after drug, beside the features of lines."""

    def __init__(self, explainer: Explainer, subject: Subject) -> None:
        features = subject.info.spec.data.drug
        if not subject.info.pairs or features is None or by_name(features):
            raise MmdrpError(
                "structure=true: the model knows drugs by name alone; train pairs (response=auc) "
                "with a fingerprint"
            )
        if features.fingerprint is None:
            raise MmdrpError("structure=true: drugs are graphs; train with drug=morgan or alike")
        self.explainer, self.standardise = explainer, features.standardise
        self.fingerprint = build("fingerprint", features.fingerprint)
        self.smiles = smiles_of(subject.study)
        self._bits: list[pd.DataFrame] = []
        self._atoms: list[pd.DataFrame] = []
        self._gaps: list[dict[str, object]] = []

    def joined(self, target: Target, ranking: pd.DataFrame) -> pd.DataFrame:
        """Add the drug's bits to a ranking, and number it anew."""
        shares = bits.bits(self.explainer, target)
        rows = bits.ranked(self.explainer, target, shares)
        self._note(target, shares.values[bits.DRUG].mean(0).double().numpy())
        self._gaps.append(
            {
                "drug": target.drug,
                "mean_change": float(shares.change.mean()),
                "largest_gap": float(shares.gap.abs().max()),
            }
        )
        both = pd.concat([f.astype(TEXT) for f in (ranking, rows)])
        both = both.sort_values(
            ["mean_abs", "source", "feature"], ascending=[False, True, True], ignore_index=True
        )
        return both.assign(rank=np.arange(1, len(both) + 1, dtype=np.int32))

    def tables(self) -> StructureTables:
        """Return the tables of all drugs so far."""
        made = StructureTables(
            pd.concat(self._bits, ignore_index=True),
            pd.concat(self._atoms, ignore_index=True),
            pd.DataFrame(self._gaps),
        )
        if self.explainer.is_base_only and not made.bits["value"].any():
            log.warning(
                "structure: all bits are zero. The base was kept alone, and for a drug of training "
                "it reads responses, not structure; drugs held out of training have shares"
            )
        return made

    def _note(self, target: Target, values: npt.NDArray[np.float64]) -> None:
        """Keep the strongest bits, and the atoms that the set ones stand for."""
        smiles = self.smiles[target.drug]
        smiles = parent(smiles, target.drug) if self.standardise else smiles
        places: Fragments = fragments(self.fingerprint, smiles, target.drug)
        drawing = parse(smiles, target.drug)
        scores = atom_scores(places, values, drawing.GetNumAtoms())
        strongest = np.argsort(-np.abs(values), kind="stable")[:SHOWN]
        names = list(self.explainer.tables[bits.DRUG].features)
        self._bits.append(
            pd.DataFrame(
                {
                    "drug": target.drug,
                    "feature": [names[i] for i in strongest],
                    "value": values[strongest],
                    "set": [int(i in places) for i in strongest],
                    "fragment": described(places, smiles, dict.fromkeys(strongest.tolist(), 0.0)),
                }
            )
        )
        symbols = [atom.GetSymbol() for atom in drawing.GetAtoms()]
        frame = {"drug": target.drug, "smiles": smiles, "atom": range(len(scores))}
        self._atoms.append(pd.DataFrame({**frame, "symbol": symbols, "value": scores}))
