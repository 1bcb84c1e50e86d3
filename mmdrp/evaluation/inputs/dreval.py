"""Results of drevalpy (DrEval) among the models of an evaluation."""

import logging
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from mmdrp.data.further.drugs import same_drugs
from mmdrp.data.further.lines import matched_lines
from mmdrp.data.split import Fold, Part
from mmdrp.data.study import Study
from mmdrp.data.study.memory import Memory
from mmdrp.errors import MmdrpError
from mmdrp.evaluation.inputs.dreval_folder import KEYS, MODES, PARTS, DrevalFolder, read_folder
from mmdrp.evaluation.inputs.fold_predictions import FoldPredictions
from mmdrp.evaluation.inputs.frames import data_of, measure_of
from mmdrp.training.model.pairs import study_of_pairs

log = logging.getLogger(__name__)
PUBCHEM = ("pubchem_id", "pubchem", "pubchem_cid", "cid")
"""columns of a drugs table that hold the ids drevalpy goes by"""
Names = dict[str, dict[str, str]]
"""axis -> id of drevalpy -> id of the study"""


@dataclass(frozen=True, eq=False)
class DrevalResults:
    """Folds of drevalpy and its models' predictions: ``evaluate(dreval=...)`` takes it as it is."""

    mode: str
    """LPO, LCO, LDO or LTO: what is left out"""
    folds: list[Fold]
    """``cross_validate(model, results.study, split=results.folds)`` fits a model of ours on them"""
    models: dict[str, pd.DataFrame]
    """model -> ``fold, part, cell, drug, y, pred``; rows of validation have no prediction"""
    study: Study
    """the responses of the run, with the features of the study that was given"""

    def members(self) -> list[FoldPredictions]:
        """Return the predictions of every model and fold."""
        axes = () if self.mode == "LPO" else (MODES[self.mode],)
        out = []
        for model, table in self.models.items():
            data = data_of(model, table[table["part"] == "test"], self.study, None, axes)
            out += [
                FoldPredictions(
                    model, rows.reset_index(drop=True), self.folds[number], data, self.mode,
                    number, 0, refit=True, run=model, described_only=False,
                )
                for number in sorted(map(int, table["fold"].unique()))
                for rows in [table[table["fold"] == number]]
            ]  # fmt: skip
        return out

    def __repr__(self) -> str:
        return f"<DrevalResults {self.mode}, {len(self.folds)} folds: {', '.join(self.models)}>"


def read_dreval(folder: str | Path, study: Study | None = None) -> DrevalResults:
    """Read a folder of results, ``RUN/DATASET/MODE``, as drevalpy 1.6 writes it.

    Folds are those of its ``splits``; its models learn from training and validation rows. Lines and
    drugs are those of ``study`` by id, name or structure, drugs also by a column ``pubchem_id``;
    rows of others are left out and counted. The study's responses are cut down to this run's rows
    where they are the same values; else this run's own stand in their place. Without a study there
    are responses and tissues only. Replicates are averaged. Raises MmdrpError where the layout is
    another one, a column is missing, or predictions are not of the rows of their fold.

    >>> read_dreval("results/my_run/GDSC2/LCO")
    Traceback (most recent call last):
      ...
    mmdrp.errors.MmdrpError: results/my_run/GDSC2/LCO: there is no such folder
    """
    given = read_folder(folder)
    rows = pd.concat(given.splits[0].values(), ignore_index=True)
    rows = rows.drop_duplicates(KEYS)
    own = _own_study(given, rows)
    names: Names | None = None
    if study is not None:
        names = _names(own, study)
        known = _renamed(rows, names)
        if not len(known):
            raise MmdrpError(f"{given.root}: none of its rows is a line and drug of {study.name!r}")
        if len(known) < len(rows):
            lines, drugs = (sorted(set(rows[a]) - names[a].keys()) for a in KEYS)
            log.warning(
                "%s: %d of %d rows are left out: %s has not %d lines (%s) and %d drugs (%s)",
                given.root.name, len(rows) - len(known), len(rows), study.name,
                len(lines), ", ".join(lines[:5]), len(drugs), ", ".join(drugs[:5]),
            )  # fmt: skip
        own = _featured(known, study)
    folds: list[Fold] = []
    models: dict[str, list[pd.DataFrame]] = {}
    for number, tables in enumerate(given.splits):
        parts = {name: _renamed(table, names) for name, table in tables.items()}
        folds.append(_fold(MODES[given.mode], parts, f"{given.root.name}, fold {number}"))
        held = parts["validation"].assign(fold=number, part="validation")
        for model, found in given.models.items():
            if number in found:
                test = _renamed(found[number], names).assign(fold=number, part="test")
                models.setdefault(model, []).append(pd.concat([test, held], ignore_index=True))
    columns = ["fold", "part", *KEYS, "y", "pred"]
    tables = {m: pd.concat(frames, ignore_index=True)[columns] for m, frames in models.items()}
    return DrevalResults(given.mode, folds, tables, own)


