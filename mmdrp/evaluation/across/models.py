"""What learns from one study's rows and predicts another's: the model, and baselines beside it."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import pandas as pd
from sklearn.base import clone

import mmdrp.evaluation.baselines.parts  # noqa: F401  # registers the baselines
from mmdrp.data.study import Study
from mmdrp.evaluation.across.studies import Cut, Pair
from mmdrp.evaluation.baselines.fold_data import FoldData
from mmdrp.evaluation.folds import held_for_tuning
from mmdrp.registry import Part, build
from mmdrp.training.model import ResponseModel

SAYS = logging.getLogger("mmdrp")
OURS = "mmdrp"
"""what the model is called beside baselines"""


def predictions(
    model: ResponseModel, pair: Pair, cut: Cut, baselines: Mapping[str, Part], seed: int
) -> pd.DataFrame:
    """Return the test rows with ``model, own`` and ``pred``, for the source's and own models.

    Expression is standardised per gene within study, on the lines that may be learned from.
    """
    where = _scaled(pair.target.genes[pair.genes], cut.own).loc[sorted(set(cut.test["cell"]))]
    parts = []
    for own, learned, study in ((False, cut.source, pair.source), (True, cut.own, pair.target)):
        learned = learned[learned["drug"].isin(set(cut.test["drug"]))]
        omics = _scaled(study.genes[pair.genes], learned)
        omics = omics.loc[sorted(set(learned["cell"]))]
        found = _predicted(model, learned, omics, where)
        pred = cut.test[["cell", "drug"]].merge(found, on=["cell", "drug"], how="left")["pred"]
        parts.append(cut.test.assign(model=OURS, own=own, pred=pred.to_numpy(float)))
        given = _fold_data(learned, omics, where, cut.test, seed)
        for label, part in baselines.items():
            values = np.asarray(build("baseline", part, fold_data=given), dtype=float)
            parts.append(cut.test.assign(model=label, own=own, pred=values))
    return pd.concat(parts, ignore_index=True).assign(fold=cut.number)


def _scaled(genes: pd.DataFrame, learned: pd.DataFrame) -> pd.DataFrame:
    """Standardise all lines on those that are learned from; a gap becomes the mean."""
    train = genes.loc[sorted(set(learned["cell"]))]
    return ((genes - train.mean()) / train.std().replace(0, np.nan)).fillna(0.0)


def _predicted(
    model: ResponseModel, long: pd.DataFrame, omics: pd.DataFrame, where: pd.DataFrame
) -> pd.DataFrame:
    given = Study.from_frames(long, {"expression": omics}, higher="resistant")
    with _quiet():
        fitted = clone(model).fit(given)
        pred: pd.DataFrame = fitted.predict(
            {"expression": where}, known_lines=False, max_outside=1.0
        )
    return pred[["cell", "drug", "pred"]]


@contextmanager
def _quiet() -> Iterator[None]:
    """Say nothing of each of many fits, nor that another study's lines are unlike training."""
    before = SAYS.level
    SAYS.setLevel(logging.ERROR)
    try:
        yield
    finally:
        SAYS.setLevel(before)


def _fold_data(
    learned: pd.DataFrame, omics: pd.DataFrame, where: pd.DataFrame, test: pd.DataFrame, seed: int
) -> FoldData:
    """Return the fold as baselines see it; held-out lines get names that no line learned from has.

    A line may be called the same in both studies without being one row of omics.
    """
    train, validation = held_for_tuning(learned.rename(columns={"value": "y"}), seed)
    asked = test[["cell", "drug"]].assign(cell="test " + test["cell"].astype(str))
    both = pd.concat([omics.add_prefix("train ", axis=0), where.add_prefix("test ", axis=0)])
    train, validation = (
        rows.assign(cell="train " + rows["cell"].astype(str)) for rows in (train, validation)
    )
    extra = pd.DataFrame(index=both.index)
    return FoldData(train, validation, asked.assign(y=np.nan), both, extra, seed=seed, refit=True)
