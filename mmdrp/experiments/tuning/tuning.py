"""``tune``: options chosen by what they predict on validation, by one process or many."""

import hashlib
import json
import logging
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pytorch_lightning.loggers import Logger

from mmdrp.data.split import Fold
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, explanation
from mmdrp.experiments.tuning import trials as shared
from mmdrp.experiments.tuning.applied import spec_with
from mmdrp.experiments.tuning.objective import MAXIMISED, Metric, inner_folds, value_of
from mmdrp.experiments.tuning.result import TuneResult, table_of
from mmdrp.experiments.tuning.space import Dimension, space_of
from mmdrp.experiments.tuning.worker import beating
from mmdrp.options import Draws, Range, checked, unboxed
from mmdrp.progress import bar
from mmdrp.training.model import ResponseModel
from mmdrp.training.model.folds import fold_for
from mmdrp.training.plain import config_of
from mmdrp.training.spec import Spec

log = logging.getLogger(__name__)
WAIT = 0.5
"""seconds between looks at trials of other processes"""
Specify = Callable[[Mapping[str, Any]], Spec]
Tracked = Callable[[int, Mapping[str, Any]], AbstractContextManager[Logger | None]]
"""gives the logger of a trial, by its number and options, for as long as it runs"""


@checked
def tune(
    model: ResponseModel,
    study: Study,
    *,
    space: str | Path | Mapping[str, Any] | Sequence[str | Path] = "network",
    trials: Draws = 50,
    seconds: Annotated[float, Range(above=0)] | None = None,
    storage: str | Path | None = None,
    name: str = "tune",
    measure: str | None = None,
    fold: int | Fold = 0,
    inner: Annotated[int, Range(least=1)] = 1,
    metric: Metric = "mse",
    prune: bool = True,
    seed: Annotated[int, Range(least=0)] = 0,
    tracked: Any = None,
) -> TuneResult:
    """Search for the options of a model that predict validation best.

    Only the training part of ``fold`` is used: its test ids are in no training and no score.
    ``inner`` 1 judges by the fold's validation part, more by so many folds within training and
    validation. ``space`` is a name (``network``, ``fusion``, ``base``, ``modalities``), a YAML
    file, several of these, or option -> ``{low, high, log, step}``, ``{values}`` or ``{subsets}``;
    options are called as on the command line.

    At most ``trials`` are run, and none is begun after ``seconds``. Several processes that are
    given one ``storage`` (a journal file, or the address of a database) and one ``name`` of the
    search share the trials; what is finished there is not done again, and a trial whose process
    was killed is run again with the same options. ``prune`` ends trials that are worse than the
    median of others: by epochs, or by folds if ``inner`` is above 1. ``metric`` is the score.
    ``tracked`` gives the logger of a trial.

    Values are drawn by a tree-structured Parzen estimator (Bergstra et al. 2011), the first ten at
    random. Raises MmdrpError where Optuna is not installed, the storage cannot be used or holds
    another search, or every trial failed.
    """
    specify = partial(spec_with, model, study, measure)
    return search(
        specify, study, name, space_of(space), trials=trials, seconds=seconds, storage=storage,
        fold=unboxed(fold), inner=inner, metric=metric, prune=prune, seed=seed, tracked=tracked,
    )  # fmt: skip


def search(
    specify: Specify,
    data: Study,
    name: str,
    space: Mapping[str, Dimension],
    *,
    trials: int,
    seconds: float | None,
    storage: str | Path | None,
    fold: int | Fold,
    inner: int,
    metric: Metric,
    prune: bool,
    seed: int,
    tracked: Tracked | None = None,
) -> TuneResult:
    """Search with ``specify``, which makes a spec of a trial's options; see ``tune``."""
    shared.check_installed()
    started = time.monotonic()
    plain = specify({})
    specify({key: dimension.first for key, dimension in space.items()})  # is each an option?
    if isinstance(fold, int):
        plain = replace(plain, split=replace(plain.split, fold=fold))
    outer = fold_for(plain, data, fold)
    folds = inner_folds(plain, data, outer, inner)
    asked = _question(plain, space, outer, inner, metric, data)
    study = shared.opened(storage, name, metric in MAXIMISED, asked)
    sign = -1.0 if inner == 1 and metric in MAXIMISED else 1.0
    with bar(range(trials), "trials") as progress:
        while len(done := shared.settled(study)) < trials:
            progress.update(len(done) - progress.n)
            if seconds is not None and time.monotonic() - started > seconds:
                log.info("seconds=%g are over: %d of %d trials", seconds, len(done), trials)
                break
            trial = shared.next_trial(study, trials, seed)
            if trial is None:  # others are at work on the last ones, and may be killed
                time.sleep(WAIT)
                continue
            report = shared.reporter(trial, prune, sign)
            _run(study, trial, space, specify, tracked, partial(
                value_of, study=data, folds=folds, metric=metric, report=report))  # fmt: skip
    return _result(study, space, metric)


