"""Studies made ready to be judged on each other: responses, genes, patients, shared drugs."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold

from mmdrp.data.further.drugs import same_drugs
from mmdrp.data.further.lines import matched_lines
from mmdrp.data.further.screen import measure_of
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.evaluation.across.areas import shared_areas

PATIENT = ("patient", "patient_id", "patientid", "donor_id")


@dataclass(frozen=True, eq=False)
class Screened:
    """One study: what it measured, higher meaning resistant, in lines with expression."""

    name: str
    study: Study
    measure: str
    long: pd.DataFrame
    """``cell, drug, value``"""
    genes: pd.DataFrame
    """lines x genes"""
    patient: "pd.Series[str]"
    """of each line; the line itself where no patient is stated"""
    curves: pd.DataFrame | None = None
    """as ``mmdrp.evaluation.across.curves`` reads them"""


def screened(name: str, study: Study, curves: pd.DataFrame | None = None) -> Screened:
    """Return a study made ready; MmdrpError where it lacks expression or responses."""
    if "expression" not in study.modalities:
        raise MmdrpError(f"across={name}: the study has no expression")
    if not study.measures:
        raise MmdrpError(f"across={name}: the study has no response")
    measure = measure_of(study, "auc")
    long = study.response(measure)[["cell", "drug", "value"]]
    if study.higher(measure) == "sensitive":
        long = long.assign(value=-long["value"])
    genes = study.modality("expression").frame().dropna(axis=1, how="all")
    long = long[long["cell"].isin(genes.index)]
    if not len(long):
        raise MmdrpError(f"across={name}: no line has both expression and a response")
    column = next((c for c in study.cells if str(c).casefold() in PATIENT), None)
    own = pd.Series(study.cells.index.astype(str), study.cells.index)
    stated = own if column is None else study.cells[column].fillna("").astype(str)
    patient = stated.where(stated.str.strip().ne(""), own)
    return Screened(name, study, measure, long, genes, patient, curves)


@dataclass(frozen=True, eq=False)
class Pair:
    """A source and a target: their shared drugs by the source's ids, their lines by patients."""

    source: Screened
    target: Screened
    learned: pd.DataFrame
    """the source's ``cell, drug, value`` of shared drugs"""
    truth: pd.DataFrame
    """the target's"""
    genes: "pd.Index[str]"
    lines: dict[str, str]
    """line of the target -> the line of the source that it is"""
    drugs: pd.DataFrame = field(default_factory=pd.DataFrame)
    """``drug, other, response``: the drug in source and target, and how responses are compared"""

    @property
    def name(self) -> str:
        """What the pair is called."""
        return f"{self.source.name} > {self.target.name}"


def pair_of(source: Screened, target: Screened) -> Pair:
    """Return what two studies share; MmdrpError where that is no drug or no gene."""
    s, t = source.name, target.name
    same = same_drugs(source.study.drugs, target.study.drugs)
    same = same[same["drug"].isin(source.long["drug"]) & same["other"].isin(target.long["drug"])]
    same = same.drop_duplicates("drug").drop_duplicates("other").reset_index(drop=True)
    if not len(same):
        raise MmdrpError(f"across: {s} and {t} share no drug (by structure, name or synonym)")
    genes = source.genes.columns.intersection(target.genes.columns)
    if not len(genes):
        raise MmdrpError(
            f"across: {s} and {t} share no gene of expression (such as "
            f"{source.genes.columns[0]!r} and {target.genes.columns[0]!r})"
        )
    learned, truth, said = shared_areas(
        source.long, target.long, source.curves, target.curves, same
    )
    drugs = same.assign(response=same["drug"].map(said))
    lines = matched_lines(source.study, target.study)
    return Pair(source, target, learned, truth, genes, lines, drugs)


@dataclass(frozen=True, eq=False)
class Cut:
    """One fold of a pair: what may be learned from, and the rows that are predicted."""

    number: int
    source: pd.DataFrame
    own: pd.DataFrame
    test: pd.DataFrame
    """``cell, drug, value`` of the target, ``patient``, and ``screen``, the source's own value"""


def cuts_of(pair: Pair, folds: int, seed: int) -> Iterator[Cut]:
    """Divide the target's patients into folds, and leave them out of both studies.

    A source learns from none of its lines that is a held-out line, or of the patient of one. Only
    drugs that both studies learn from are predicted.
    """
    patient, theirs = pair.target.patient, pair.source.patient
    patients = np.array(sorted(set(patient[pair.truth["cell"].unique()])))
    s, t = pair.source.name, pair.target.name
    if len(patients) < folds:
        raise MmdrpError(
            f"across: {t}: {len(patients)} patients have a response to a drug of {s}; they "
            f"make no {folds} folds"
        )
    values = pair.learned.set_index(["cell", "drug"])["value"]
    for fold, (_, held) in enumerate(KFold(folds, shuffle=True, random_state=seed).split(patients)):
        cells = set(patient.index[patient.isin(patients[held])])
        gone = {pair.lines[c] for c in cells if c in pair.lines}
        people = set(theirs[sorted(gone)]) | set(patients[held])
        gone |= set(theirs.index[theirs.isin(people)])
        kept = pair.learned[~pair.learned["cell"].isin(gone)]
        own = pair.truth[~pair.truth["cell"].isin(cells)]
        common = set(kept["drug"]) & set(own["drug"])
        test = pair.truth[pair.truth["cell"].isin(cells) & pair.truth["drug"].isin(common)]
        same = pd.MultiIndex.from_arrays([test["cell"].map(pair.lines), test["drug"]])
        test = test.assign(
            patient=test["cell"].map(patient), screen=values.reindex(same).to_numpy(float)
        )
        yield Cut(fold, kept, own, test)
