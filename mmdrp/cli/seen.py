"""A run's fold as the baselines see it, and their predictions, kept in the run folder."""

import hashlib
import json
import logging
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from mmdrp import build
from mmdrp.cli.runs import Run
from mmdrp.data.source import Table
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.sources import structure_of
from mmdrp.stats.performance import Array
from mmdrp.stats.problem import Problem

log = logging.getLogger(__name__)
FOLDER = "baselines"
MEANS = ("global_mean", "drug_mean", "line_mean", "tissue_mean", "mean_effects")
"""baselines that read no features"""


class Reread(Study):
    """A study whose modalities are read once, however many folds ask for them."""

    def modality(self, name: str) -> Table:
        """Return one modality, remembered."""
        entry = self.manifest.tables.get(name)
        return _modality(self.root, name, "" if entry is None else entry.sha256)


@cache
def _modality(root: Path, name: str, sha256: str) -> Table:
    del sha256  # part of the key: a study made anew in the same place is another one
    return Study.read(root).modality(name)


def study_of(one: Run) -> Study:
    """Open the study of a run."""
    study = one.study()
    return Reread(study.root, study.manifest, study.cells, study.drugs)


class FoldSeen:
    """One fold, by the run that left it: test rows, training rows, baselines."""

    def __init__(self, one: Run, study: Study, seed: int) -> None:
        self.run, self.study, self.seed = one, study, seed
        table = one.predictions
        self.test = _part(table, "test")
        self._validation = _part(table, "validation")
        self._problem: Problem | None = None

    @property
    def problem(self) -> Problem:
        """Return what the baselines may see; built when it is first asked for."""
        self._problem = self._problem or problem_of(
            self.run, self.study, self._validation, self.test, self.seed
        )
        return self._problem

    def predicted(self, name: str, model: DictConfig, keep: bool) -> Array:
        """Return a baseline's predictions of the test rows, from the run folder if they are there.

        ``keep`` writes them there; a folder that cannot be written to is no mistake.
        """
        folder, key = self.run.folder / FOLDER, self._key(model)
        path = folder / f"{name}-{key}.parquet"
        if keep and path.is_file():
            return pd.read_parquet(path)["pred"].to_numpy(float)
        if name not in MEANS and not len(self.problem.expression):
            raise MmdrpError(
                f"model {name}: study {self.study.manifest.name!r} has no expression, which it "
                f"needs; choose models among: {', '.join(MEANS)}"
            )
        pred = np.asarray(instantiate(model)(self.problem), dtype=float)
        if keep:
            _keep(self.test[["cell", "drug"]].assign(pred=pred), path)
        return pred

    def _key(self, model: DictConfig) -> str:
        cfg = self.run.config
        known: dict[str, Any] = {
            "study": {n: e.sha256 for n, e in self.study.manifest.tables.items()},
            "fold": (self.run.folder / "fold.json").read_text(),
            "config": [str(cfg.get(k)) for k in ("modality", "response", "lines", "drug")],
            "model": OmegaConf.to_container(model, resolve=True),
            "seed": self.seed,
            "refit": self.run.refit,
            "versions": [version(p) for p in ("mmdrp", "scikit-learn", "numpy")],
        }
        return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:12]


def problem_of(
    one: Run, study: Study, validation: pd.DataFrame, test: pd.DataFrame, seed: int
) -> Problem:
    """Return what the baselines may see of a run's fold."""
    cfg = one.config
    sources = build.sources_of(cfg, study, cfg.response.layout)
    examples = build.examples_of(cfg, study, sources)
    train = examples.take(one.fold.train.mask(examples)).frame().dropna(subset="y")
    expression = pd.DataFrame(index=pd.Index([], dtype=object))
    if "expression" in study.modalities:
        expression = _wide(study.modality("expression"))
    compared = structure_of(sources)
    structure = None if compared is None else _wide(compared)
    tissue = _tissue(study)
    extra = _extra(study, train, tissue)
    return Problem(
        train, validation, test, expression, extra, structure, seed, tissue, refit=one.refit
    )


def _wide(table: Table) -> pd.DataFrame:
    return pd.DataFrame(table.values, index=list(table.ids), columns=list(table.features))


def _tissue(study: Study) -> pd.Series | None:
    if "tissue" not in study.cells:
        return None
    tissue = study.cells["tissue"]
    return tissue[tissue.notna() & tissue.ne("")].astype(str)


def _extra(
    study: Study, train: pd.DataFrame, tissue: pd.Series | None, most: int = 300
) -> pd.DataFrame:
    """Tissue, and the mutations that vary most among training lines: what trees are given."""
    parts: list[pd.DataFrame] = [pd.DataFrame(index=study.cells.index)]
    if tissue is not None:
        one_hot = pd.get_dummies(tissue, prefix="tissue", dtype=np.float32)
        parts.append(one_hot.reindex(study.cells.index).fillna(0.0))
    if "mutation" in study.modalities:
        wide = _wide(study.modality("mutation"))
        rows = wide.index.isin(train["cell"].unique())
        spread = wide[rows].fillna(0.0).var().nlargest(most).index
        parts.append(wide[spread].reindex(study.cells.index).fillna(0.0).add_prefix("mut_"))
    return pd.concat(parts, axis=1)


def presence(study: Study, modalities: Iterable[str]) -> pd.Series:
    """Return which of the modalities each line has, such as ``cnv+expression``."""
    have = {name: set(study.modality(name).ids) for name in sorted(modalities)}
    pattern = ["+".join(n for n, ids in have.items() if line in ids) for line in study.cells.index]
    return pd.Series([p or "none" for p in pattern], index=study.cells.index)


def tissues(study: Study) -> pd.Series:
    """Return the tissue of each line that has one."""
    found = _tissue(study)
    return pd.Series(dtype=object) if found is None else found


def _part(table: pd.DataFrame, part: str) -> pd.DataFrame:
    return table[table["part"] == part].reset_index(drop=True)


def _keep(frame: pd.DataFrame, path: Path) -> None:
    try:
        path.parent.mkdir(exist_ok=True)
        half = path.with_suffix(".part")
        frame.to_parquet(half, index=False)
        half.replace(path)
    except OSError as error:
        log.info("%s: predictions are not kept (%s)", path.parent, error.strerror)
