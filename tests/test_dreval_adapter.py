"""The adapter to drevalpy, tried on classes of drevalpy 1.6.0's signatures: it is not installed."""

import inspect
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from mmdrp.data.study import Study
from tests.benchmarks.speed import api_overhead


class DRPModel(ABC):
    """The abstract methods of ``drevalpy.models.drp_model.DRPModel``, as in the release."""

    early_stopping = False
    is_single_drug_model = False

    @classmethod
    @abstractmethod
    def get_model_name(cls) -> str: ...

    @classmethod
    def get_hyperparameter_set(cls) -> list[dict[str, Any]]:
        raise NotImplementedError

    @property
    @abstractmethod
    def cell_line_views(self) -> list[str]: ...

    @property
    @abstractmethod
    def drug_views(self) -> list[str]: ...

    @abstractmethod
    def build_model(self, hyperparameters: dict[str, Any]) -> None: ...

    @abstractmethod
    def train(
        self,
        output: Any,
        cell_line_input: Any,
        drug_input: Any = None,
        output_earlystopping: Any = None,
        model_checkpoint_dir: str = "checkpoints",
    ) -> None: ...

    @abstractmethod
    def predict(
        self, cell_line_ids: Any, drug_ids: Any, cell_line_input: Any, drug_input: Any = None
    ) -> Any: ...

    @abstractmethod
    def load_cell_line_features(self, data_path: str, dataset_name: str) -> Any: ...

    @abstractmethod
    def load_drug_features(self, data_path: str, dataset_name: str) -> Any: ...


@dataclass
class Features:
    """As ``FeatureDataset``: id -> view -> values, and view -> names."""

    features: dict[str, dict[str, Any]]
    meta_info: dict[str, Any]


@dataclass
class Responses:
    """As ``DrugResponseDataset``: one row per measured line and drug."""

    cell_line_ids: Any
    drug_ids: Any
    response: Any


@pytest.fixture
def adapter(monkeypatch: pytest.MonkeyPatch, study: Study) -> Any:
    table = study.modality("expression")
    features = Features(
        {i: {"gene_expression": v} for i, v in zip(table.ids, table.values, strict=True)},
        {"gene_expression": np.array(table.features)},
    )
    made: dict[str, dict[str, Any]] = {
        "drevalpy": {}, "drevalpy.models": {}, "drevalpy.models.drp_model": {"DRPModel": DRPModel},
        "drevalpy.models.utils": {"load_and_select_gene_features": lambda *_: features},
    }  # fmt: skip
    for name, members in made.items():
        module = ModuleType(name)
        module.__dict__.update(members)
        monkeypatch.setitem(sys.modules, name, module)
    name = "tests.benchmarks.speed._dreval_adapter"
    monkeypatch.delitem(sys.modules, name, raising=False)
    yield import_module(name).MMDRP
    sys.modules.pop(name, None)


def test_the_adapter_has_the_signature_of_its_base(adapter: Any) -> None:
    assert not inspect.isabstract(adapter)
    assert "_" not in adapter.get_model_name()  # drevalpy divides file names there
    assert api_overhead.code_lines(api_overhead.ADAPTER.read_text()) <= 30


def test_the_adapter_learns_and_predicts(adapter: Any, study: Study) -> None:
    model = adapter()
    (settings,) = adapter.get_hyperparameter_set()
    model.build_model(hyperparameters=settings)
    features = model.load_cell_line_features(data_path="data", dataset_name="CTRPv2")
    assert model.load_drug_features(data_path="data", dataset_name="CTRPv2") is None
    long = study.response("ic50")
    long = long[long["cell"].isin(list(features.features))]
    seen = long["cell"] < "LINE100"
    train, test = long[seen], long[~seen]
    output = Responses(*(train[c].to_numpy() for c in ("cell", "drug", "value")))
    model.train(
        output=output, output_earlystopping=None, cell_line_input=features, drug_input=None,
        model_checkpoint_dir="unused",
    )  # fmt: skip
    predicted = model.predict(
        cell_line_ids=test["cell"].to_numpy(), drug_ids=test["drug"].to_numpy(),
        cell_line_input=features, drug_input=None,
    )  # fmt: skip
    assert predicted.shape == (len(test),)
    means = train.groupby("drug")["value"].mean()
    error = (predicted - test["value"].to_numpy()) ** 2
    assert error.mean() < ((test["drug"].map(means) - test["value"]) ** 2).mean()
