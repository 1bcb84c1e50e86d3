"""A study as drevalpy's folder of data, and models of its harness run on it."""

import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rdkit.Chem import MolFromSmiles
from rdkit.Chem.rdFingerprintGenerator import GetMorganGenerator

import mmdrp
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.evaluation.comparison import corrected_t
from mmdrp.evaluation.report import EvaluationReport
from tests.benchmarks._bases import study_in

VIEWS = {
    "gene_expression": "expression", "mutations": "mutation", "copy_number_variation_gistic": "cnv",
    "methylation": "methylation", "proteomics": "rppa",
}  # fmt: skip
LISTS = ("landmark_genes", "landmark_genes_reduced")
"""gene lists that its models ask for: all genes of the study"""
BITS = (128, 256)
SHORT = {"RandomForest": "forest", "MMDRP-expression": "expression",
         "MMDRP-expression+morgan": "without_minimol"}  # fmt: skip
"""model -> what its figures are called"""
NAME = "CTRPv2"
SETTINGS: dict[str, dict[str, Any]] = {
    "RandomForest": {"n_estimators": 20, "criterion": "squared_error", "max_samples": 0.2,
                     "max_depth": 30, "n_jobs": 1, "gene_list": "landmark_genes"},
    "ElasticNet": {"alpha": 0.1, "l1_ratio": 0.5, "gene_list": "landmark_genes"},
    "MMDRP-expression+morgan": {"net": False, "drug_features": "morgan"},
}  # fmt: skip
"""what is run in place of a model's first setting; ``NAME+variant`` is a model of ours"""


def write_data(
    study: Study, root: Path, name: str, drugs: Sequence[str], measure: str = "auc"
) -> pd.DataFrame:
    """Write ``root/name`` and ``root/meta`` as drevalpy 1.6.0 reads them; return the responses.

    Kept are lines with expression, and ``drugs``. Its column for the measure is ``AUC``.
    """
    folder, meta = root / name, root / "meta" / "gene_lists"
    (folder / "drug_fingerprints").mkdir(parents=True)
    meta.mkdir(parents=True, exist_ok=True)
    views = {view: study.modality(m) for view, m in VIEWS.items() if m in study.modalities}
    lines = list(views["gene_expression"].ids)
    for view, table in views.items():
        frame = table.frame()
        frame = frame[frame.index.isin(lines)].rename_axis("cell_line_name")
        frame.to_csv(folder / f"{view}.csv", float_format="%.6g")
    for gene_list in LISTS:
        genes = pd.DataFrame({"Symbol": views["gene_expression"].features})
        genes.to_csv(meta / f"{gene_list}.csv", index=False)
    (root / "meta" / "tissue_mapping.csv").write_text("cell_line_name,tissue\n")
    tissue = study.cells["tissue"].reindex(lines).fillna("").replace("", "unknown")
    # Its reader takes lines of equal rows for one line, whatever they are called.
    ids = {"cell_line_name": lines, "cellosaurus_id": lines, "tissue": tissue.to_numpy()}
    pd.DataFrame(ids).to_csv(folder / "cell_line_names.csv", index=False)
    screened = study.drugs.loc[list(drugs)].rename_axis("pubchem_id")
    screened["name"].to_frame("drug_name").to_csv(folder / "drug_names.csv")
    screened["smiles"].to_frame("canonical_smiles").to_csv(folder / "drug_smiles.csv")
    for bits in BITS:
        morgan = GetMorganGenerator(radius=2, fpSize=bits)
        found = {
            d: morgan.GetFingerprintAsNumPy(MolFromSmiles(s)) for d, s in screened["smiles"].items()
        }
        path = folder / "drug_fingerprints" / f"pubchem_id_to_demorgan_{bits}_map.csv"
        pd.DataFrame(found).to_csv(path, index=False)
    long = study.response(measure)
    long = long[long["cell"].isin(lines) & long["drug"].isin(drugs)]
    rows = pd.DataFrame(
        {
            "cell_line_name": long["cell"], "pubchem_id": long["drug"], "AUC": long["value"],
            "tissue": tissue.reindex(long["cell"]).to_numpy(),
        }
    )  # fmt: skip
    rows.to_csv(folder / f"{name}.csv", index=False)
    return rows.reset_index(drop=True)


def drawn_drugs(study: Study, count: int, measure: str = "auc") -> list[str]:
    """Return ``count`` drugs with a structure, drawn by a fixed seed, each structure once."""
    screened = set(study.response(measure)["drug"])
    known = study.drugs[study.drugs["smiles"].fillna("").ne("")].drop_duplicates("smiles")
    ids = sorted(screened & set(map(str, known.index)))
    return sorted(np.random.default_rng(0).choice(ids, count, replace=False))


