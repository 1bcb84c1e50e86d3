"""mmdrp as a model of drevalpy 1.6.0, on the public interface of both."""

from typing import Any, ClassVar

import pandas as pd
from drevalpy.models.drp_model import DRPModel
from drevalpy.models.utils import load_and_select_gene_features

import mmdrp


class MMDRP(DRPModel):
    cell_line_views: ClassVar[list[str]] = ["gene_expression"]
    drug_views: ClassVar[list[str]] = []

    @classmethod
    def get_model_name(cls) -> str:
        return "MMDRP"

    @classmethod
    def get_hyperparameter_set(cls) -> list[dict[str, Any]]:
        return [{"net": False}]

    def build_model(self, hyperparameters: dict[str, Any]) -> None:
        self.model = mmdrp.ResponseModel(modalities=["expression"], **hyperparameters)

    def train(self, output: Any, cell_line_input: Any, **_: Any) -> None:
        long = {"cell": output.cell_line_ids, "drug": output.drug_ids, "value": output.response}
        self.model.fit(mmdrp.Study.from_frames(pd.DataFrame(long), omics(cell_line_input)))

    def predict(self, cell_line_ids: Any, drug_ids: Any, cell_line_input: Any, **_: Any) -> Any:
        pairs = list(zip(cell_line_ids, drug_ids, strict=True))
        return self.model.predict(omics(cell_line_input), pairs=pairs)["pred"].to_numpy()

    def load_cell_line_features(self, data_path: str, dataset_name: str) -> Any:
        return load_and_select_gene_features("gene_expression", None, data_path, dataset_name)

    def load_drug_features(self, **_: Any) -> None: ...  # a panel reads none


def omics(source: Any) -> dict[str, pd.DataFrame]:
    rows = {sample: views["gene_expression"] for sample, views in source.features.items()}
    genes = source.meta_info["gene_expression"]
    return {"expression": pd.DataFrame.from_dict(rows, orient="index", columns=genes)}
