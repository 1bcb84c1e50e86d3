"""Pairs of a sample and a drug, as a user gives them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from mmdrp.data.drugs import resolve
from mmdrp.data.further.beside import Also, beside
from mmdrp.data.study import Study
from mmdrp.data.study.memory import Memory
from mmdrp.errors import OptionError
from mmdrp.training.info import CheckpointInfo


def study_to_fit(X: Any, y: Any, study: Study | None, also: Also) -> Study:
    """Return the study that a model learns from, others beside it; ``X`` may be pairs of it."""
    if isinstance(X, pd.DataFrame):
        if study is None or y is None:
            raise OptionError("study: fit(pairs, y, study=...) needs the study of the features")
        X = study_of_pairs(study, X, y)
    elif not isinstance(X, Study):
        raise OptionError(f"X={type(X).__name__}: expected a study, or a frame of cell, drug")
    return beside(X, also) if also else X


def study_of_pairs(study: Study, pairs: pd.DataFrame, y: Any) -> Study:
    """Return a study with the modalities of another one, and these responses and no others."""
    for column in ("cell", "drug"):
        if column not in pairs:
            raise OptionError(f"X: has no column {column!r}; expected cell and drug")
    values = np.asarray(y, dtype=np.float64).reshape(-1)
    if len(values) != len(pairs):
        raise OptionError(f"y: {len(values)} responses for {len(pairs)} pairs")
    response = pd.DataFrame(
        {
            "measure": "response", "cell": pairs["cell"].astype(str).to_numpy(),
            "drug": pairs["drug"].astype(str).to_numpy(), "value": values,
        }
    )  # fmt: skip
    tables = {name: study.modality(name) for name in study.modalities}
    entry = study.manifest.tables["cells"]
    described = replace(entry, measures={"response": {}})
    entries = {**study.manifest.tables, "response": described}
    manifest = replace(study.manifest, tables=entries)
    return Study(study.root, manifest, study.cells, study.drugs, Memory(tables, response))


def asked_pairs(pairs: pd.DataFrame | Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Return pairs as a frame with the text columns ``cell, drug``, in the order asked."""
    frame = pairs if isinstance(pairs, pd.DataFrame) else pd.DataFrame(pairs)
    if not isinstance(pairs, pd.DataFrame) and frame.shape[1] == 2:
        frame.columns = pd.Index(["cell", "drug"])
    for column in ("cell", "drug"):
        if column not in frame:
            raise OptionError(f"pairs: has no column {column!r}")
    return frame.assign(cell=frame["cell"].astype(str), drug=frame["drug"].astype(str))


def asked_drugs(
    info: CheckpointInfo, drugs: Sequence[str] | Mapping[str, str] | None, pairs: Any
) -> dict[str, str]:
    """Return drug as asked -> id of the model; OptionError where none is asked for."""
    if drugs is not None and not len(drugs):
        raise OptionError("drugs: the list is empty; name some, or None for all")
    if isinstance(drugs, Mapping):
        if not info.pairs:
            raise OptionError("drugs: a panel predicts the drugs of training; give their names")
        known, names = list(map(str, drugs)), {}
    else:
        known, names = info.drugs, info.names
    if pairs is not None:
        asked = list(dict.fromkeys(asked_pairs(pairs)["drug"].astype(str)))
        return {d: resolve([d], known, names)[0] if d not in known else d for d in asked}
    if drugs is None or isinstance(drugs, Mapping):
        return {d: d for d in known}
    return {d: d for d in resolve(list(drugs), known, names)}
