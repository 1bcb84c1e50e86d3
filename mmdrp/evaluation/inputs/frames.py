"""Predictions of any origin, given as a frame: which fold they are, what training had."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

import mmdrp.data.parts  # noqa: F401  # registers the fingerprint that drugs are compared by
from mmdrp.data.response import LOGS
from mmdrp.data.spec import DataSpec, DrugFeatures, Layout
from mmdrp.data.split import Fold, Part
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.evaluation.cross_validation import COLUMNS
from mmdrp.evaluation.inputs.fold_predictions import FoldPredictions, inside
from mmdrp.registry import part

SPLIT = "frame"
"""what the split of a frame is called: it does not say"""
SOME = 0.6
"""a single fold whose test has a smaller share of all lines (drugs) holds out lines (drugs)"""


def of_frame(
    label: str,
    given: pd.DataFrame,
    study: Study,
    measure: str | None = None,
    others: Iterable[FoldPredictions] = (),
) -> list[FoldPredictions]:
    """Return what a frame ``fold, part, cell, drug, y, pred`` holds, fold by fold.

    A fold of ``others`` that has the same number and holds out all the frame's test rows is the
    frame's fold. Else training is taken to be all rows of the study that the fold does not hold
    out; of lines that are test in one fold only, and of such drugs, no row is training.
    """
    table = _checked(label, given)
    tested = table[table["part"] == "test"]
    axes = _held_out(tested, study, data_of(label, table, study, measure, ("cell",)).measure)
    data = data_of(label, table, study, measure, axes)
    known = list(others)
    out = []
    for number in sorted(map(int, table["fold"].unique())):
        rows = table[table["fold"] == number].reset_index(drop=True)
        same = _same_fold(number, rows[rows["part"] == "test"], known)
        if same is not None:
            if not (rows["part"] == "validation").any():  # what baselines are tuned on
                rows = pd.concat([rows, same.rows("validation")], ignore_index=True)
            out.append(replace(same, label=label, predictions=rows, run=label, folder=None))
            continue
        fold = _fold_of(rows, axes, study, data.measure)
        out.append(
            FoldPredictions(
                label, rows, fold, data, SPLIT, number, 0, refit=True, run=label,
                described_only=False,
            )
        )  # fmt: skip
    return out


def _checked(label: str, given: pd.DataFrame) -> pd.DataFrame:
    for column in COLUMNS:
        if column not in given:
            raise MmdrpError(f"models: {label!r} has no column {column!r}; it needs {COLUMNS}")
    table = given[list(COLUMNS)].dropna(subset=["y"])
    table = table.assign(cell=table["cell"].astype(str), drug=table["drug"].astype(str))
    if unknown := set(table["part"]) - {"test", "validation"}:
        raise MmdrpError(f"models: {label!r}: part {min(map(str, unknown))!r}: test or validation")
    if not (table["part"] == "test").any():
        raise MmdrpError(f"models: {label!r} has no row of part 'test'")
    if not np.isfinite(table[["y", "pred"]].to_numpy(float)).all():
        raise MmdrpError(f"models: {label!r}: pred holds a value that is not finite")
    if table.duplicated(["fold", "part", "cell", "drug"]).any():
        raise MmdrpError(f"models: {label!r} predicts a pair twice in one fold")
    return table


def data_of(
    label: str, table: pd.DataFrame, study: Study, measure: str | None, axes: tuple[str, ...]
) -> DataSpec:
    """Return measure and unit in which ``y`` are, and what baselines know drugs by.

    ``axes`` are those along which folds hold out: drugs are described where some may be unseen.
    """
    found = measure_of(table, study, measure)
    if found is None:
        what = "any measure of the study" if measure is None else f"measure={measure}"
        raise MmdrpError(f"models: {label!r}: its y are not the values of {what} for these pairs")
    data = DataSpec(*found, modalities=tuple(study.modalities), context=())
    if axes != ("cell",) and "smiles" in study.drugs:
        fingerprint = DrugFeatures(fingerprint=part("fingerprint", "morgan"))
        data = replace(data, layout="by_pair", drug=fingerprint)
    return data


def measure_of(
    table: pd.DataFrame, study: Study, measure: str | None = None
) -> tuple[str, Layout, Literal["ln", "log10"] | None] | None:
    """Return the measure whose values ``cell, drug, y`` are, its layout, and the logarithm."""
    asked = pd.MultiIndex.from_frame(table[["cell", "drug"]])
    for name in study.measures if measure is None else [measure]:
        value = study.response(name).set_index(["cell", "drug"])["value"]
        if not asked.isin(value.index).all():
            continue
        measured = value.loc[asked].to_numpy(float)
        if np.allclose(table["y"], measured, rtol=1e-3, atol=1e-4):
            natural = study.unit(name).startswith("ln ")
            return name, "by_cell", "ln" if natural else None
        if np.allclose(table["y"], measured * LOGS["log10"], rtol=1e-3, atol=1e-4):
            return name, "by_cell", "log10"
    return None


def _held_out(tested: pd.DataFrame, study: Study, measure: str) -> tuple[str, ...]:
    """Return the axes along which the folds hold out; none where pairs are drawn at random."""
    everything = study.response(measure)
    axes = []
    for axis in ("cell", "drug"):
        folds = tested.groupby(axis)["fold"].nunique()
        share = len(folds) / everything[axis].nunique()
        apart = share < SOME if tested["fold"].nunique() == 1 else (folds == 1).all()
        axes += [axis] if apart else []
    return tuple(axes)


def _same_fold(
    number: int, tested: pd.DataFrame, others: list[FoldPredictions]
) -> FoldPredictions | None:
    for other in others:
        if other.number == number and len(tested) and inside(other.fold.test, tested).all():
            return other
    return None


def _fold_of(rows: pd.DataFrame, axes: tuple[str, ...], study: Study, measure: str) -> Fold:
    everything = study.response(measure)
    ids = {
        name: {axis: _ids(frame, axis) for axis in axes or ("pair",)}
        for name, frame in rows.groupby("part")
    }
    test = ids["test"]
    validation = ids.get("validation", {axis: frozenset[str]() for axis in test})
    train = {a: _ids(everything, a) - test[a] - validation[a] for a in test}
    return Fold(Part(train), Part(validation), Part(test))


def _ids(rows: pd.DataFrame, axis: str) -> frozenset[str]:
    if axis == "pair":
        return frozenset(rows["cell"].astype(str) + "\t" + rows["drug"].astype(str))
    return frozenset(rows[axis].astype(str))
