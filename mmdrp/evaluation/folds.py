"""A fold as the baselines see it, and their predictions, kept in the run folder."""

import hashlib
import json
import logging
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mmdrp.batch import is_context
from mmdrp.data.lines import tissues
from mmdrp.data.source import Table
from mmdrp.data.sources import Sources, sources_of, structure_of
from mmdrp.data.spec import plain
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.evaluation.baselines.fold_data import FoldData
from mmdrp.evaluation.baselines.parts import MEANS
from mmdrp.evaluation.inputs.fold_predictions import FoldPredictions
from mmdrp.evaluation.metrics import Array
from mmdrp.io.files import whole
from mmdrp.io.sums import is_sealed, seal
from mmdrp.registry import Part, build

log = logging.getLogger(__name__)
FOLDER = "baselines"
FEW = 300
"""mutations that trees are given: those that vary most among training lines"""
VALIDATION = 0.1
"""share of training lines that baselines are tuned on where nothing else is validation"""


class FoldEvaluator:
    """One fold: its test rows, and what the baselines predict for them.

    ``source`` is the model whose test rows the baselines stand on; ``seed`` that of the baselines.
    """

    def __init__(self, source: FoldPredictions, study: Study, seed: int) -> None:
        self.source, self.study, self.seed = source, study, seed
        self.test = source.rows("test")[["cell", "drug", "y"]]  # intervals are the model's

    @cached_property
    def fold_data(self) -> FoldData:
        """What the baselines may see; built when it is first asked for."""
        return fold_data_of(self.source, self.study, self.seed)

    def predict(self, baseline: Part, cache: bool) -> Array:
        """Return a baseline's predictions of the test rows, (n,), as kept where there are any.

        ``cache`` reads and keeps them in the run folder; a folder that cannot be written to is no
        mistake.
        """
        path = self._path(baseline) if cache else None
        if path is not None and is_sealed(path):
            return pd.read_parquet(path)["pred"].to_numpy(float)
        if baseline.name not in MEANS and not len(self.fold_data.expression):
            raise MmdrpError(
                f"baseline={baseline.name}: study {self.study.name!r} has no expression, which it "
                f"needs; choose among: {', '.join(MEANS)}"
            )
        pred: Array = np.asarray(build("baseline", baseline, fold_data=self.fold_data), dtype=float)
        if path is not None:
            _keep(self.test[["cell", "drug"]].assign(pred=pred), path)
        return pred

    def _path(self, baseline: Part) -> Path | None:
        """Return the file of a baseline's predictions, named by all that decides them."""
        if self.source.folder is None or self.study.root is None:
            return None
        key: dict[str, Any] = {
            "study": {n: e.sha256 for n, e in self.study.manifest.tables.items()},
            "fold": self.source.fold_id,
            "data": plain(self.source.data),
            "baseline": baseline.plain(),
            "seed": self.seed,
            "refit": self.source.refit,
            "versions": [version(p) for p in ("mmdrp", "scikit-learn", "numpy")],
        }
        digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:12]
        return self.source.folder / FOLDER / f"{baseline.name}-{digest}.parquet"


def fold_data_of(source: FoldPredictions, study: Study, seed: int) -> FoldData:
    """Return what the baselines may see of a fold: nothing of its test rows but their ids.

    Where no row is validation, a share of the training lines is, to tune on; the baselines learn
    from them afterwards.
    """
    sources = sources_of(source.data, study)
    train, validation = source.training(study, sources), source.rows("validation")
    refit = source.refit
    if not len(validation):
        train, validation, refit = *held_for_tuning(train, seed), True
    expression = pd.DataFrame(index=pd.Index([], dtype=object))
    if "expression" in study.modalities:
        expression = _wide(study.modality("expression"))
    compared = structure_of(sources)
    tissue = tissues(study.cells)
    return FoldData(
        train, validation, source.rows("test"), expression, _extra(study, train, tissue),
        None if compared is None else _wide(compared), seed,
        tissue if "tissue" in study.cells else None, _context(sources, study), refit=refit,
    )  # fmt: skip


def held_for_tuning(train: pd.DataFrame, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Divide training rows by line."""
    lines = np.sort(train["cell"].unique())
    count = max(1, round(VALIDATION * len(lines)))
    drawn = np.random.default_rng(seed).permutation(lines)[:count]
    held = train["cell"].isin(drawn)
    return train[~held].reset_index(drop=True), train[held].reset_index(drop=True)


def _wide(table: Table) -> pd.DataFrame:
    return pd.DataFrame(table.values, index=list(table.ids), columns=list(table.features))


def _extra(study: Study, train: pd.DataFrame, tissue: pd.Series) -> pd.DataFrame:
    """Tissue, and the mutations that vary most among training lines: what trees are given."""
    parts: list[pd.DataFrame] = [pd.DataFrame(index=study.cells.index)]
    if len(tissue):
        one_hot = pd.get_dummies(tissue, prefix="tissue", dtype=np.float32)
        parts.append(one_hot.reindex(study.cells.index).fillna(0.0))
    if "mutation" in study.modalities:
        wide = _wide(study.modality("mutation"))
        rows = wide.index.isin(train["cell"].unique())
        spread = wide[rows].fillna(0.0).var().nlargest(FEW).index
        parts.append(wide[spread].reindex(study.cells.index).fillna(0.0).add_prefix("mut_"))
    return pd.concat(parts, axis=1)


def _context(sources: Sources, study: Study) -> pd.DataFrame | None:
    """Return what the model is told of how lines were grown, one column per value."""
    tables = {name: table for name, table in sources.items() if is_context(name)}
    if not tables:
        return None
    parts = [_wide(t).add_prefix(f"{name} ") for name, t in tables.items()]
    return pd.concat(parts, axis=1).reindex(study.cells.index).fillna(0.0)


def _keep(frame: pd.DataFrame, path: Path) -> None:
    try:
        path.parent.mkdir(exist_ok=True)
        with whole(path) as half:
            frame.to_parquet(half, index=False)
        seal(path)
    except (OSError, MmdrpError) as error:
        log.info("predictions are not kept: %s", error)
