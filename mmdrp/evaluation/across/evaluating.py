"""Trained on one study, tested on another: a matrix of sources x targets, beside own folds.

As in the IMPROVE benchmark (Partin et al. 2025), on drugs that both studies share, here with lines
that were never trained on in any study.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn.base import clone
from sklearn.model_selection import KFold

from mmdrp.data.further.drugs import same_drugs
from mmdrp.data.further.lines import matched_lines
from mmdrp.data.further.screen import measure_of
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.evaluation.metrics import Array
from mmdrp.io.files import whole
from mmdrp.io.folder import output_folder
from mmdrp.io.text import write_csv
from mmdrp.options import Count, Range, checked
from mmdrp.progress import bar
from mmdrp.training.model import ResponseModel

PATIENT = ("patient", "patient_id", "patientid", "donor_id")
RULE = (
    "responses are compared within drug (Pearson's r, Spearman's rho), higher resistant: that of z "
    "values and ranks, whatever a study measured; expression is standardised per gene within study"
)


@dataclass(frozen=True, eq=False)
class AcrossReport:
    """How a model of each source does on each target."""

    scores: pd.DataFrame
    """``source, target, fold, drugs, lines, rows, r, rho``; source = target is the target's own"""
    rule: str = RULE

    def matrix(self, metric: str = "r") -> pd.DataFrame:
        """Return sources x targets, means over folds; the diagonal is cross-validation."""
        means = self.scores.groupby(["source", "target"])[metric].mean()
        return means.unstack("target")

    @property
    def drop(self) -> pd.DataFrame:
        """Return per source and target how much lower r is than the target's own, on equal rows."""
        keys = ["target", "fold", "pair"]
        own = self.scores[self.scores["own"]].set_index(keys)["r"]
        other = self.scores[~self.scores["own"]].set_index(keys)
        gap = other.assign(drop=own.reindex(other.index) - other["r"])
        return gap.groupby(["pair", "target"])["drop"].agg(["mean", "std", "size"]).reset_index()

    def write(self, folder: str | Path, *, overwrite: bool = False) -> None:
        """Write ``across.csv``, ``matrix.csv`` and ``drop.csv``."""
        tables = {"across": self.scores, "matrix": self.matrix().reset_index(), "drop": self.drop}
        with output_folder(folder, "evaluate", overwrite=overwrite) as held:
            for name, table in tables.items():
                with whole(held / f"{name}.csv") as half:
                    write_csv(table, half, index=False, float_format="%.6g")


@checked
def evaluate_across(
    model: ResponseModel,
    studies: Mapping[str, Study],
    *,
    folds: Annotated[int, Range(least=2)] = 5,
    min_lines: Count = 5,
    seed: Annotated[int, Range(least=0)] = 0,
) -> AcrossReport:
    """Fit ``model`` on each study and test it on every other, on lines it never saw.

    The lines of a target are divided into ``folds``, those of one patient together. For each fold
    the source learns from its lines but those that are, or are of the patient of, a held-out line;
    beside it the target's own model learns from the other folds. Both predict the same rows: drugs
    of both studies, held-out lines. A drug counts with ``min_lines`` of a fold. ``model`` reads
    expression alone and has no drug features. Raises MmdrpError where two studies share no drug or
    no gene.
    """
    if len(studies) < 2:
        raise MmdrpError("across: give at least two studies, such as across=[gdsc,ctrpv2]")
    ready = {name: _ready(name, study) for name, study in studies.items()}
    pairs = [(s, t) for t in ready for s in ready if s != t]
    rows: list[dict[str, object]] = []
    for s, t in bar(pairs, "pairs of studies"):
        rows += _pair(model, ready[s], ready[t], (s, t), folds, min_lines, seed)
    return AcrossReport(pd.DataFrame(rows))


@dataclass(frozen=True, eq=False)
class _Ready:
    study: Study
    long: pd.DataFrame
    genes: pd.DataFrame
    patient: "pd.Series[str]"


def _ready(name: str, study: Study) -> _Ready:
    if "expression" not in study.modalities:
        raise MmdrpError(f"across={name}: the study has no expression")
    measure = measure_of(study, "auc")
    long = study.response(measure)[["cell", "drug", "value"]]
    if study.higher(measure) == "sensitive":
        long = long.assign(value=-long["value"])
    genes = study.modality("expression").frame()
    genes = ((genes - genes.mean()) / genes.std().replace(0, np.nan)).dropna(axis=1, how="all")
    long = long[long["cell"].isin(genes.index)]
    if not len(long):
        raise MmdrpError(f"across={name}: no line has both expression and a response")
    column = next((c for c in study.cells if str(c).casefold() in PATIENT), None)
    own = pd.Series(study.cells.index.astype(str), study.cells.index)
    stated = own if column is None else study.cells[column].fillna("").astype(str)
    patient = stated.where(stated.str.strip().ne(""), own)
    return _Ready(study, long, genes, patient)


