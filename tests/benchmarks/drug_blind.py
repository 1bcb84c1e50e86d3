"""CTRPv2 AUC, five folds over drugs: mean effects, and the drug kernel; lines seen, and unseen."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from mmdrp.chem.fingerprint import Morgan
from mmdrp.nn.base.drug import DrugKernel, PairBase
from mmdrp.nn.base.fitted import Base
from mmdrp.nn.base.mean import Mean
from mmdrp.stats.performance import pearson
from tests.benchmarks._bases import Panel, Rows, folds, kernel, panel_of, study_of


def main() -> dict[str, float | int | str]:
    study = study_of("ctrpv2")
    panel = panel_of(study, "auc")
    smiles = study.drugs["smiles"].fillna("").astype(str)
    known = {d: smiles[d] for d in panel.drugs if smiles[d]}
    panel = replace(panel, y=panel.y[:, [d in known for d in panel.drugs]], drugs=list(known))
    counts = torch.from_numpy(Morgan(2, 4096, counts=True)(known))
    figures: dict[str, float | int | str] = {"lines": len(panel.lines), "drugs": len(known)}
    for seed in (0, 1):
        preds = drug_blind(panel, counts, seed)
        for name, pred in preds.items():
            figures |= {f"{name}_{k}_{seed}": v for k, v in scored(panel.y, pred).items()}
    for name, pred in both_blind(panel, counts).items():
        figures |= {f"both_{name}_{k}": v for k, v in scored(panel.y, pred).items()}
    return figures


def drug_blind(panel: Panel, counts: Tensor, seed: int) -> dict[str, Tensor]:
    """Predict unseen drugs on the lines seen."""
    out = {n: torch.full_like(panel.y, torch.nan) for n in ("effects", "model")}
    line = torch.arange(len(panel.y))
    everyone = np.arange(len(panel.y))
    for train, test in folds(len(panel.drugs), seed):
        y = panel.y[:, train]
        out["effects"][:, test] = effects(y)[:, None].expand(-1, len(test))
        model = PairBase(kernel(), DrugKernel()).fit(*panel.take(everyone), y, counts[train])
        out["model"][:, test] = model(*panel.take(everyone), counts[test], line)
    return out


def both_blind(panel: Panel, counts: Tensor) -> dict[str, Tensor]:
    """Predict unseen drugs on unseen lines: fold i of drugs with fold i of lines."""
    out = {n: torch.full_like(panel.y, torch.nan) for n in ("mean", "drug_kernel_only", "model")}
    pairs = zip(folds(len(panel.y)), folds(len(panel.drugs)), strict=True)
    for (rows, lines), (train, drugs) in pairs:
        y = panel.y[rows][:, train]
        place = np.ix_(lines, drugs)
        out["mean"][place] = y.nanmean()
        bases: dict[str, Base] = {"drug_kernel_only": Mean(), "model": kernel()}
        for name, base in bases.items():
            out[name][place] = both(panel, base, rows, lines, y, counts[train], counts[drugs])
    return out


def both(
    panel: Panel, base: Base, rows: Rows, lines: Rows, y: Tensor, known: Tensor, new: Tensor
) -> Tensor:
    """Fit on some lines and drugs, predict others."""
    model = PairBase(base, DrugKernel()).fit(*panel.take(rows), y, known)
    out: Tensor = model(*panel.take(lines), new)
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
