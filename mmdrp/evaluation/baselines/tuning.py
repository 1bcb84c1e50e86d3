"""One setting for all drugs, chosen on validation rows."""

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from mmdrp.errors import OptionError
from mmdrp.evaluation.baselines.fold_data import Array, FoldData, Pairs, looked_up
from mmdrp.evaluation.metrics import effects

log = logging.getLogger(__name__)
S = TypeVar("S")


def tuned(
    fold_data: FoldData,
    settings: Sequence[S],
    tables: Callable[[FoldData, Sequence[S]], Iterable[pd.DataFrame]],
    pair: Callable[[S], Any],
    max_pairs: int = 30_000,
) -> Array:
    """Return the test predictions, (n,), of the setting with the least validation error.

    ``tables`` gives lines x drugs under each setting; ``pair`` a scikit-learn model for rows of
    unseen drugs, which learns from at most ``max_pairs`` rows. What neither predicts gets the mean
    effects. Raises OptionError where there is no setting to try.
    """
    if not len(settings):
        raise OptionError("baseline: every list of settings needs at least one value")
    inner = len(fold_data.validation)
    preds = _predicted(fold_data, settings, tables, pair, max_pairs)
    errors = [float(((p[:inner] - fold_data.validation["y"]) ** 2).mean()) for p in preds]
    best = int(np.argmin(errors))
    log.debug("%d settings tried, chosen: %s", len(settings), settings[best])
    if fold_data.refit:
        preds[best] = _predicted(fold_data.decided, [settings[best]], tables, pair, max_pairs)[0]
    return preds[best][inner:]


def _predicted(
    fold_data: FoldData,
    settings: Sequence[S],
    tables: Callable[[FoldData, Sequence[S]], Iterable[pd.DataFrame]],
    pair: Callable[[S], Any],
    max_pairs: int,
) -> list[Array]:
    """Return the predictions of validation and test rows under each setting."""
    rows = fold_data.rows
    fallback = effects(fold_data.train, rows)
    unseen = _with_structure(fold_data, rows)
    given = Pairs(fold_data, max_pairs) if unseen.any() else None
    preds = []
    for table, setting in zip(tables(fold_data, settings), settings, strict=True):
        pred = looked_up(table, rows, fallback)
        if given is not None:
            asked, model = rows[unseen], pair(setting).fit(given.x, given.y)
            pred[unseen] = given.start(asked) + model.predict(given.of(asked))
        preds.append(pred)
    return preds


def _with_structure(fold_data: FoldData, rows: pd.DataFrame) -> Any:
    if fold_data.structure is None:
        return np.zeros(len(rows), dtype=bool)
    described = rows["drug"].isin(fold_data.structure.index)
    return (described & ~rows["drug"].isin(fold_data.train["drug"].unique())).to_numpy()
