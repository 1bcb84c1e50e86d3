"""Any models beside any baselines, on identical rows of identical folds."""

import logging
import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import numpy as np
import pandas as pd

from mmdrp.data.context import context_columns
from mmdrp.data.lines import tissues
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.evaluation.baselines.parts import MEANS
from mmdrp.evaluation.calibration import calibration, covered
from mmdrp.evaluation.folds import FoldEvaluator
from mmdrp.evaluation.groups import presence
from mmdrp.evaluation.inputs.fold_predictions import FoldPredictions, Unit, without_context
from mmdrp.evaluation.inputs.further import read_elsewhere
from mmdrp.evaluation.inputs.gather import Dreval, Models, gathered
from mmdrp.evaluation.leakage_report import LeakageFinder
from mmdrp.evaluation.metrics import Array, scores
from mmdrp.evaluation.read_once import read_once
from mmdrp.evaluation.report import EvaluationReport
from mmdrp.evaluation.scopes import scoped
from mmdrp.evaluation.summaries import compared
from mmdrp.options import Range, Share, checked
from mmdrp.progress import bar
from mmdrp.registry import Part, part

log = logging.getLogger(__name__)
Baselines = Sequence[str] | Mapping[str, Any]


@checked
def evaluate(
    models: Models | None = None,
    study: Study | None = None,
    *,
    dreval: Dreval | None = None,
    baselines: Baselines = ("drug_mean", "mean_effects", "ridge", "forest"),
    measure: str | None = None,
    level: Share = 0.95,
    duplicate: Annotated[float, Range(least=-1, most=1)] = 0.8,
    seed: Annotated[int, Range(least=0)] = 0,
    cache: bool = True,
    context: bool = True,
) -> EvaluationReport:
    """Score models beside baselines on identical rows, fold by fold, and compare them.

    ``models`` maps a name to what ``cross_validate`` returned, to run folders of ``mmdrp train``,
    or to a frame ``fold, part, cell, drug, y, pred`` of any origin; run folders alone name
    themselves. ``study`` may be left out for run folders, which know theirs. ``dreval`` are folders
    of results of drevalpy, whose models join (``read_dreval``). ``baselines`` are
    names, or label -> name or ``{"name": "ridge", "penalties": [...]}``; they learn from the
    training rows of the fold and are tuned on its validation rows. ``measure`` is that of frames,
    needed where ``y`` fits several. ``level`` is that of the intervals of paired differences
    (Nadeau and Bengio 2003); lines whose expression correlates by ``duplicate`` are reported as
    near-duplicates; ``cache`` keeps baseline predictions in run folders. Where models are told how
    lines were grown, ``context`` adds what they predict without it, and ridge, forest and boosting
    with it. Raises MmdrpError where the models have different responses or no test row in common.
    """
    chosen = baseline_parts(baselines)
    members, opened = gathered(models, study, measure, dreval)
    if dreval is not None and "expression" not in opened.modalities:
        chosen = {k: b for k, b in chosen.items() if b.name in MEANS}
        log.warning("no study with expression is given: baselines are those that read no features")
    if context:
        members += [w for m in members if (w := without_context(m)) is not None]
        chosen |= with_context_too(chosen, members, opened)
    clash = sorted({member.label for member in members} & set(chosen))
    if clash:
        raise MmdrpError(f"run: a run and a baseline are both called {clash[0]!r}; rename the run")
    return _report(members, read_once(opened), chosen, level, duplicate, seed, cache)


def baseline_parts(baselines: Baselines) -> dict[str, Part]:
    """Return label -> baseline with all its options, checked."""
    if isinstance(baselines, str):
        raise OptionError(f"baselines={baselines}: give a list, such as [{baselines!r}]")
    if isinstance(baselines, Mapping):
        return {
            str(k): part("baseline", v, "baseline" if isinstance(v, str) else f"baseline.{k}")
            for k, v in baselines.items()
        }
    if not all(isinstance(name, str) for name in baselines):
        raise OptionError("baselines: give a list of names, or name -> options")
    return {name: part("baseline", name) for name in baselines}


