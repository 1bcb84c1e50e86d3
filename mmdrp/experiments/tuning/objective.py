"""What a trial is judged by: predictions of validation, in folds within the training part."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import pandas as pd
from pytorch_lightning.loggers import Logger
from pytorch_lightning.utilities import rank_zero_only

from mmdrp.data.examples import everything_of
from mmdrp.data.split import Fold, Part
from mmdrp.data.study import Study
from mmdrp.evaluation.metrics import pearson, per_group
from mmdrp.experiments.tuning.trials import Report
from mmdrp.registry import Part as Named
from mmdrp.registry import build
from mmdrp.training.fit import train
from mmdrp.training.lightning.best import MONITOR
from mmdrp.training.lightning.log import OwnLogger
from mmdrp.training.spec import Spec

Metric = Literal["mse", "mae", "pearson_per_drug"]
MAXIMISED = ("pearson_per_drug",)


def inner_folds(spec: Spec, study: Study, outer: Fold, count: int) -> list[Fold]:
    """Return the folds that trials learn from and are judged by; none holds a test id of ``outer``.

    One: training and validation of ``outer``. More: its training and validation examples, divided
    anew by the same split into so many folds, each with a validation part for early stopping and a
    test part that the trial is judged by.
    """
    if count == 1:
        nothing = Part({axis: frozenset() for axis in outer.test.ids})
        return [Fold(outer.train, outer.validation, nothing)]
    everything = everything_of(spec.data, study)
    pool = everything.take(outer.with_validation().train.mask(everything))
    named = spec.split.split
    split = build("split", Named(named.name, {**named.options, "folds": count}))
    return [split(pool, study.cells, number, study.drugs) for number in range(count)]


def value_of(
    spec: Spec,
    study: Study,
    folds: list[Fold],
    metric: Metric,
    report: Report,
    logger: Logger | None = None,
) -> float:
    """Train a spec on each fold and return the mean score of what the folds judge by.

    ``report`` is told the validation loss after each epoch, or, with several folds, the mean so
    far after each; what it raises ends the trial.
    """
    single = len(folds) == 1
    if single:  # the fold's validation judges: it is not learned from
        spec = replace(spec, train=replace(spec.train, refit=False))
    scores: list[float] = []
    for number, fold in enumerate(folds):
        epochs = EpochReport(report if single else None, logger if number == 0 else None)
        done = train(spec, study, fold, logger=epochs)
        table = done.predictions
        judged = table[table["part"] == ("validation" if single else "test")]
        scores.append(score(judged, metric))
        if not single and number + 1 < len(folds):
            report(number, sum(scores) / len(scores))
    return sum(scores) / len(scores)


def score(frame: pd.DataFrame, metric: Metric) -> float:
    """Return one score of a table ``drug, y, pred``.

    >>> frame = pd.DataFrame({"drug": "x", "y": [1.0, 3.0], "pred": [1.0, 1.0]})
    >>> score(frame, "mse"), score(frame, "mae")
    (2.0, 1.0)
    """
    error = frame["y"] - frame["pred"]
    if metric == "mse":
        return float((error**2).mean())
    if metric == "mae":
        return float(error.abs().mean())
    each = per_group(frame, "drug", pearson).fillna(0.0)
    return float(each.mean()) if len(each) else 0.0


class EpochReport(OwnLogger):
    """Hands validation losses on as they are logged, and everything to another logger."""

    def __init__(self, report: Report | None, inner: Logger | None) -> None:
        super().__init__()
        self._report, self._inner, self._epoch = report, inner, 0

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Hand on; may raise what ends the trial."""
        if self._inner is not None:
            self._inner.log_metrics(dict(metrics), step)
        if self._report is not None and MONITOR in metrics:
            self._report(self._epoch, float(metrics[MONITOR]))
            self._epoch += 1
