"""What further screens told a model of lines and drugs that were held out."""

import logging
from collections.abc import Sequence

import pandas as pd

from mmdrp.data.further.beside import further_of
from mmdrp.data.further.drugs import same_drugs
from mmdrp.data.further.screen import Screen, responses_of
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.evaluation.inputs.fold_predictions import FoldPredictions
from mmdrp.evaluation.leakage import COLUMNS

log = logging.getLogger(__name__)
KIND = "other_screen"
Row = tuple[str, str, str, str, str, str, float]


def read_elsewhere(members: Sequence[FoldPredictions], study: Study) -> pd.DataFrame:
    """Return held-out lines and drugs whose responses another screen told models of one fold.

    ``other`` names the study, and its drug; ``value`` counts responses. Of each model, what it
    learned from is laid out again and searched, whatever was to be left out.
    """
    rows: list[Row] = []
    for member in members:
        try:
            others = member.also or further_of(member.data, study)
        except MmdrpError as error:
            log.warning("Leakage: the report does not cover a further study: %s", error)
            continue
        for other in others:
            screen = responses_of(member.data, study, other, member.fold)
            rows += _rows(member, study, other, screen)
    return pd.DataFrame(rows, columns=COLUMNS).drop_duplicates(ignore_index=True)


def _rows(member: FoldPredictions, study: Study, other: Study, screen: Screen) -> list[Row]:
    """Return a row per held-out line, and per held-out drug under each of its names there."""
    rows: list[Row] = []
    lines = screen.response["cell"].value_counts()
    drugs = screen.response["drug"].value_counts()
    same = same_drugs(study.drugs, other.drugs)
    nobody: frozenset[str] = frozenset()
    for part in ("validation", "test"):
        ids = member.fold.parts()[part].ids
        for line in sorted(ids.get("cell", nobody) & set(lines.index)):
            rows.append((KIND, "cell", line, part, other.name, "train", float(lines[line])))
        held = same["drug"].isin(ids.get("drug", nobody)) & same["other"].isin(drugs.index)
        for drug, name in same[held].itertuples(index=False):
            where = f"{other.name}: {name}"
            rows.append((KIND, "drug", str(drug), part, where, "train", float(drugs[name])))
    return rows
