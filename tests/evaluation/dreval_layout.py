"""A folder of results as drevalpy 1.6.0 writes it, of a small study and means alone."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from mmdrp.data.study import Study

IDS = {"cell": "cell_line_name", "drug": "pubchem_id"}


def responses(study: Study, drugs: int = 5, lines: int = 60, measure: str = "auc") -> pd.DataFrame:
    """Return ``cell, drug, response, tissue`` of a corner of a study."""
    long = study.response(measure).rename(columns={"value": "response"})
    corner = long["drug"].isin(sorted(set(long["drug"]))[:drugs])
    long = long[corner & long["cell"].isin(sorted(set(long["cell"]))[:lines])]
    tissue = study.cells["tissue"].reindex(long["cell"]).to_numpy()
    return long.assign(tissue=tissue)[["cell", "drug", "response", "tissue"]]


def write_results(rows: pd.DataFrame, root: Path, mode: str, folds: int = 2) -> Path:
    """Write splits and the predictions of two models: the drug's mean, and the truth with noise.

    Held out are lines (LCO), drugs (LDO), tissues (LTO) or pairs (LPO) in turn.
    """
    folder = root / "DATA" / mode
    (folder / "splits").mkdir(parents=True)
    key = {"LCO": "cell", "LDO": "drug", "LTO": "tissue", "LPO": None}[mode]
    group = rows["cell"] + rows["drug"] if key is None else rows[key]
    place = pd.Series(pd.factorize(group, sort=True)[0], rows.index)
    rng = np.random.default_rng(0)
    for number in range(folds):
        tested = place % folds == number
        spare = sorted(set(place[~tested]))
        validated = place.isin(spare[:: max(2, len(spare) // 3)])
        parts = {"train": rows[~tested & ~validated], "validation": rows[validated & ~tested]}
        parts["test"] = rows[tested]
        for part, table in parts.items():
            _write(table, folder / "splits" / f"cv_split_{number}_{part}.csv")
        learned = rows[~tested]
        means = learned.groupby("drug")["response"].mean()
        means = parts["test"]["drug"].map(means).fillna(learned["response"].mean())
        noisy = parts["test"]["response"] + rng.normal(0, 0.01, len(parts["test"]))
        for model, pred in {"NaiveDrugMeanPredictor": means, "Sharp": noisy}.items():
            (folder / model / "predictions").mkdir(parents=True, exist_ok=True)
            table = parts["test"].sample(frac=1, random_state=0)  # it shuffles rows
            table.insert(3, "predictions", pred.reindex(table.index))
            _write(table, folder / model / "predictions" / f"predictions_split_{number}.csv")
    said = {"n_cv_splits": folds, "split_label": mode, "test_mode": mode}
    (folder / "splits" / "split_manifest.json").write_text(json.dumps(said))
    (folder / "Sharp" / "best_hpams").mkdir()
    return folder


def _write(table: pd.DataFrame, path: Path) -> None:
    table.rename(columns=IDS).to_csv(path, index=False)
