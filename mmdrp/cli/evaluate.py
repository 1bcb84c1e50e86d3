"""``mmdrp evaluate``: every fold beside baselines on identical rows."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
from omegaconf import DictConfig

from mmdrp import build
from mmdrp.cli import runs
from mmdrp.cli.runs import Run, find_runs
from mmdrp.cli.table import show
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.progress import bar
from mmdrp.stats.baselines import BASELINES, Problem
from mmdrp.stats.performance import effects, pearson, per_group, scores, spearman

log = logging.getLogger(__name__)


def run(cfg: DictConfig, out: Path) -> None:
    """Score runs (folds) and write ``metrics.json``, ``scores.csv`` and ``per_drug.csv``."""
    unknown = [name for name in cfg.baselines if name not in BASELINES]
    if unknown:
        raise MmdrpError(f"baselines: no {unknown[0]!r}; there are: {', '.join(BASELINES)}")
    found = find_runs(cfg.run)
    _same_question(found)
    long, drugs = [], []
    for one in bar(found, "folds"):
        for model, frame, normal in predictions(one, cfg):
            fold = int(frame["fold"].iloc[0])
            long.append(
                {"run": one.folder.name, "fold": fold, "model": model, **scores(frame, normal)}
            )
            drugs.append(_per_drug(frame, model, fold))
    table = pd.DataFrame(long)
    mean = table.drop(columns=["run", "fold"]).groupby("model", sort=False).mean()
    metrics = {
        str(model): {str(k): float(v) for k, v in row.items()} for model, row in mean.iterrows()
    }
    runs.write_json(out / runs.METRICS, metrics)
    table.to_csv(out / "scores.csv", index=False)
    pd.concat(drugs).to_csv(out / "per_drug.csv", index=False)
    show(metrics, f"Test scores, mean over {len(found)} fold{'s' if len(found) > 1 else ''}")
    print(f"Per fold and per drug: {out}")


def predictions(one: Run, cfg: DictConfig) -> list[tuple[str, pd.DataFrame, np.ndarray]]:
    """Return for the model and each baseline its test rows and the mean effects on them."""
    table = one.predictions
    test = table[table["part"] == "test"].reset_index(drop=True)
    validation = table[table["part"] == "validation"].reset_index(drop=True)
    problem = problem_of(one, one.study(), validation, test, cfg.seed)
    normal = effects(problem.train, test)
    done = [("model", test, normal)]
    for name in bar(cfg.baselines, "baselines"):
        if name == "forest":
            pred = BASELINES[name](problem, trees=cfg.trees, components=cfg.components)
        else:
            pred = BASELINES[name](problem)
        done.append((name, test.assign(pred=pred), normal))
    return done


def problem_of(
    one: Run, study: Study, validation: pd.DataFrame, test: pd.DataFrame, seed: int
) -> Problem:
    """Return what the baselines may see of a run's fold."""
    cfg = one.config
    sources = build.sources_of(cfg, study, cfg.response.layout)
    examples = build.examples_of(cfg, study, sources)
    train = examples.take(one.fold.train.mask(examples)).frame().dropna(subset="y")
    if "expression" not in study.modalities:
        raise MmdrpError(
            f"study {study.manifest.name!r} has no expression, which ridge and forest need; "
            "use baselines=[drug_mean,mean_effects]"
        )
    table = study.modality("expression")
    expression = pd.DataFrame(table.values, index=list(table.ids), columns=list(table.features))
    structure = None
    if "drug" in sources:
        drug = sources["drug"]
        structure = pd.DataFrame(drug.values, index=list(drug.ids))
    extra = _extra(study, train)
    return Problem(train, validation, test, expression, extra, structure, seed)


def _extra(study: Study, train: pd.DataFrame, most: int = 300) -> pd.DataFrame:
    """Tissue, and the mutations that vary most among training lines: what a forest is given."""
    tissue = study.cells["tissue"] if "tissue" in study.cells else pd.Series("", study.cells.index)
    parts = [pd.get_dummies(tissue, prefix="tissue", dtype=np.float32)]
    if "mutation" in study.modalities:
        table = study.modality("mutation")
        wide = pd.DataFrame(table.values, index=list(table.ids), columns=list(table.features))
        rows = wide.index.isin(train["cell"].unique())
        spread = wide[rows].fillna(0.0).var().nlargest(most).index
        parts.append(wide[spread].reindex(study.cells.index).fillna(0.0).add_prefix("mut_"))
    return pd.concat(parts, axis=1)


def _per_drug(frame: pd.DataFrame, model: str, fold: int) -> pd.DataFrame:
    error = (frame["y"] - frame["pred"]) ** 2
    table = pd.DataFrame(
        {
            "mse": error.groupby(frame["drug"]).mean(),
            "pearson": per_group(frame, "drug", pearson),
            "spearman": per_group(frame, "drug", spearman),
            "n": frame.groupby("drug").size(),
        }
    )
    return table.rename_axis("drug").reset_index().assign(model=model, fold=fold)


def _same_question(found: list[Run]) -> None:
    keys = {
        (
            c.study.path,
            c.response.measure,
            c.response.layout,
            c.split._target_,
            c.seed,
            tuple(c.modality),
            c.base._target_,
        )
        for c in (one.config for one in found)
    }
    if len(keys) > 1:
        raise MmdrpError(
            "run: these runs differ in study, response, split, seed, modalities or base, so their "
            "scores cannot be averaged; evaluate them one by one"
        )
    folds = [one.config.fold_file or one.config.fold for one in found]
    if len(set(folds)) < len(folds):
        raise MmdrpError(f"run: several of these runs are the same fold ({folds})")
