"""CTRPv2 and GDSC2 AUC, five folds over drugs: mean effects, structure, targets; lines seen or not.

Drugs of one structure (under whatever names) lie in one fold. The interval of the difference in
MSE from mean effects is over folds and both seeds, corrected for their overlap. Studies are read
from the data folder (MMDRP_DATA); GDSC2 is built there if it is not. Targets of GDSC drugs come
from its list of compounds among the release files (MMDRP_RAW), where that is there.
"""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mmdrp.data.chem.fingerprint import Morgan
from mmdrp.data.chem.standardise import standardise
from mmdrp.data.ingest.gdsc import packages as gdsc
from mmdrp.data.study import Study
from mmdrp.data.targets import targets_table
from mmdrp.errors import MmdrpError
from mmdrp.evaluation.comparison import corrected_t
from mmdrp.evaluation.metrics import pearson
from mmdrp.nn.base.drug import DrugKernel, PairBase
from mmdrp.nn.base.fitted import Base
from mmdrp.nn.base.mean import Mean
from tests.benchmarks._bases import Panel, Rows, folds, kernel, panel_of, study_in
from tests.benchmarks._real import raw

SEEDS = (0, 1)


def main() -> dict[str, float | int | str]:
    figures: dict[str, float | int | str] = {}
    for name, study in (("ctrpv2", study_in("ctrpv2")), ("gdsc2", gdsc2())):
        panel = panel_of(study, "auc")
        smiles = study.drugs["smiles"].fillna("").astype(str)
        known = {d: smiles[d] for d in panel.drugs if smiles[d]}
        panel = replace(panel, y=panel.y[:, [d in known for d in panel.drugs]], drugs=list(known))
        counts = torch.from_numpy(Morgan(2, 4096, counts=True)(known))
        targets = targets_of(study, panel.drugs)
        same = np.unique([standardise(s) for s in known.values()], return_inverse=True)[1]
        figures |= {f"{name}_lines": len(panel.lines), f"{name}_drugs": len(known)}
        figures[f"{name}_with_targets"] = int((targets.sum(1) > 0).sum())
        blind = [drug_blind(panel, counts, targets, same, seed) for seed in SEEDS]
        for seed, (preds, _) in zip(SEEDS, blind, strict=True):
            for model, pred in preds.items():
                score = scored(panel.y, pred)
                figures |= {f"{name}_{model}_{k}_{seed}": v for k, v in score.items()}
        figures |= {f"{name}_{k}": v for k, v in gaps(panel.y, blind).items()}
        both, parts = both_blind(panel, counts, targets, same)
        for model, pred in both.items():
            figures |= {f"{name}_both_{model}_{k}": v for k, v in scored(panel.y, pred).items()}
        figures |= {f"{name}_both_{k}": v for k, v in gaps(panel.y, [(both, parts)]).items()}
    return figures


def gdsc2() -> Study:
    """Open the study of GDSC2's AUC pairs, fetched and built where it is not there."""
    folder = Path(os.environ.get("MMDRP_DATA", "data"))
    if not (folder / "gdsc2" / "manifest.json").is_file():
        gdsc.build(folder / "gdsc2", auc="GDSC2")
    return study_in("gdsc2")


def targets_of(study: Study, drugs: list[str]) -> Tensor:
    """Return drugs x targets, 0/1; no column where none is known."""
    table = targets_table(study.drugs, drugs)
    if table is None and "gdsc_id" in study.drugs:
        try:
            listed = pd.read_csv(raw("gdsc") / "GDSC_Screened_Compounds.csv", dtype=str)
        except MmdrpError:
            return torch.zeros(len(drugs), 0)
        target = listed.set_index(listed.columns[0])["TARGET"]
        target = target[~target.index.duplicated()]
        listed_of = study.drugs["gdsc_id"].map(target)
        table = targets_table(study.drugs.assign(target=listed_of), drugs)
    if table is None:
        return torch.zeros(len(drugs), 0)
    return torch.nan_to_num(table.take(table.locate(drugs)))