def with_context_too(
    baselines: Mapping[str, Part], members: Sequence[FoldPredictions], study: Study
) -> dict[str, Part]:
    """Return the baselines that can be told the models' context, told it, as ``forest_context``."""
    known = {column for m in members for column in context_columns(m.data).values()}
    if not known & set(study.cells.columns):
        return {}
    return {
        f"{label}_context": Part(chosen.name, {**chosen.options, "context": True})
        for label, chosen in baselines.items()
        if chosen.options.get("context") is False
    }


def _report(
    members: list[FoldPredictions], study: Study, baselines: dict[str, Part], level: float,
    duplicate: float, seed: int, cache: bool,
) -> EvaluationReport:  # fmt: skip
    units: dict[Unit, list[FoldPredictions]] = {}
    for member in members:
        units.setdefault(member.unit, []).append(member)
    groups = {
        "tissue": tissues(study.cells),
        "presence": presence(study, {name for m in members for name in m.data.modalities}),
    }
    finder = LeakageFinder(study, duplicate)
    long, rows, ids, leaks, ratios, inside_of = [], [], [], [], [], []
    for (fold_id, _), inside in bar(list(units.items()), "folds"):
        # Baselines stand on the rows of the model that knows most lines: with most modalities.
        widest = max(inside, key=lambda member: len(member.data.modalities))
        frames, normal = _predictions(FoldEvaluator(widest, study, seed), inside, baselines, cache)
        columns = inside[0].columns()
        runs = {member.label: member.run for member in inside}
        for label, frame in frames.items():
            unit = {"model": label, **columns}
            rows.append({"run": runs.get(label, inside[0].run), **unit, **scores(frame, normal)})
            ids.append(fold_id)
            long.append(_with_columns(scoped(frame, normal, groups), unit))
            inside_of.append(covered(frame, groups).assign(model=label))
        leaks.append(_with_columns(_leaks(finder, inside), columns))
        ratios.append(_ratio(inside[0]))
    table = pd.DataFrame(rows)
    gaps, ranks = compared(table, ids, sum(ratios) / len(ratios), level)
    leakage = pd.concat(leaks, ignore_index=True)
    scored = pd.concat(long, ignore_index=True)
    return EvaluationReport(table, scored, gaps, ranks, leakage, level, calibration(inside_of))


def _predictions(
    evaluator: FoldEvaluator, members: list[FoldPredictions], baselines: dict[str, Part],
    cache: bool,
) -> tuple[dict[str, pd.DataFrame], Array]:  # fmt: skip
    """Return test rows with each model's predictions, the rows all have, and the mean effects."""
    base = evaluator.test
    frames = {member.label: member.rows("test") for member in members}
    for label, baseline in baselines.items():
        frames[label] = base.assign(pred=evaluator.predict(baseline, cache))
    effects = base.assign(pred=evaluator.predict(part("baseline", "mean_effects"), cache))
    index = {k: f.set_index(["cell", "drug"]) for k, f in {**frames, "": effects}.items()}
    common = index[""].index
    for frame in index.values():
        common = common.intersection(frame.index, sort=False)
    if not len(common):
        raise MmdrpError("run: these runs have no test row in common")
    if len(common) < len(base):
        log.info(
            "%d of %d test rows are scored: those that all models have", len(common), len(base)
        )
    rows = {label: frame.loc[common].reset_index() for label, frame in index.items()}
    normal = rows.pop("")
    for label, frame in rows.items():
        if not np.allclose(frame["y"], normal["y"], rtol=1e-3, atol=1e-4):
            raise MmdrpError(f"models: {label!r} has other responses y than {members[0].label!r}")
    return rows, normal["pred"].to_numpy(float)


def _leaks(finder: LeakageFinder, members: list[FoldPredictions]) -> pd.DataFrame:
    tables = [finder.leaks_of(members[0].fold), read_elsewhere(members, finder.study)]
    return pd.concat([t for t in tables if len(t)] or tables[:1], ignore_index=True)


def _with_columns(frame: pd.DataFrame, columns: Mapping[str, str | int]) -> pd.DataFrame:
    """Put the columns that name a fold first."""
    for place, (name, value) in enumerate(columns.items()):
        frame.insert(place, name, value)
    return frame


def _ratio(member: FoldPredictions) -> float:
    """Return test / training ids; of two axes, of both together."""
    fold = member.fold
    sizes = (len(fold.test.ids[a]) / len(fold.train.ids[a]) for a in fold.test.ids)
    return float(math.prod(sizes))
