"""A model fitted and tested on every fold of a split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import pandas as pd
from sklearn.base import clone

from mmdrp.data.examples import everything_of
from mmdrp.data.further.beside import Also, beside
from mmdrp.data.split import Fold, Split
from mmdrp.data.study import Study
from mmdrp.errors import OptionError
from mmdrp.evaluation.drawing import draw, split_of
from mmdrp.options import Range, checked
from mmdrp.progress import bar
from mmdrp.registry import Part
from mmdrp.training.fit import FURTHER
from mmdrp.training.model import ResponseModel
from mmdrp.training.model.keywords import spec_from
from mmdrp.training.spec import Spec

COLUMNS = ("fold", "part", "cell", "drug", "y", "pred")
GIVEN = "given folds"
"""what a list of folds is called where another split has its name"""


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """What a model predicted for held-out rows, and the folds: ``evaluate`` takes it as it is."""

    predictions: pd.DataFrame
    """``fold, part, cell, drug, y, pred``; part is ``validation`` or ``test``; further columns
    where the model has a context"""
    folds: tuple[Fold, ...]
    spec: Spec
    """what every fold was fitted with"""
    split: str
    """the kind of split, such as ``CellSplit``"""
    refit: tuple[bool, ...]
    """per fold, whether the model learned from validation, too, once it was chosen"""
    models: tuple[ResponseModel, ...] = ()
    """the fitted model of each fold, where ``return_models`` asked for them"""
    also: tuple[Study, ...] = ()
    """further studies that every fold learned from"""

    def frame(self, part: str | None = None) -> pd.DataFrame:
        """Return the predictions as a frame, of one part or of all."""
        rows = self.predictions
        return (rows if part is None else rows[rows["part"] == part]).reset_index(drop=True)

    def __len__(self) -> int:
        """Return the number of folds."""
        return len(self.folds)

    def __repr__(self) -> str:
        tested = self.frame("test")
        return (
            f"<CrossValidation {self.split}, {len(self)} folds, {len(tested)} test rows of "
            f"{tested['cell'].nunique()} lines and {tested['drug'].nunique()} drugs>"
        )


@checked
def cross_validate(
    model: ResponseModel,
    study: Study,
    *,
    measure: str | None = None,
    split: str | Mapping[str, Any] | Part | Split | Sequence[Fold] = "cell",
    folds: Annotated[int, Range(least=2)] | None = None,
    seed: Annotated[int, Range(least=0)] | None = None,
    also: Also = (),
    return_models: bool = False,
) -> CrossValidation:
    """Fit a clone of ``model`` on each fold of a study and predict what the fold holds out.

    ``split`` is a name (``cell``, ``drug``, ``both``, ``random``, ``tissue``, ``scaffold``), such a
    name with options, a ``Split``, or a list of ``Fold``. ``folds`` (5) and ``seed`` are those of a
    split given by name; ``seed`` also starts the model, whose own seed holds where it is None.
    ``also`` are further studies, as in ``ResponseModel.fit``. ``model`` itself stays as it is.
    Predicted are held-out rows with a response whose line (and drug) has any of the model's
    sources, in the unit of the model. Raises MmdrpError where the split does not suit the model (a
    panel cannot leave out drugs).
    """
    model = clone(model) if seed is None else _seeded(clone(model), seed)
    study = beside(study, also) if also else study
    spec = spec_from(model, study, measure)
    chosen, what = _folds(split, folds, spec, study)
    frames, refit, models = [], [], []
    for number, fold in enumerate(bar(chosen, "folds")):
        fitted = clone(model).fit(study, measure=measure, fold=fold)
        table = fitted.predictions_.assign(fold=number)
        frames.append(table[[*COLUMNS, *(c for c in FURTHER if c in table)]])
        refit.append(bool(fitted.refit_))
        models += [fitted] if return_models else []
    table = pd.concat(frames, ignore_index=True)
    done = tuple(refit), tuple(models)
    return CrossValidation(table, tuple(chosen), spec, what, *done, study.also)


def _folds(split: Any, count: int | None, spec: Spec, study: Study) -> tuple[list[Fold], str]:
    """Return the folds, and what the split is called."""
    if isinstance(split, Sequence) and not isinstance(split, str):
        if not split or not all(isinstance(fold, Fold) for fold in split):
            raise OptionError("split: expected a name, a Split, or a list of at least one Fold")
        if count is not None:
            raise OptionError(f"folds={count}: the folds are given; leave it out")
        return list(split), GIVEN
    options: dict[str, Any] = {} if count is None else {"folds": count}
    if isinstance(split, str):
        options["seed"] = spec.train.seed
    drawn = split_of(split, **options)
    return draw(drawn, everything_of(spec.data, study), study), type(drawn).__name__


def _seeded(model: ResponseModel, seed: int) -> ResponseModel:
    """Return the model with another seed, wherever it keeps it."""
    if model.spec is None:
        model.set_params(seed=seed)
        return model
    train = replace(model.spec.train, seed=seed)
    if "seed" in train.sampler.options:
        options = {**train.sampler.options, "seed": seed}
        train = replace(train, sampler=Part(train.sampler.name, options))
    model.set_params(spec=replace(model.spec, train=train))
    return model
