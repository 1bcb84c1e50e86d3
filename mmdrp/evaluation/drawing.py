"""Folds drawn over the responses of a study: repeated under further seeds, and nested."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

import mmdrp.data.parts  # noqa: F401  # registers the splits
from mmdrp.data.examples import everything_of
from mmdrp.data.response import Examples
from mmdrp.data.spec import DataSpec, Layout
from mmdrp.data.split import Fold, Split
from mmdrp.data.study import Study
from mmdrp.errors import OptionError
from mmdrp.options import Draws, Range, checked
from mmdrp.registry import Part, build, part

Folds = Annotated[int, Range(least=2)]


@checked
def make_folds(
    study: Study,
    split: str | Mapping[str, Any] | Part | Split = "cell",
    *,
    measure: str | None = None,
    layout: Layout | Literal["auto"] = "auto",
    lines: Sequence[str] | str | None = None,
    repeats: Draws = 1,
    inner: Folds | None = None,
) -> dict[str, Fold]:
    """Draw the folds that training would draw: name -> fold, named as their files would be.

    ``split`` is a name (``cell``, ``drug``, ``both``, ``random``, ``tissue``, ``scaffold``), such a
    name with options, or a Split. Folds are drawn over everything that has a response, whatever
    describes it, so models on different modalities share them. ``measure`` may be left out where
    the study has one. ``layout`` "by_pair" makes drugs an axis; "auto" does so where the split
    holds out drugs. ``repeats`` draws all folds again under the next seeds: ``seed0/fold2``.
    ``inner`` nests so many folds in training and validation of each, ``seed0/fold2/inner1``, which
    never hold an id of the outer test. Raises MmdrpError where a split cannot be drawn.
    """
    drawn = split_of(split)
    if layout == "auto":
        layout = "by_pair" if "drug" in drawn.axes else "by_cell"
    data = DataSpec(
        measure=measure_of(study, measure), layout=layout, log=None,
        lines=lines if lines is None or isinstance(lines, str) else tuple(lines),
    )  # fmt: skip
    examples = everything_of(data, study)
    folds: dict[str, Fold] = {}
    for seed in range(drawn.seed, drawn.seed + repeats):
        seeded = replace(drawn, seed=seed)
        for number, fold in enumerate(draw(seeded, examples, study)):
            name = f"seed{seed}/fold{number}"
            folds[name] = fold
            if inner is not None:
                for i, nested in enumerate(nested_folds(seeded, examples, study, fold, inner)):
                    folds[f"{name}/inner{i}"] = nested
    return folds


def draw(split: Split, examples: Examples, study: Study) -> list[Fold]:
    """Return all folds of a split over these examples."""
    return [split(examples, study.cells, i, study.drugs) for i in range(split.folds)]


def nested_folds(
    split: Split, examples: Examples, study: Study, fold: Fold, folds: int
) -> list[Fold]:
    """Return folds of what is training or validation: the outer test is in none of them."""
    inside = fold.train.mask(examples) | fold.validation.mask(examples)
    return draw(replace(split, folds=folds), examples.take(inside), study)


def split_of(given: str | Mapping[str, Any] | Part | Split, **options: Any) -> Split:
    """Return a split from its name, a name with options, or as it is."""
    if isinstance(given, Split):
        if options:
            name = next(iter(options))
            raise OptionError(f"{name}: the split has it already; give its name to choose another")
        return given
    made: Split = build("split", part("split", given, **options))
    return made


def measure_of(study: Study, measure: str | None) -> str:
    """Return the measure, or the only one that the study has."""
    if measure is not None:
        return measure
    if len(study.measures) != 1:
        raise OptionError(f"measure: choose among: {', '.join(study.measures)}")
    return study.measures[0]
