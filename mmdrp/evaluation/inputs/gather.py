"""The models of an evaluation, in whatever form they come, as predictions of folds."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from mmdrp.data.examples import stored_unit
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.evaluation.cross_validation import CrossValidation
from mmdrp.evaluation.inputs.dreval import DrevalResults, read_dreval
from mmdrp.evaluation.inputs.fold_predictions import FoldPredictions, of_cross_validation, of_run
from mmdrp.evaluation.inputs.frames import of_frame
from mmdrp.evaluation.inputs.run_names import LabelledRun, labelled, labelled_as, same_question

log = logging.getLogger(__name__)
Folders = str | Path | Sequence[str | Path]
Models = Folders | CrossValidation | pd.DataFrame | Mapping[str, Any]
"""run folders, or name -> ``CrossValidation``, run folders or a frame of predictions"""
Dreval = str | Path | DrevalResults | Sequence[str | Path | DrevalResults]
"""folders of results of drevalpy"""
ALONE = "model"
"""the name of a single model that has none"""


def gathered(
    models: Models | None, study: Study | None, measure: str | None, dreval: Dreval | None = None
) -> tuple[list[FoldPredictions], Study]:
    """Return the predictions of every model and fold, and the study that they share.

    Where there are results of drevalpy, its responses are those of their run.
    """
    members, opened = ([], study) if models is None else _of_models(models, study, measure)
    if dreval is not None:
        folders = [dreval] if isinstance(dreval, str | Path | DrevalResults) else dreval
        for folder in folders:
            found = folder if isinstance(folder, DrevalResults) else read_dreval(folder, opened)
            opened = found.study
            members += _new(found.members(), members)
        _one_question(members, opened)
    if not members or opened is None:
        raise OptionError("models: give at least one model")
    return members, opened


def _of_models(
    models: Models, study: Study | None, measure: str | None
) -> tuple[list[FoldPredictions], Study]:
    given: Mapping[str, Any] = {}
    if isinstance(models, CrossValidation | pd.DataFrame):
        given = {ALONE: models}
    elif isinstance(models, Mapping):
        given = models
    if isinstance(models, str | Path | Sequence):
        runs = labelled(models)
    elif not given:
        raise OptionError("models: give at least one model")
    else:
        runs = [run for name, value in given.items() for run in _runs(str(name), value)]
        same_question(runs)
    members = [of_run(run) for run in runs]
    if study is None:
        if not runs:
            raise OptionError("study: give the study that the models were tested on")
        study = runs[0].run.study()
    for name, value in given.items():
        if isinstance(value, CrossValidation):
            members += of_cross_validation(str(name), value)
    others = list(members)
    for name, value in given.items():
        if isinstance(value, pd.DataFrame):
            members += of_frame(str(name), value, study, measure, others)
    members.sort(key=lambda m: _place(m.label, [str(name) for name in given]))
    _one_question(members, study)
    return members, study


def _new(found: list[FoldPredictions], members: list[FoldPredictions]) -> list[FoldPredictions]:
    """Return predictions that are not there yet: drevalpy runs mean effects beside every model."""
    there = {(member.label, member.fold_id) for member in members}
    twice = sorted({m.label for m in found if (m.label, m.fold_id) in there})
    if twice:
        log.warning("dreval: %s is there twice in a fold; the first counts", ", ".join(twice))
    return [member for member in found if (member.label, member.fold_id) not in there]


def _runs(name: str, value: Any) -> list[LabelledRun]:
    """Return the runs of a folder or folders that ``models`` names."""
    if isinstance(value, CrossValidation | pd.DataFrame):
        return []
    if not isinstance(value, str | Path | Sequence):
        raise OptionError(
            f"models: {name!r} is {type(value).__name__}; expected what cross_validate returns, a "
            "run folder, or a frame fold, part, cell, drug, y, pred"
        )
    return labelled_as(name, value)


def _place(label: str, names: list[str]) -> int:
    """Return the place of the name that a label is, or begins with."""
    return next((i for i, n in enumerate(names) if label == n or label.startswith(f"{n} ")), 0)


def _one_question(members: list[FoldPredictions], study: Study | None) -> None:
    for what, values in (
        ("measure", {m.data.measure for m in members}),
        ("unit (log)", {str(m.data.log) for m in members if _in_logs(m, study)}),
    ):
        if len(values) > 1:
            raise MmdrpError(
                f"models: these differ in {what} ({', '.join(sorted(values))}), so their scores "
                "cannot be compared; evaluate them one by one"
            )
    seen: set[tuple[str, tuple[str, int]]] = set()
    for member in members:
        if (member.label, member.unit) in seen:
            raise MmdrpError(f"models: {member.label!r} has one fold and seed twice")
        seen.add((member.label, member.unit))


def _in_logs(member: FoldPredictions, study: Study | None) -> bool:
    """Whether the measure is a logarithm, which alone the option is about."""
    return study is None or stored_unit(member.data, study).startswith("ln ")
