"""Table 1 of DeepDR: variants of one model over repeated divisions of the lines."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import pandas as pd

from mmdrp.data.examples import examples_of, unit_of
from mmdrp.data.impute import impute
from mmdrp.data.shared import shared
from mmdrp.data.study import Study
from mmdrp.errors import OptionError
from mmdrp.experiments.deepdr.closed_form import ON_COMPONENTS, ClosedForm
from mmdrp.experiments.deepdr.folder import Finished, is_table, question_of
from mmdrp.experiments.deepdr.published import VARIANTS, spec
from mmdrp.experiments.deepdr.repeat import PCA, Repeat, StudyData
from mmdrp.experiments.deepdr.result import Table1
from mmdrp.io.folder import held_by
from mmdrp.options import Draws, Range, checked
from mmdrp.progress import bar
from mmdrp.registry import Part
from mmdrp.training.build import fold_of
from mmdrp.training.fit import quiet
from mmdrp.training.pretraining.encoders import find
from mmdrp.training.spec import Spec

log = logging.getLogger(__name__)

NEIGHBOURS = 5
"""nearest drugs by which gaps are filled where the model learns from measured values alone"""


@dataclass(frozen=True)
class Plan:
    """What is done in every repeat."""

    reference: Spec
    """whose modalities, lines and split all variants share"""
    variants: Mapping[str, Spec]
    closed_form: Sequence[str]
    figure_of: str

    @property
    def neighbours(self) -> int:
        """Return the nearest drugs of the imputation."""
        return self.reference.data.impute or NEIGHBOURS


@checked
def table1(
    study: Study,
    encoders: Any = None,
    *,
    repeats: Draws = 100,
    variants: Mapping[str, Any] | None = None,
    closed_form_baselines: Sequence[ClosedForm] = (
        "linear_regression",
        "svm",
        "drug_mean",
        "mean_effects",
    ),
    figure_of: str = "deepdr",
    seed: Annotated[int, Range(least=0)] = 0,
    reference: Spec | None = None,
    out: str | Path | None = None,
    **settings: Any,
) -> Table1:
    """Compare variants of DeepDR on the same lines, over repeats of their division.

    Repeat ``i`` divides the lines as ``spec(seed=seed + i)`` does; in each, all variants see the
    same lines, the same imputation and the same components. ``encoders`` are those of `pretrain`,
    or their folder (None: every network starts at random). ``variants`` is name -> what it changes
    of the published settings (keywords of `ResponseModel`), or name -> a whole `Spec`, which
    ``encoders`` and ``settings`` do not touch; by default those of the paper. ``settings`` are
    changed in all of them, such as ``max_epochs=20``. ``linear_regression`` and ``svm`` read the
    components of the variant ``pca``. ``figure_of`` is the variant that Figure 2 shows.
    ``reference`` says whose lines and split are used, by default those of the published settings.

    With ``out``, a folder, each repeat is written when it is done, and those that are there are not
    done again. Raises OptionError (a ValueError) for an argument, MmdrpError where ``out`` holds
    repeats of something else.
    """
    quiet()
    reference = reference or spec(**{"seed": seed, **settings})
    chosen = {
        name: _spec_of(name, changes, encoders, {"seed": seed, **settings})
        for name, changes in (VARIANTS if variants is None else variants).items()
    }
    plan = Plan(reference, chosen, list(closed_form_baselines), figure_of)
    check_plan(plan)
    data = _study_data(study, plan)
    values = data.examples.y.tobytes() + repr(data.examples.ids["cell"].tolist()).encode()
    question = question_of(reference, chosen, list(closed_form_baselines), study.name, values)
    with held_by("train", out, adopt=out is not None and is_table(Path(out))) as folder:
        finished = Finished(folder, question)
        waiting = [number for number in range(repeats) if number not in finished]
        if len(waiting) < repeats:
            log.info("%d of %d repeats are there already", repeats - len(waiting), repeats)
        with _warnings_only():  # each of hundreds of trainings speaks
            for number in bar(waiting, "repeats"):
                finished.add(number, *_repeat(plan, data, number))
    label = f"{reference.data.measure} ({unit_of(reference.data, study)})"
    options = {"repeats": repeats, "figure_of": figure_of, "out": str(out), **question}
    return Table1(finished.table(repeats), finished.responses, label, options)


def check_plan(plan: Plan) -> None:
    """Refuse what cannot be compared, before any data are read."""
    if not plan.variants:
        raise OptionError("variants: give at least one")
    if plan.figure_of not in (*plan.variants, "deepdr"):
        there = ", ".join(plan.variants)
        raise OptionError(f"figure_of={plan.figure_of[:40]}: no variant; choose among: {there}")
    if set(plan.closed_form) & set(ON_COMPONENTS) and PCA not in plan.variants:
        raise OptionError(
            "closed_form_baselines: linear_regression and svm read the components of the "
            "variant pca"
        )
    for given in (plan.reference, *plan.variants.values()):
        if given.data.layout != "by_cell":
            raise OptionError("variants are compared on panels; use response=ic50")


def with_seed(given: Spec, seed: int) -> Spec:
    """Return a spec with another seed, also where its split and its batches have the same one.

    >>> with_seed(spec(seed=1), 4).split.split.options["seed"]
    4
    """
    own = given.train.seed

    def moved(chosen: Part) -> Part:
        options = dict(chosen.options)
        return Part(
            chosen.name, {**options, "seed": seed} if options.get("seed") == own else options
        )

    shuffled = seed if given.data.permute_seed == own else given.data.permute_seed
    return replace(
        given,
        data=replace(given.data, permute_seed=shuffled),
        train=replace(given.train, seed=seed, sampler=moved(given.train.sampler)),
        split=replace(given.split, split=moved(given.split.split)),
    )


def _spec_of(name: str, changes: Any, encoders: Any, settings: Mapping[str, Any]) -> Spec:
    """Return a variant as a spec, the encoders it starts from read."""
    if isinstance(changes, Spec):
        made = changes
    elif isinstance(changes, Mapping):
        made = spec(**{"pretrained": encoders, **settings, **changes})
    else:
        kind = type(changes).__name__
        raise OptionError(f"variants.{name}: expected what it changes, or a Spec, not {kind}")
    loaded = find(made.train.pretrained, made.data.modalities)
    return replace(made, train=replace(made.train, pretrained=loaded or None))


def _study_data(study: Study, plan: Plan) -> StudyData:
    """Read every table once; the lines are those that have all modalities of the reference."""
    own = plan.reference.data
    names = {
        m for given in (plan.reference, *plan.variants.values()) for m in given.data.modalities
    }
    tables = {name: study.modality(name) for name in sorted(names)}
    tables = shared(tables, own.shared_with, own.min_shared)
    examples = examples_of(own, study, {name: tables[name] for name in own.modalities})
    imputed = impute(pd.DataFrame(examples.y.T), plan.neighbours).to_numpy().T
    log.info("%d lines x %d drugs", *examples.y.shape)
    return StudyData(study, tables, examples, imputed)


def _repeat(plan: Plan, data: StudyData, number: int) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Do one repeat: seed + number decides lines, weights and batches."""
    seed = plan.reference.train.seed + number
    fold = fold_of(with_seed(plan.reference, seed), data.study)
    repeat = Repeat(number, data, fold, plan.neighbours)
    rows: list[dict[str, Any]] = []
    responses = None
    for name, given in plan.variants.items():
        own = with_seed(given, seed)
        scores, module = repeat.learn(name, own)
        rows.append(scores)
        if number == 0 and name == plan.figure_of:
            responses = repeat.responses(module, own)
    rows += repeat.closed_form(plan.closed_form)
    return pd.DataFrame(rows), responses


@contextmanager
def _warnings_only() -> Iterator[None]:
    logger = logging.getLogger("mmdrp")
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)
