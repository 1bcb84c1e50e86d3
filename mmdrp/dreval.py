"""mmdrp's models as models of drevalpy 1.6 (DrEval): ``MMDRP``, ``-expression`` and ``-network``.

Importing this module registers them: ``python -m mmdrp.dreval ARGS...`` is ``drevalpy ARGS...``.
"""

import sys
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

import mmdrp

try:
    from drevalpy.datasets.dataset import FeatureDataset
    from drevalpy.models import MODEL_FACTORY, MULTI_DRUG_MODEL_FACTORY
    from drevalpy.models.drp_model import DRPModel
    from drevalpy.models.utils import load_and_select_gene_features
except ImportError as error:
    WHY = f"mmdrp.dreval: {error}; it needs drevalpy 1.6: pip install 'mmdrp[dreval]'"
    raise SystemExit(WHY) if __name__ == "__main__" else mmdrp.MmdrpError(WHY) from error

# table of drevalpy's data -> modality
VIEWS = {"gene_expression": "expression", "mutations": "mutation", "methylation": "methylation"}
VIEWS |= {"copy_number_variation_gistic": "cnv", "proteomics": "proteomics"}
# column of ``drug_smiles.csv`` -> what it is here; the second one may be there
TEXTS = {"canonical_smiles": "smiles", "target": "target"}
FILE = "mmdrp.ckpt"


class MMDRP(DRPModel):
    """All omics that the data have, and drugs by ``drug_smiles.csv`` where that is there.

    Hyperparameters are keywords of ``mmdrp.ResponseModel``.
    """

    name: ClassVar[str] = "MMDRP"  # drevalpy divides names at "_" and "."
    cell_line_views: ClassVar[list[str]] = list(VIEWS)
    drug_views: ClassVar[list[str]] = ["drug"]
    options: ClassVar[dict[str, Any]] = {"net": False}

    @classmethod
    def get_model_name(cls) -> str:
        """Return the name that ``--models`` takes."""
        return cls.name

    @classmethod
    def get_hyperparameter_set(cls) -> list[dict[str, Any]]:
        """Return one setting: what there is to choose, the fit chooses by leave-one-out."""
        return [dict(cls.options)]

    def build_model(self, hyperparameters: dict[str, Any]) -> None:
        """Keep the settings; what drugs are described by is known when training starts."""
        self.log_hyperparameters(hyperparameters)
        self.settings = dict(hyperparameters)

    def load_cell_line_features(self, data_path: str, dataset_name: str) -> Any:
        """Return every line that any table has, NaN where a table lacks it."""
        folder = Path(data_path, dataset_name)
        there = [v for v in self.cell_line_views if (folder / f"{v}.csv").is_file()]
        if not there:
            raise mmdrp.MmdrpError(f"{folder}: has none of {', '.join(self.cell_line_views)}")
        found = {v: load_and_select_gene_features(v, None, data_path, dataset_name) for v in there}
        names = {v: found[v].meta_info[v] for v in there}
        lacking = {v: {v: np.full(len(names[v]), np.nan)} for v in there}
        lines = dict.fromkeys(line for v in there for line in found[v].features)
        rows = {i: {v: found[v].features.get(i, lacking[v])[v] for v in there} for i in lines}
        return FeatureDataset(rows, names)

    def load_drug_features(self, data_path: str, dataset_name: str) -> Any:
        """Return what ``drug_smiles.csv`` says of drugs; None where there is no such table."""
        path = Path(data_path, dataset_name, "drug_smiles.csv")
        if not path.is_file():
            return None
        table = pd.read_csv(path, dtype=str).set_index("pubchem_id").rename(columns=TEXTS)
        table = table[[c for c in TEXTS.values() if c in table]].dropna(subset=["smiles"])
        rows = zip(table.index, table.fillna("").to_numpy(str), strict=True)
        return FeatureDataset({drug: {"drug": row} for drug, row in rows}, {"drug": list(table)})

    def train(self, output: Any, cell_line_input: Any, drug_input: Any = None, **_: Any) -> None:
        """Fit on all rows of ``output``, and on the features of their lines and drugs alone."""
        long = pd.DataFrame({"cell": output.cell_line_ids, "drug": output.drug_ids})
        long["value"] = output.response
        tables, drugs = omics(cell_line_input, long["cell"]), known(drug_input, long["drug"])
        study = mmdrp.Study.from_frames(long, tables, drugs=drugs, measure="response")
        kind = {} if drugs is None else {"drug_features": "auto"}
        self.model = mmdrp.ResponseModel(list(tables), **(kind | self.settings)).fit(study)

    def predict(
        self, cell_line_ids: Any, drug_ids: Any, cell_line_input: Any, drug_input: Any = None
    ) -> npt.NDArray[np.floating]:
        """Predict a response per line and drug; tables that training lacked are left out."""
        units, found = self.model.info_.units, omics(cell_line_input, cell_line_ids)
        tables = {name: table for name, table in found.items() if name in units}
        drugs = known(drug_input, drug_ids) if self.model.info_.pairs else None
        study = mmdrp.Study.from_frames(None, tables, drugs=drugs)
        asked = None if drugs is None else dict(drugs["smiles"])
        pairs = pd.DataFrame({"cell": cell_line_ids, "drug": drug_ids})
        # Another study's values may lie elsewhere: the harness asks for a prediction all the same.
        pred = self.model.predict(study, asked, pairs=pairs, min_features=0.0, max_outside=1.0)
        return np.asarray(pred["pred"], dtype=np.float64)

    def save(self, directory: str) -> None:
        """Write the checkpoint."""
        self.model.save(Path(directory) / FILE)

    @classmethod
    def load(cls, directory: str) -> Self:
        """Return the model that ``save`` wrote."""
        model = cls()
        model.model = mmdrp.load_model(Path(directory) / FILE)
        return model


class Expression(MMDRP):
    """Expression alone."""

    name, cell_line_views = "MMDRP-expression", ["gene_expression"]


class Network(MMDRP):
    """The network beside the closed form, kept where it lowers the validation loss."""

    name, options = "MMDRP-network", {"net": True}


def omics(source: Any, lines: Any) -> dict[str, pd.DataFrame]:
    """Return modality -> lines x features, of the lines asked for; absent ones have no row."""
    out = {}
    for view, features in source.meta_info.items():
        rows = {i: source.features[i][view] for i in dict.fromkeys(lines)}
        table = pd.DataFrame.from_dict(rows, "index", dtype=float, columns=list(features))
        out[VIEWS[view]] = table.dropna(how="all")
    return {name: table for name, table in out.items() if len(table)}


def known(source: Any, drugs: Any) -> pd.DataFrame | None:
    """Return drugs x what is known of them, of the drugs asked for."""
    if source is None:
        return None
    rows = {i: source.features[i]["drug"] for i in dict.fromkeys(drugs)}
    return pd.DataFrame.from_dict(rows, "index", columns=source.meta_info["drug"])


for factory in (MULTI_DRUG_MODEL_FACTORY, MODEL_FACTORY):
    factory.update({model.name: model for model in (MMDRP, Expression, Network)})

if __name__ == "__main__":
    from drevalpy.cli.main import cli_main

    try:
        cli_main()
    except mmdrp.MmdrpError as error:
        sys.exit(f"mmdrp.dreval: {error}")