def harness(mode: str, root: Path, asked: Mapping[str, int], folds: int = 5) -> list[Path]:
    """Run models in drevalpy's loop; ``asked`` is model -> how many of the folds it gets.

    Folds are drevalpy's own (``folds`` of them, seed 42), settings those of ``SETTINGS`` or the
    first of a model's own. What a folder has already is not run again. Returns folders of results.
    """
    from drevalpy.datasets.loader import load_custom
    from drevalpy.datasets.splits import make_split_params, run_builtin_splitter
    from drevalpy.experiment import drug_response_experiment
    from drevalpy.models import MODEL_FACTORY, MULTI_DRUG_MODEL_FACTORY

    import mmdrp.dreval  # noqa: F401  # registers ours

    for name in asked:
        original = name.partition("+")[0]
        settings = SETTINGS.get(name, MODEL_FACTORY[original].get_hyperparameter_set()[0])
        made = {
            "get_hyperparameter_set": classmethod(lambda cls, given=settings: [given]),
            "get_model_name": classmethod(lambda cls, given=name: given),
        }
        model = type(name, (MODEL_FACTORY[original],), made)
        for factory in (MODEL_FACTORY, MULTI_DRUG_MODEL_FACTORY):
            factory[name] = model
    out = []
    for count in sorted(set(asked.values()), reverse=True):

        def first(data: Any, params: Any, count: int = count) -> Any:
            given = make_split_params(test_mode=mode, n_cv_splits=folds, split_early_stopping=False)
            return run_builtin_splitter(data, given)[0][:count]

        table = load_custom(root / NAME / f"{NAME}.csv", NAME, "AUC", "tissue")
        names = [name for name, its in asked.items() if its == count]
        where = root / "results" / f"{count}"
        for name in names:
            before = time.process_time()
            with redirect_stdout(sys.stderr):
                drug_response_experiment(
                    [MODEL_FACTORY[name]], table, [], run_id=f"{count}", test_mode=mode,
                    path_out=str(root / "results"), path_data=str(root), custom_splitter=first,
                    hyperparameter_tuning=False,
                )  # fmt: skip
            spent = time.process_time() - before
            print(f"{name}: {spent:.0f} s of processor time", file=sys.stderr, flush=True)
        out.append(where / NAME / mode)
    return out


def compare(mode: str, ours: str, models: Mapping[str, int]) -> dict[str, float | int | str]:
    """Run models in drevalpy's loop on 120 drugs of CTRPv2, and score them by ``mmdrp.evaluate``.

    ``models`` is model -> number of folds; the variable MODELS (``NAME:FOLDS,...``) names others,
    KEEP a folder in which data and results stay, so that only what is missing is run.
    """
    if find_spec("drevalpy") is None:
        raise MmdrpError("needs the extra dreval: pip install 'mmdrp[dreval]'")
    study = study_in("ctrpv2")
    if chosen := os.environ.get("MODELS"):
        models = {n: int(k or 5) for n, _, k in (m.partition(":") for m in chosen.split(","))}
    root = Path(os.environ.get("KEEP") or tempfile.mkdtemp())
    if not (root / NAME).is_dir():
        write_data(study, root, NAME, drawn_drugs(study, 120))
    folders = harness(mode, root, models)
    report = mmdrp.evaluate(None, study, dreval=folders, baselines=["mean_effects"])
    shown = ["model", "fold", "rmse", "pearson_normalised", "pearson_per_drug"]
    print(report.scores[shown].round(4).to_string(), file=sys.stderr)
    print(report.differences[report.differences["model"] == ours].to_string(), file=sys.stderr)
    return figures_of(report, ours)


def figures_of(report: EvaluationReport, ours: str) -> dict[str, float | int | str]:
    """Return scores of each model, and what ``ours`` has ahead of the rest on shared folds."""
    out: dict[str, float | int | str] = {}
    for name, found in report.metrics.items():
        label = "model" if name == ours else SHORT.get(name, name)
        out |= {f"{label}_rmse": found["rmse"], f"{label}_nr": found["pearson_normalised"]}
        out[f"{label}_drug_r"] = found["pearson_per_drug"]
        out[f"{label}_folds"] = int((report.scores["model"] == name).sum())
    gaps = {}
    for metric in ("pearson_normalised", "rmse"):
        folds = report.scores.pivot(index="fold", columns="model", values=metric)
        for peer in folds.columns.drop(ours):
            own = peer.startswith("MMDRP") or peer == "mean_effects"
            gap = corrected_t((folds[ours] - folds[peer]).dropna().to_numpy(float), 0.25)
            gaps[metric, peer, own] = gap
    ahead = {p: g.difference for (m, p, own), g in gaps.items() if m != "rmse" and not own}
    best = min(ahead, key=lambda peer: ahead[peer])
    out |= {"best_peer": best, "best_peer_nr": report.metrics[best]["pearson_normalised"]}
    out["nr_ahead_of_best_peer"] = ahead[best]
    for peer in ("NaiveMeanEffectsPredictor", best):
        gap = next(g for (m, p, _), g in gaps.items() if (m, p) == ("rmse", peer))
        label = "mean_effects" if peer != best else "best_peer"
        out |= {f"rmse_minus_{label}": gap.difference, f"rmse_minus_{label}_low": gap.low}
        out[f"rmse_minus_{label}_high"] = gap.high
    return out