def _own_study(given: DrevalFolder, rows: pd.DataFrame) -> Study:
    """Return responses and tissues, as the split files have them."""
    samples = None
    if "tissue" in rows:
        samples = rows.drop_duplicates("cell").set_index("cell")[["tissue"]]
    long = rows[[*KEYS, "y"]].rename(columns={"y": "value"})
    return Study.from_frames(
        long, {}, samples=samples, measure="response", name=given.root.parent.name
    )


def _names(own: Study, study: Study) -> Names:
    """Return which line and drug of the study each of theirs is."""
    cells = {i: i for i in own.cells.index if i in study.cells.index} or matched_lines(study, own)
    drugs = {i: i for i in own.drugs.index if i in study.drugs.index}
    column = next((c for c in study.drugs if str(c).lower() in PUBCHEM), None)
    if column is not None:
        stated = study.drugs[column].astype(str).str.removesuffix(".0")
        drugs = {cid: str(drug) for drug, cid in stated.items() if cid in own.drugs.index} | drugs
    alike = same_drugs(study.drugs, own.drugs).drop_duplicates("other", keep=False)
    return {"cell": cells, "drug": dict(zip(alike["other"], alike["drug"], strict=True)) | drugs}


def _renamed(table: pd.DataFrame, names: Names | None) -> pd.DataFrame:
    """Return rows by the study's ids; those that it does not have are left out."""
    if names is None:
        return table
    ids = {axis: table[axis].map(names[axis]) for axis in KEYS}
    return table.assign(**ids).dropna(subset=KEYS).drop_duplicates(KEYS).reset_index(drop=True)


def _featured(rows: pd.DataFrame, study: Study) -> Study:
    """Return the study with the responses of these rows only: its own where they are the same."""
    found = measure_of(rows, study)
    if found is None:
        log.warning("its responses are those of no measure of %s: taken as they are", study.name)
        return study_of_pairs(study, rows[KEYS], rows["y"])
    asked = pd.MultiIndex.from_frame(rows[KEYS])
    measure = found[0]
    long = study.response(measure)
    kept = long[pd.MultiIndex.from_frame(long[KEYS]).isin(asked)].assign(measure=measure)
    tables = {name: study.modality(name) for name in study.modalities}
    return replace(study, tables=Memory(tables, kept[["measure", *KEYS, "value"]]))


def _fold(axis: str, parts: dict[str, pd.DataFrame], what: str) -> Fold:
    ids = {name: {axis: _ids(parts[name], axis)} for name in PARTS}
    if axis == "pair":  # it may divide replicates of a pair, and learns from both parts in the end
        ids["validation"][axis] -= ids["train"][axis]
    try:
        return Fold(*(Part(ids[name]) for name in PARTS)).check()
    except MmdrpError as error:
        raise MmdrpError(f"{what}: {error}") from error


def _ids(rows: pd.DataFrame, axis: str) -> frozenset[str]:
    return frozenset(rows["cell"] + "\t" + rows["drug"] if axis == "pair" else rows[axis])