def _pair(
    model: ResponseModel, source: _Ready, target: _Ready, names: tuple[str, str], folds: int,
    least: int, seed: int,
) -> list[dict[str, object]]:  # fmt: skip
    s, t = names
    same = same_drugs(source.study.drugs.reset_index().set_index("drug"), target.study.drugs)
    same = same[same["drug"].isin(source.long["drug"]) & same["other"].isin(target.long["drug"])]
    same = same.drop_duplicates("drug").drop_duplicates("other")
    if not len(same):
        raise MmdrpError(f"across: {s} and {t} share no drug (by structure, name or synonym)")
    genes = source.genes.columns.intersection(target.genes.columns)
    if not len(genes):
        raise MmdrpError(f"across: {s} and {t} share no gene of expression")
    lines = matched_lines(source.study, target.study)
    patients = np.array(sorted(set(target.patient[target.long["cell"].unique()])))
    cut = KFold(folds, shuffle=True, random_state=seed)
    renamed = target.long.assign(drug=target.long["drug"].map(dict(same[["other", "drug"]].values)))
    truth, own_long = (
        renamed.dropna(subset="drug"),
        source.long[source.long["drug"].isin(same["drug"])],
    )
    rows: list[dict[str, object]] = []
    for fold, (_, held) in enumerate(cut.split(patients)):
        cells = set(target.patient.index[target.patient.isin(patients[held])])
        gone = {lines[c] for c in cells if c in lines}
        theirs = set(source.patient[sorted(gone)]) | set(patients[held])
        gone |= set(source.patient.index[source.patient.isin(theirs)])
        test = truth[truth["cell"].isin(cells)]
        other = own_long[~own_long["cell"].isin(gone)]
        own = truth[~truth["cell"].isin(cells)]
        where = target.genes.loc[sorted(set(test["cell"])), genes]
        common = sorted(set(other["drug"]) & set(own["drug"]))
        for label, learned, omics in ((s, other, source.genes), (t, own, target.genes)):
            pred = _predicted(model, learned, omics[genes], where)
            found = test[test["drug"].isin(common)].merge(pred, on=["cell", "drug"])
            rows.append(
                {"source": label, "target": t, "pair": f"{s} > {t}", "fold": fold,
                 "own": label == t, **within_drug(found, least)}
            )  # fmt: skip
    return rows


def _predicted(
    model: ResponseModel, long: pd.DataFrame, omics: pd.DataFrame, where: pd.DataFrame
) -> pd.DataFrame:
    given = Study.from_frames(long, {"expression": omics}, higher="resistant")
    fitted = clone(model).fit(given)
    pred: pd.DataFrame = fitted.predict({"expression": where}, known_lines=False, max_outside=1.0)
    return pred[["cell", "drug", "pred"]]


def within_drug(found: pd.DataFrame, least: int) -> dict[str, float]:
    """Return mean ``r`` and ``rho`` of ``value`` and ``pred`` over drugs with ``least`` lines.

    >>> one = pd.DataFrame({"cell": list("abc"), "drug": "x", "value": [1.0, 2, 4],
    ...     "pred": [0.0, 1, 2]})
    >>> round(within_drug(one, 3)["r"], 3), within_drug(one, 3)["rho"]
    (0.982, 1.0)
    """
    r: list[float] = []
    rho: list[float] = []
    for _, group in found.groupby("drug"):
        y, pred = group["value"].to_numpy(float), group["pred"].to_numpy(float)
        if len(y) >= max(least, 3) and np.ptp(y) > 0:
            r.append(_correlation(y, pred))
            rho.append(_correlation(_ranks(y), _ranks(pred)))
    count = {"drugs": len(r), "lines": found["cell"].nunique(), "rows": len(found)}
    return {**count, "r": _mean(r), "rho": _mean(rho)}


def _ranks(values: Array) -> Array:
    ranks: Array = rankdata(values)
    return ranks


def _correlation(a: Array, b: Array) -> float:
    """Return Pearson's r; a constant prediction has 0."""
    return float(np.corrcoef(a, b)[0, 1]) if np.ptp(b) > 0 else 0.0


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")