def _run(
    study: Any,
    trial: Any,
    space: Mapping[str, Dimension],
    specify: Specify,
    tracked: Tracked | None,
    value: Callable[..., float],
) -> None:
    """Run one trial and tell the study; a mistake of its options is one more result."""
    import optuna

    number = int(trial.user_attrs["slot"])
    end: dict[str, Any] = {"state": optuna.trial.TrialState.FAIL}
    try:
        with beating(study._storage, trial._trial_id):
            options = {key: dimension.suggest(trial, key) for key, dimension in space.items()}
            given = nullcontext(None) if tracked is None else tracked(number, options)
            with given as logger:
                try:
                    end = {"values": value(specify(options), logger=logger)}
                except optuna.TrialPruned:
                    end = {"state": optuna.trial.TrialState.PRUNED}
                if logger is not None and "values" in end:
                    logger.log_metrics({"tune/value": end["values"]})
    except Exception as error:
        why = str(error) if isinstance(error, MmdrpError) else explanation(error)
        if not why:
            raise
        trial.set_user_attr("why", why)
        log.warning("trial %d failed: %s", number, why)
    finally:
        study.tell(trial, skip_if_finished=True, **end)


def _question(
    spec: Spec, space: Mapping[str, Dimension], outer: Fold, inner: int, metric: str, data: Study
) -> str:
    """Return a fingerprint of all that decides a trial's value but its options."""
    parts = {
        "spec": config_of(spec),
        "space": {key: repr(dimension) for key, dimension in space.items()},
        "fold": {
            name: {axis: sorted(ids) for axis, ids in part.ids.items()}
            for name, part in outer.parts().items()
        },
        "inner": inner,
        "metric": metric,
        "study": [data.name, {n: e.sha256 for n, e in data.manifest.tables.items()}],
    }
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _result(study: Any, space: Mapping[str, Dimension], metric: str) -> TuneResult:
    done = shared.settled(study)
    complete = {n: t for n, t in done.items() if t.state.name == "COMPLETE"}
    failed = [t.user_attrs["why"] for t in done.values() if "why" in t.user_attrs]
    if done and len(failed) == len(done):
        raise MmdrpError(f"every trial failed; the first: {failed[0]}")
    best: dict[str, Any] = {}
    value = float("nan")
    if complete:
        chosen = (max if metric in MAXIMISED else min)(complete.values(), key=lambda t: t.value)
        best, value = (
            {k: d.suggest(_Fixed(chosen.params), k) for k, d in space.items()},
            chosen.value,
        )
    return TuneResult(table_of(done), _importances(study, complete), best, value, metric)


class _Fixed:
    """Gives the values of a finished trial where a running one would draw them."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.params = params

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        return self.params[name]

    def suggest_int(self, name: str, *args: Any, **kwargs: Any) -> Any:
        return self.params[name]

    suggest_float = suggest_int


def _importances(study: Any, complete: Mapping[int, Any]) -> "pd.Series[float]":
    """Return how much of the value's variance each option explains; nothing where few trials tell.

    By functional ANOVA over a forest (Hutter et al. 2014).
    """
    import optuna

    values = {t.value for t in complete.values()}
    if len(complete) < 4 or len(values) < 2:
        return pd.Series(dtype=float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = optuna.importance.get_param_importances(
            study, evaluator=optuna.importance.FanovaImportanceEvaluator(seed=0)
        )
    return pd.Series(found, dtype=float)
