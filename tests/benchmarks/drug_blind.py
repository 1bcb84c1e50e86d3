"""CTRPv2 AUC, five folds over drugs: mean effects, structure, targets; lines seen, and unseen."""

import re
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from mmdrp.chem.fingerprint import Morgan
from mmdrp.nn.base.drug import DrugKernel, PairBase
from mmdrp.nn.base.fitted import Base
from mmdrp.nn.base.mean import Mean
from mmdrp.stats.performance import pearson
from tests.benchmarks._bases import Panel, folds, kernel, panel_of, study_of


def main() -> dict[str, float | int | str]:
    study = study_of("ctrpv2")
    panel = panel_of(study, "auc")
    smiles = study.drugs["smiles"].fillna("").astype(str)
    known = {d: smiles[d] for d in panel.drugs if smiles[d]}
    panel = replace(panel, y=panel.y[:, [d in known for d in panel.drugs]], drugs=list(known))
    counts = torch.from_numpy(Morgan(2, 4096, counts=True)(known))
    targets = targets_of([str(study.drugs.loc[d, "target"]) for d in known])
    figures: dict[str, float | int | str] = {"lines": len(panel.lines), "drugs": len(known)}
    for seed in (0, 1):
        preds = drug_blind(panel, counts, targets, seed)
        for name, pred in preds.items():
            figures |= {f"{name}_{k}_{seed}": v for k, v in scored(panel.y, pred).items()}
    for name, pred in both_blind(panel, counts, targets).items():
        figures |= {f"both_{name}_{k}": v for k, v in scored(panel.y, pred).items()}
    return figures


def targets_of(texts: list[str]) -> Tensor:
    """Return drugs x targets, 0/1, from lists such as ``BCL2;BCL2L1``."""
    words = [set(re.split(r"[;,|/ ]+", text.upper())) - {"", "NAN", "NONE"} for text in texts]
    names = sorted(set().union(*words))
    return torch.tensor([[float(name in row) for name in names] for row in words])


def drug_blind(panel: Panel, counts: Tensor, targets: Tensor, seed: int) -> dict[str, Tensor]:
    """Predict unseen drugs on the lines seen."""
    out = {n: torch.full_like(panel.y, torch.nan) for n in ("effects", "structure", "model")}
    line = torch.arange(len(panel.y))
    given = panel.take(np.arange(len(panel.y)))
    for train, test in folds(len(panel.drugs), seed):
        y = panel.y[:, train]
        out["effects"][:, test] = effects(y)[:, None].expand(-1, len(test))
        model = PairBase(kernel(), DrugKernel()).fit(*given, y, counts[train], targets[train])
        out["model"][:, test] = model(*given, counts[test], line, targets=targets[test])
        model.drug.fit(model.base.mean, counts[train])
        out["structure"][:, test] = model(*given, counts[test], line)
    return out


def both_blind(panel: Panel, counts: Tensor, targets: Tensor) -> dict[str, Tensor]:
    """Predict unseen drugs on unseen lines: fold i of drugs with fold i of lines."""
    out = {n: torch.full_like(panel.y, torch.nan) for n in ("mean", "drugs_only", "model")}
    pairs = zip(folds(len(panel.y)), folds(len(panel.drugs)), strict=True)
    for (rows, lines), (train, drugs) in pairs:
        y = panel.y[rows][:, train]
        place = np.ix_(lines, drugs)
        out["mean"][place] = y.nanmean()
        bases: dict[str, Base] = {"drugs_only": Mean(), "model": kernel()}
        for name, base in bases.items():
            model = PairBase(base, DrugKernel())
            model.fit(*panel.take(rows), y, counts[train], targets[train])
            pred = model(*panel.take(lines), counts[drugs], targets=targets[drugs])
            out[name][place] = pred
    return out


def effects(y: Tensor) -> Tensor:
    """Return grand mean + line effect, (n,): all that mean effects know of an unseen drug."""
    rest = y - y.nanmean(0)
    return y.nanmean() + torch.nan_to_num(rest.nanmean(1))


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
