"""CTRPv2, unseen lines: each modality alone against all together, five folds, common lines."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from mmdrp.evaluation.metrics import pearson
from mmdrp.nn.base.fitted import Base
from mmdrp.nn.base.kernel import Kernel
from tests.benchmarks._bases import Panel, cross_validated, folds, kernel, panel_of, study_of

TISSUE = "tissue"


def main() -> dict[str, float | int | str]:
    panel = panel_of(study_of("ctrpv2"), "auc")
    omics = [name for name in panel.inputs if name != TISSUE]
    common = torch.stack([panel.present[name] for name in omics]).all(0)
    sets: dict[str, list[str]] = {name: [name] for name in omics}
    sets["all"] = omics
    print(
        f"{int(common.sum())} of {len(panel.lines)} lines have every modality; mean (sd) of folds"
    )
    print(f"{'':<22}{'RMSE, common lines':>22}{'r norm':>18}{'RMSE, all lines':>20}")
    scores: dict[str, np.ndarray] = {}
    for name, chosen in sets.items():
        here = _only(panel, chosen)
        pred = cross_validated(here, lambda chosen=chosen: _base(chosen))  # type: ignore[misc]
        scores[name] = _per_fold(panel, pred, common)
        rmse, normal, whole = (_spread(column) for column in scores[name].T)
        print(f"{name:<22}{rmse:>22}{normal:>18}{whole:>20}")
    single = min(omics, key=lambda name: float(scores[name][:, 0].mean()))
    gain = scores[single][:, 0] - scores["all"][:, 0]
    return {
        "lines": len(panel.lines),
        "common": int(common.sum()),
        "modalities": len(omics),
        "best_single": single,
        "single_rmse": float(scores[single][:, 0].mean()),
        "all_rmse": float(scores["all"][:, 0].mean()),
        "gain": float(gain.mean()),
        "gain_sd": float(gain.std(ddof=1)),
        "folds_better": int((gain > 0).sum()),
    }


def _base(chosen: list[str]) -> Base:
    """Return the default base; weights of its kernels by leave-one-out, whatever is there."""
    base: Kernel = kernel(weights="loo", tissue_of=chosen[0])
    return base


def _only(panel: Panel, chosen: list[str]) -> Panel:
    keep = [*chosen, TISSUE]

    def kept(rows: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {name: rows[name] for name in keep}

    return Panel(panel.lines, panel.drugs, kept(panel.inputs), kept(panel.present), panel.y)


def _per_fold(panel: Panel, pred: Tensor, common: Tensor) -> np.ndarray:
    """Return per fold: RMSE and normalised r on common lines, RMSE on all, (folds, 3)."""
    out = []
    for train, test in folds(len(panel.lines)):
        normal = panel.y[train].double().nanmean(0)
        some = test[common[test].numpy()]
        y, p = panel.y[some].double(), pred[some].double()
        seen = torch.isfinite(y)
        whole = (panel.y[test] - pred[test])[torch.isfinite(panel.y[test])]
        r = pearson((y - normal)[seen].numpy(), (p - normal)[seen].numpy())
        out.append([float(((y - p)[seen] ** 2).mean().sqrt()), r, float((whole**2).mean().sqrt())])
    return np.array(out)


def _spread(values: np.ndarray) -> str:
    return f"{values.mean():.4f} ({values.std(ddof=1):.4f})"
