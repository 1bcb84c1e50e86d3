"""Predictions for patients whose omics are at hand."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mmdrp.data import tables
from mmdrp.errors import MmdrpError
from mmdrp.options import checked
from mmdrp.training.model import load_model


@checked
def predict_patients(
    run: str | Path,
    data: str | Path | Mapping[str, Any],
    *,
    units: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return ``cell, drug, name, pred, ...`` of a run for a folder or modality -> file or frame.

    In a folder, files called after modalities are read, and ``cells`` for the tissue. Patients
    count as new, whatever they are called.
    """
    model = load_model(run)
    cells = None
    if not isinstance(data, Mapping):
        folder = Path(data)
        if not folder.is_dir():
            raise MmdrpError(f"data={folder}: there is no such folder")
        found = {name: tables.find(folder, name) for name in model.info_.units}
        data = {name: path for name, path in found.items() if path is not None}
        if not data:
            names = ", ".join(model.info_.units)[:80]
            raise MmdrpError(f"data={folder}: has no table of the model's modalities ({names})")
        path = tables.find(folder, "cells")
        if path is not None:
            cells = tables.read_frame(path, "cell").set_index("cell")
    pred: pd.DataFrame = model.predict(data, samples=cells, units=units, known_lines=False)
    return pred.assign(name=[model.info_.names.get(d, "") for d in pred["drug"]])