def drug_folds(same: Rows, seed: int) -> list[tuple[Rows, Rows]]:
    """Return train and test positions of drugs; ``same`` numbers their structures."""
    parts = folds(int(same.max()) + 1, seed)
    return [(np.flatnonzero(~np.isin(same, t)), np.flatnonzero(np.isin(same, t))) for _, t in parts]


Blind = tuple[dict[str, Tensor], list[tuple[Rows, Rows]]]
"""predictions per model, and the lines and drugs of each test fold"""


def drug_blind(panel: Panel, counts: Tensor, targets: Tensor, same: Rows, seed: int) -> Blind:
    """Predict unseen drugs on the lines seen."""
    out = {n: torch.full_like(panel.y, torch.nan) for n in ("effects", "structure", "model")}
    line = torch.arange(len(panel.y))
    given = panel.take(np.arange(len(panel.y)))
    places = []
    for train, test in drug_folds(same, seed):
        y = panel.y[:, train]
        out["effects"][:, test] = effects(y)[:, None].expand(-1, len(test))
        drug = DrugKernel()
        model = PairBase(kernel(), drug).fit(*given, y, counts[train], targets[train])
        out["model"][:, test] = model(*given, counts[test], line, targets=targets[test])
        drug.fit(model.base.mean, counts[train])
        out["structure"][:, test] = model(*given, counts[test], line)
        places.append((line.numpy(), test))
    return out, places


def both_blind(panel: Panel, counts: Tensor, targets: Tensor, same: Rows) -> Blind:
    """Predict unseen drugs on unseen lines: fold i of drugs with fold i of lines."""
    out = {n: torch.full_like(panel.y, torch.nan) for n in ("effects", "drugs_only", "model")}
    places = []
    for (rows, lines), (train, drugs) in zip(folds(len(panel.y)), drug_folds(same, 0), strict=True):
        y = panel.y[rows][:, train]
        place = np.ix_(lines, drugs)
        out["effects"][place] = y.nanmean()  # neither line nor drug has an effect
        bases: dict[str, Base] = {"drugs_only": Mean(), "model": kernel()}
        for name, base in bases.items():
            model = PairBase(base, DrugKernel())
            model.fit(*panel.take(rows), y, counts[train], targets[train])
            pred = model(*panel.take(lines), counts[drugs], targets=targets[drugs])
            out[name][place] = pred
        places.append((lines, drugs))
    return out, places


def effects(y: Tensor) -> Tensor:
    """Return grand mean + line effect, (n,): all that mean effects know of an unseen drug."""
    rest = y - y.nanmean(0)
    return y.nanmean() + torch.nan_to_num(rest.nanmean(1))


def gaps(y: Tensor, blind: list[Blind]) -> dict[str, float]:
    """Return the MSE of the model minus that of mean effects over folds, with its interval."""
    out = []
    for preds, places in blind:
        square = {n: ((y - preds[n]) ** 2).double() for n in ("model", "effects")}
        for lines, drugs in places:
            at = np.ix_(lines, drugs)
            out.append(float(square["model"][at].nanmean() - square["effects"][at].nanmean()))
    found = corrected_t(np.array(out), 0.25)
    return {"gap": found.difference, "gap_low": found.low, "gap_high": found.high}


def scored(y: Tensor, pred: Tensor) -> dict[str, float]:
    """Return RMSE, pooled Pearson, and the mean Pearson per line and per drug."""
    seen = torch.isfinite(y) & torch.isfinite(pred)
    a, b = y.double().numpy(), pred.double().numpy()
    mask = seen.numpy()

    def mean(values: list[float]) -> float:
        return float(np.mean(np.nan_to_num(values)))

    return {
        "rmse": float(np.sqrt(((a - b)[mask] ** 2).mean())),
        "r": pearson(a[mask], b[mask]),
        "line_r": mean([pearson(a[i, m], b[i, m]) for i, m in enumerate(mask) if m.sum() >= 10]),
        "drug_r": mean([pearson(a[m, j], b[m, j]) for j, m in enumerate(mask.T) if m.sum() >= 10]),
    }
