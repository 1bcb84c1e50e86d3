"""``structure=true``: the drugs' fingerprint bits and atoms, as tables and drawings."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
from hydra.utils import instantiate

from mmdrp.attribution import structure
from mmdrp.attribution.atoms import Fragments, atom_scores, described, fragments
from mmdrp.attribution.explain import Explainer
from mmdrp.attribution.job import Job
from mmdrp.build import Restored
from mmdrp.chem.fingerprint import parse
from mmdrp.chem.standardise import parent
from mmdrp.errors import MmdrpError
from mmdrp.plots.molecule import molecule

log = logging.getLogger(__name__)
FEW = 20
"""bits per drug in structure_bits.csv"""


class Structure:
    """Attributes the structure of drug after drug; draws the first ``count``."""

    def __init__(self, explainer: Explainer, restored: Restored, out: Path, count: int) -> None:
        if "smiles" not in restored.spec:
            raise MmdrpError(
                "structure=true: a panel knows drugs by name alone; train pairs (response=auc)"
            )
        self.explainer, self.restored, self.out, self.count = explainer, restored, out, count
        cfg = restored.config.drug
        self.fingerprint = instantiate(cfg.fingerprint) if cfg.get("fingerprint") else None
        self.standardise = bool(cfg.get("standardise"))
        self.bits: list[pd.DataFrame] = []
        self.atoms: list[pd.DataFrame] = []
        self.gaps: list[dict[str, object]] = []
        self._drawn: dict[str, tuple[str, np.ndarray]] = {}

    def joined(self, job: Job, ranking: pd.DataFrame) -> pd.DataFrame:
        """Add the drug's bits to a ranking, and number it anew."""
        found = structure.bits(self.explainer, job)
        rows = structure.ranked(self.explainer, job, found)
        self._note(job, found.values[structure.DRUG].mean(0).double().numpy())
        self.gaps.append(
            {
                "drug": job.drug,
                "mean_change": float(found.change.mean()),
                "largest_gap": float(found.gap.abs().max()),
            }
        )
        both = pd.concat([f.astype({"source": "str", "feature": "str"}) for f in (ranking, rows)])
        both = both.sort_values(
            ["mean_abs", "source", "feature"], ascending=[False, True, True], ignore_index=True
        )
        return both.assign(rank=np.arange(1, len(both) + 1, dtype=np.int32))

    def write(self, names: dict[str, str]) -> None:
        """Write ``structure_bits.csv``, ``structure_atoms.csv`` and the drawings."""
        tables = {"bits": self.bits, "atoms": self.atoms, "completeness": [pd.DataFrame(self.gaps)]}
        for name, parts in tables.items():
            path = self.out / f"structure_{name}.csv"
            pd.concat(parts, ignore_index=True).to_csv(path, index=False, float_format="%.6g")
        if self.explainer.silent and not pd.concat(self.bits)["value"].any():
            log.warning(
                "structure: all bits are zero. The base was kept alone, and for a drug of training "
                "it reads responses, not structure; drugs held out of training have shares"
            )
        for drug, (smiles, scores) in self._drawn.items():
            stem = "".join(c if c.isalnum() or c in "-+()" else "_" for c in drug)
            for kind in ("svg", "png"):
                drawn = molecule(smiles, scores, names.get(drug, drug), kind)
                (self.out / f"molecule_{stem}.{kind}").write_bytes(drawn)

    def _note(self, job: Job, values: np.ndarray) -> None:
        """Keep the strongest bits, and the atoms that the set ones stand for."""
        smiles = self.restored.spec["smiles"][job.drug]
        smiles = parent(smiles, job.drug) if self.standardise else smiles
        found: Fragments = fragments(self.fingerprint, smiles, job.drug)
        drawing = parse(smiles, job.drug)
        scores = atom_scores(found, values, drawing.GetNumAtoms())
        strongest = np.argsort(-np.abs(values), kind="stable")[:FEW]
        names = list(self.explainer.tables[structure.DRUG].features)
        self.bits.append(
            pd.DataFrame(
                {
                    "drug": job.drug,
                    "feature": [names[i] for i in strongest],
                    "value": values[strongest],
                    "set": [int(i in found) for i in strongest],
                    "fragment": described(found, smiles, dict.fromkeys(strongest.tolist(), 0.0)),
                }
            )
        )
        symbols = [atom.GetSymbol() for atom in drawing.GetAtoms()]
        frame = {"drug": job.drug, "smiles": smiles, "atom": range(len(scores))}
        self.atoms.append(pd.DataFrame({**frame, "symbol": symbols, "value": scores}))
        if len(self._drawn) < self.count:
            self._drawn[job.drug] = (smiles, scores)
