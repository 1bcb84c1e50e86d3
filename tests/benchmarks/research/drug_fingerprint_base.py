"""CTRPv2, unseen drugs and scaffolds, five folds: the base with each fingerprint, no network.

Lines are seen and targets are not used, so fingerprints alone tell the drugs apart. Validation
drugs train too.
"""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mmdrp.data.chem.fingerprint import FCFP, MACCS, AtomPair, Morgan, Torsion
from mmdrp.data.chem.identity import Identity
from mmdrp.data.response import lay_out
from mmdrp.data.split import DrugSplit, ScaffoldSplit, Split
from mmdrp.data.study import Study
from mmdrp.nn.base.drug import DrugKernel, PairBase
from tests.benchmarks._bases import Panel, kernel, panel_of, study_of
from tests.benchmarks._drugs import scored

KINDS: dict[str, Callable[[Mapping[str, str]], npt.NDArray[np.float32]]] = {
    "morgan": Morgan(), "morgan_radius3": Morgan(radius=3), "morgan_counts": Morgan(counts=True),
    "fcfp": FCFP(), "fcfp_counts": FCFP(counts=True), "atompair": AtomPair(),
    "atompair_counts": AtomPair(counts=True), "torsion": Torsion(), "maccs": MACCS(),
}  # fmt: skip
SPLITS: dict[str, Split] = {"drug": DrugSplit(), "scaffold": ScaffoldSplit()}


def folds(study: Study, panel: Panel, split: Split) -> list[np.ndarray]:
    """Return which drugs of the panel are tested, fold by fold."""
    examples = lay_out(study.response("auc"), "auc", "by_pair")
    drawn = [split(examples, study.cells, k, study.drugs) for k in range(split.folds)]
    return [np.isin(panel.drugs, sorted(fold.test.ids["drug"])) for fold in drawn]


def predicted(panel: Panel, held: list[np.ndarray], tables: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return drug-blind predictions (n, t) by each fingerprint; the base is fitted once a fold."""
    out = {name: torch.full_like(panel.y, torch.nan) for name in tables}
    line, given = torch.arange(len(panel.y)), panel.take(np.arange(len(panel.y)))
    for test in held:
        train = torch.from_numpy(~test)
        drug = DrugKernel()
        model = PairBase(kernel(), drug)
        model.fit(*given, panel.y[:, train], tables["identity"][train])
        for name, table in tables.items():
            drug.fit(model.base.mean, table[train])
            out[name][:, test] = model(*given, table[~train], line)
    return out


def main() -> dict[str, float | int | str]:
    study = study_of("ctrpv2")
    panel = panel_of(study, "auc")
    smiles = {d: str(study.drugs.loc[d, "smiles"]) for d in panel.drugs}
    tables = {name: torch.from_numpy(kind(smiles)) for name, kind in KINDS.items()}
    tables["identity"] = torch.from_numpy(Identity(panel.drugs)(smiles))
    figures: dict[str, float | int | str] = {"lines": len(panel.lines), "drugs": len(panel.drugs)}
    for name, split in SPLITS.items():
        preds = predicted(panel, folds(study, panel, split), tables)
        print(f"{'split=' + name:<20}{'RMSE':>10}{'r':>10}{'r line':>10}{'r drug':>10}")
        for kind, pred in preds.items():
            found = scored(panel.y, pred)
            shown = "".join(f"{found[k]:>10.4f}" for k in ("rmse", "r", "line_r", "drug_r"))
            print(f"{kind:<20}{shown}", flush=True)
            figures[f"{name}_{kind}"] = found["rmse"]
    return figures
