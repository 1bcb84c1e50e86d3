"""A study of 60 lines, and models of every kind fitted on it once per worker."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from mmdrp.data.ingest import synthetic
from mmdrp.data.study import Study
from mmdrp.training.model import ResponseModel

Fitted = Callable[[str], ResponseModel]
TINY: Mapping[str, Any] = {
    "modalities": ["expression", "mutation"], "width": [6], "latent": 4, "head": [6],
    "max_epochs": 1, "margin": -1000.0, "optimizer": {"name": "adamw", "lr": 1e-2},
}  # fmt: skip
"""small, quick, and the network always kept, so that predictions show all weights"""
SMALL_DRUG = {"name": "morgan", "size": 64}
KINDS: Mapping[str, Mapping[str, Any]] = {
    "panel": {},
    "ridge": {"base": "ridge"},
    "no base": {"base": "none"},
    "base only": {"net": False},
    "pairs": {"drug_features": SMALL_DRUG},
    "pairs, mean effects": {"drug_features": SMALL_DRUG, "base": "mean_effects"},
    "graph": {"drug_features": "graph", "base": "none", "modalities": ["expression"]},
    "graph on base": {"drug_features": "graph", "modalities": ["expression"]},
    "identity": {"drug_features": "identity", "base": "none"},
    "two stages": {"drug_features": SMALL_DRUG, "fusion": {"name": "attention", "dim": 4},
                   "cell_fusion": {"name": "mean", "dim": 4}},
}  # fmt: skip


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return synthetic.build(tmp_path_factory.mktemp("small") / "synthetic", lines=60, features=20)


@pytest.fixture(scope="session")
def fitted(small: Study) -> Fitted:
    """A fitted model by the name of its kind; shared, so to be left as it is."""
    made: dict[str, ResponseModel] = {}

    def get(kind: str) -> ResponseModel:
        if kind not in made:
            made[kind] = ResponseModel(**{**TINY, **KINDS[kind]}).fit(small, fold=0)
        return made[kind]

    return get
