"""A study as tensors, and bases cross-validated on it."""

import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from sklearn.model_selection import KFold
from torch import Tensor

from mmdrp.data.study import Study
from mmdrp.evaluation.comparison import corrected_t
from mmdrp.evaluation.metrics import pearson
from mmdrp.nn.base.fitted import Base
from mmdrp.nn.base.kernel import Kernel

ROOT = Path(__file__).parents[2]
CONTEXT = ("medium",)
"""columns of the cells table that bases are told"""
ASIDE = ("racs", "msi")
"""modalities of GDSC that the default does not read"""
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Panel:
    """Lines x drugs, and the raw features of the lines."""

    lines: list[str]
    drugs: list[str]
    inputs: dict[str, Tensor]
    present: dict[str, Tensor]
    y: Tensor

    def take(self, rows: Rows) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Return features and presence of some lines."""
        i = torch.from_numpy(rows)
        return {s: x[i] for s, x in self.inputs.items()}, {s: p[i] for s, p in self.present.items()}


def study_of(name: str) -> Study:
    """Open the study that MMDRP_STUDY names, by default data/``name``."""
    return Study.read(os.environ.get("MMDRP_STUDY", str(ROOT / "data" / name)))


def panel_of(
    study: Study, measure: str, keep: Callable[[str], bool] = lambda line: True,
    without: Collection[str] = (),
) -> Panel:  # fmt: skip
    """Lay out a response beside every modality (``without`` these) and the tissue, one-hot."""
    long = study.response(measure)
    wide = long.pivot(index="cell", columns="drug", values="value").sort_index().sort_index(axis=1)
    wide = wide[[keep(str(line)) for line in wide.index]]
    inputs, present = {}, {}
    for name in (m for m in study.modalities if m not in without):
        table = study.modality(name)
        rows = table.locate(wide.index.to_numpy(str))
        inputs[name], present[name] = table.take(rows), torch.from_numpy(rows >= 0)
    tissue = study.cells["tissue"].reindex(wide.index)
    one_hot = pd.get_dummies(tissue, dtype=float).to_numpy(np.float32).copy()
    inputs["tissue"] = torch.from_numpy(one_hot)
    present["tissue"] = torch.from_numpy(tissue.notna().to_numpy(bool).copy())
    for column in CONTEXT:
        if column in study.cells:
            name = f"context:{column}"
            value = study.cells[column].reindex(wide.index)
            hot = pd.get_dummies(value, dtype=float).to_numpy(np.float32).copy()
            inputs[name] = torch.from_numpy(hot)
            present[name] = torch.from_numpy(value.notna().to_numpy(bool).copy())
    y = torch.from_numpy(wide.to_numpy(np.float32).copy())
    return Panel(list(map(str, wide.index)), list(map(str, wide.columns)), inputs, present, y)


def kernel(**options: object) -> Kernel:
    """Return the base with its defaults, these options changed."""
    return Kernel(**options)  # type: ignore[arg-type]


def folds(n: int, seed: int = 0) -> Iterator[tuple[Rows, Rows]]:
    """Yield train and test positions of five folds."""
    yield from KFold(5, shuffle=True, random_state=seed).split(np.arange(n))


def study_in(name: str) -> Study:
    """Open a study of the data folder: MMDRP_DATA, by default data."""
    return Study.read(Path(os.environ.get("MMDRP_DATA", str(ROOT / "data"))) / name)


def cross_validated(panel: Panel, make: Callable[[], Base], seed: int = 0) -> Tensor:
    """Return cell-blind predictions (n, t) of all lines."""
    pred = torch.full_like(panel.y, torch.nan)
    for train, test in folds(len(panel.y), seed):
        base = make().fit(*panel.take(train), panel.y[train])
        pred[test] = base(*panel.take(test))
    return pred


def scored(panel: Panel, pred: Tensor) -> dict[str, float]:
    """Return MSE, mean per-drug Pearson, and Pearson with the drugs' training means subtracted."""
    y, seen = panel.y.double(), torch.isfinite(panel.y)
    normal = torch.full_like(y, torch.nan)
    for train, test in folds(len(y)):
        normal[test] = y[train].nanmean(0)
    rest = [(t - normal)[seen].numpy() for t in (y, pred.double())]
    per_drug = [
        pearson(y[o, j].numpy(), pred[o, j].double().numpy())
        for j, o in enumerate(seen.T)
        if int(o.sum()) >= 10
    ]
    return {
        "mse": float(((y - pred)[seen] ** 2).mean()),
        "r": float(np.nanmean(per_drug)),
        "nr": pearson(*rest),
    }


def gained(lead: str, gains: list[float], shares: list[float]) -> dict[str, float]:
    """Return a lead's mean gain over folds with its interval, and how much of it was added."""
    found = corrected_t(np.array(gains), 1 / 4)
    return {
        f"{lead}_gain": found.difference,
        f"{lead}_low": found.low,
        f"{lead}_high": found.high,
        f"{lead}_share": float(np.mean(shares)),
    }
