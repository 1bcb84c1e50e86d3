"""One model's predictions in one fold, whatever they come from: a run, a cross-validation."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from mmdrp.data.examples import everything_of, examples_of
from mmdrp.data.sources import Sources
from mmdrp.data.spec import DataSpec
from mmdrp.data.split import Fold, Part
from mmdrp.data.study import Study
from mmdrp.evaluation.cross_validation import CrossValidation
from mmdrp.evaluation.inputs.run_names import LabelledRun, fold_id
from mmdrp.training.fit import WITHOUT

Unit = tuple[str, int]


@dataclass(frozen=True)
class FoldPredictions:
    """One model in one fold: what it predicted, what was held out, what it learned from."""

    label: str
    """the name of the model"""
    predictions: pd.DataFrame
    """``part, cell, drug, y, pred``"""
    fold: Fold
    data: DataSpec
    split: str
    """the kind of split, such as ``CellSplit``"""
    number: int
    """of the fold"""
    seed: int
    refit: bool
    """whether the model learned from validation, too, once it was chosen"""
    run: str
    """the name of the run folder; in memory, the label"""
    folder: Path | None = None
    """the run folder, in which predictions of baselines are kept"""
    described_only: bool = True
    """training rows are those whose line and drug have a source that ``data`` names"""
    also: tuple[Study, ...] = ()
    """further studies that it learned from; those of a run folder are found by ``data``"""

    @cached_property
    def fold_id(self) -> str:
        """Return a short hash of the ids in each part: equal for identical folds."""
        return fold_id(self.fold)

    @property
    def unit(self) -> Unit:
        """Return fold and seed: what is paired when models are compared."""
        return self.fold_id, self.seed

    def rows(self, part: str) -> pd.DataFrame:
        """Return the predictions of one part."""
        return self.predictions[self.predictions["part"] == part].reset_index(drop=True)

    def columns(self) -> dict[str, str | int]:
        """Return what names the fold in tables: split, seed and fold."""
        return {"split": self.split, "seed": self.seed, "fold": self.number}

    def training(self, study: Study, sources: Sources) -> pd.DataFrame:
        """Return the measured training rows ``cell, drug, y``."""
        data = self.data
        if set(self.fold.train.ids) - {"cell"}:  # parts of drugs or pairs are parts of rows of both
            data = replace(data, layout="by_pair")
        examples = (
            examples_of(data, study, sources) if self.described_only else everything_of(data, study)
        )
        return examples.take(self.fold.train.mask(examples)).frame().dropna(subset="y")


def without_context(member: FoldPredictions) -> FoldPredictions | None:
    """Return the same model's predictions made as if no line's context were known, if it has any.

    They stand beside its own as ``without_context``.
    """
    table = member.predictions
    if WITHOUT not in table:
        return None
    # The intervals are those of predictions that know the context.
    table = table.assign(pred=table[WITHOUT])[["part", "cell", "drug", "y", "pred"]]
    return replace(member, label=f"{member.label} without context", predictions=table)


def of_run(labelled: LabelledRun) -> FoldPredictions:
    """Return what a run folder holds."""
    run, spec = labelled.run, labelled.run.spec
    label = spec.split.label
    # Files of one name may list other ids: those tell them apart.
    kind = f"{label} {labelled.fold_id[:6]}" if spec.split.fold_file else label
    return FoldPredictions(
        labelled.label, run.predictions, run.fold, spec.data, kind, spec.split.number,
        spec.train.seed, run.refit, run.folder.name, run.folder,
    )  # fmt: skip


def of_cross_validation(label: str, given: CrossValidation) -> list[FoldPredictions]:
    """Return what a cross-validation holds, fold by fold."""
    table, spec = given.predictions, given.spec
    return [
        FoldPredictions(
            label, table[table["fold"] == number].reset_index(drop=True), fold, spec.data,
            given.split, number, spec.train.seed, given.refit[number], label, also=given.also,
        )
        for number, fold in enumerate(given.folds)
    ]  # fmt: skip


def inside(part: Part, rows: pd.DataFrame) -> np.ndarray:
    """Return which rows ``cell, drug`` belong to a part, (n,)."""
    out = np.ones(len(rows), dtype=bool)
    pair = rows["cell"].astype(str) + "\t" + rows["drug"].astype(str)
    for axis, ids in part.ids.items():
        out &= (pair if axis == "pair" else rows[axis].astype(str)).isin(ids).to_numpy()
    return out
