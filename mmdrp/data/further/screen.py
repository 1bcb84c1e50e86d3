"""What another study measured in the lines of this one, without anything that is held out."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from mmdrp.batch import PATHWAYS, TARGETS
from mmdrp.data.further.beside import further_of
from mmdrp.data.further.drugs import same_drugs
from mmdrp.data.further.lines import matched_lines
from mmdrp.data.source import Source, Table
from mmdrp.data.sources import by_name, described_drugs, structure_of
from mmdrp.data.spec import DataSpec
from mmdrp.data.split import Fold
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, OptionError

log = logging.getLogger(__name__)
FEWEST = 2
"""lines of training that a screen must share"""


@dataclass(frozen=True, eq=False)
class Screen:
    """Responses of another study to its drugs, in lines of training."""

    study: str
    """the name of the other study"""
    measure: str
    response: pd.DataFrame
    """``cell, drug, value``: lines by this study's ids, drugs by the other's; higher means what it
    means in this study, the unit is the other's"""
    same: pd.DataFrame
    """``drug, other``: drugs of both studies that are one"""

    sources: Mapping[str, Table] = field(default_factory=dict)
    """what describes the other's drugs, features as this study has them"""

    @cached_property
    def drugs(self) -> list[str]:
        """The other study's drugs, sorted."""
        return sorted(set(self.response["drug"]))


def screens_of(
    data: DataSpec, study: Study, fold: Fold, sources: Mapping[str, Source]
) -> tuple[Screen, ...]:
    """Return what each further study tells of the training lines of a fold.

    ``sources`` describe the drugs of this study, which the other's are made comparable to. Left
    out are lines that this study does not have, all lines of validation and test, and all drugs
    that are held out under whatever name, in every line; with ``held_out_in="own"`` those drugs are
    kept: they are unseen in this study's screen only. Of held-out pairs, the pair is left out.
    Raises MmdrpError where a study shares no line of training.
    """
    return tuple(
        _described(data, other, sources, responses_of(data, study, other, fold))
        for other in further_of(data, study)
    )


def responses_of(data: DataSpec, study: Study, other: Study, fold: Fold) -> Screen:
    """Return what another study tells of the training lines of a fold, whatever describes it."""
    measure = measure_of(other, data.measure)
    long = other.response(measure)
    if other.higher(measure) != study.higher(data.measure):
        long = long.assign(value=-long["value"])
    lines = matched_lines(study, other)
    long = long.assign(cell=long["cell"].map(lines)).dropna(subset="cell")
    same = same_drugs(study.drugs, other.drugs)
    kept = long[~held_out(long, same, fold, data.held_out_in == "own")].reset_index(drop=True)
    if (lines_left := kept["cell"].nunique()) < FEWEST:
        raise MmdrpError(
            f"also={other.name}: shares {lines_left} lines of training with {study.name}; lines "
            "are matched by id, cosmic_id, sanger_id, rrid, ccle_name and name in cells"
        )
    return Screen(other.name, measure, kept, same)


def _described(data: DataSpec, other: Study, own: Mapping[str, Source], screen: Screen) -> Screen:
    """Return the screen of those drugs that can be described as this study's are, and how."""
    if data.drug is None or by_name(data.drug):
        raise OptionError(
            f"also={other.name}: drugs of two studies are compared by structure; choose a "
            "description such as drug=morgan"
        )
    tables = described_drugs(data, other)
    structure = structure_of(tables)
    assert structure is not None
    response = screen.response[screen.response["drug"].isin(structure.ids)]
    same = screen.same[screen.same["other"].isin(response["drug"])]
    log.info(
        "%s: %s of %d drugs in %d lines of training is learned from, too; %d of these drugs are "
        "drugs of this study", other.name, screen.measure, response["drug"].nunique(),
        response["cell"].nunique(), same["other"].nunique(),
    )  # fmt: skip
    comparable = {
        name: _comparable(name, table, tables.get(name))
        for name, table in own.items()
        if table.axis == "drug" and isinstance(table, Table)
    }
    return Screen(other.name, screen.measure, response, same, comparable)


def _comparable(name: str, own: Table, other: Table | None) -> Table:
    """Return the other study's table with the features of this one's; without rows, if none."""
    if other is None:
        nothing = np.zeros((0, len(own.features)), dtype=np.float32)
        return replace(own, ids=[], values=nothing)
    # A target that no drug of the other study has is a target that its drugs do not have.
    out = other.align(list(own.features))
    return out.filled(0.0) if name in (TARGETS, PATHWAYS) else out


def measure_of(other: Study, measure: str) -> str:
    """Return the measure of the same name, or else the one of most values."""
    if measure in other.measures:
        return measure
    if not other.measures:
        raise MmdrpError(f"also={other.name}: the study has no response")
    sizes = {name: len(other.response(name)) for name in other.measures}
    return max(sizes, key=lambda name: sizes[name])


def held_out(long: pd.DataFrame, same: pd.DataFrame, fold: Fold, known: bool) -> pd.Series:
    """Return which responses ``cell, drug`` of another study must not be learned from, (n,) bool.

    Lines are this study's; ``same`` says which of the other's drugs are which of this one's;
    ``known`` lets held-out drugs be known from the other study.
    """
    out = pd.Series(False, long.index)
    ids: Mapping[str, frozenset[str]] = {
        # Validation is learned from in the end, where a base is fitted again.
        axis: (fold.validation.ids[axis] | fold.test.ids[axis]) - learned
        for axis, learned in fold.train.ids.items()
    }
    if "cell" in ids:
        out |= ~long["cell"].isin(fold.train.ids["cell"])
    if "drug" in ids and not known:
        out |= long["drug"].isin(same.loc[same["drug"].isin(ids["drug"]), "other"])
    if "pair" in ids and not known:
        pairs = same.merge(pd.DataFrame({"pair": sorted(ids["pair"])}).pipe(_parted), on="drug")
        hidden = set(zip(pairs["cell"], pairs["other"], strict=True))
        each = zip(long["cell"], long["drug"], strict=True)
        out |= pd.Series([pair in hidden for pair in each], long.index, dtype=bool)
    return out


def _parted(pairs: pd.DataFrame) -> pd.DataFrame:
    parts = pairs["pair"].str.split("\t", n=1, expand=True)
    return pd.DataFrame({"cell": parts[0], "drug": parts[1]})
