"""Predicted sensitivity beside how patients responded, drug by drug, within cancer type."""

from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from mmdrp.errors import MmdrpError
from mmdrp.evaluation.clinical.outcomes import outcomes
from mmdrp.evaluation.clinical.patients import read_patients, read_predictions
from mmdrp.evaluation.clinical.ranking import stratified_auroc
from mmdrp.evaluation.clinical.report import ClinicalReport
from mmdrp.evaluation.clinical.survival import COLUMNS, events_of, survival_of
from mmdrp.evaluation.clinical.treated import RULES, reasons, treated
from mmdrp.options import Count, Draws, Range, Share, checked


@checked
def evaluate_clinical(
    predictions: pd.DataFrame | str | Path,
    patients: pd.DataFrame | str | Path,
    *,
    higher: Literal["resistant", "sensitive"] | None = None,
    combinations: Literal["each", "treatment", "single"] = "each",
    stable: Literal["resists", "responds", "leave_out"] = "resists",
    responds_below: float | None = None,
    responds_above: float | None = None,
    min_patients: Count = 3,
    bootstrap: Draws = 2000,
    permutations: Draws = 9999,
    level: Share = 0.95,
    fdr: Share = 0.05,
    seed: Annotated[int, Range(least=0)] = 0,
) -> ClinicalReport:
    """Compare predictions with the responses and survival of patients.

    ``predictions`` are what ``ResponseModel.predict`` returns or ``mmdrp predict`` writes (``cell,
    drug, pred``); ``higher`` says what a higher one means, where they do not. ``patients`` has
    ``patient, drug, response`` and, where known, ``cancer_type``, ``time`` and ``event``, in a
    frame or file. Drugs may be written as clinics do (brands, regimens, ``A + B``);
    ``combinations`` count for ``each`` of their drugs, as a ``treatment`` of their own, or not
    (``single`` drugs only). Responses are RECIST's words or numbers (see ``outcomes``).

    The AUROC is that of pairs within one cancer type, its interval (``level``) a bootstrap of
    patients, p two-sided by permuting responses within cancer types, q by Benjamini and Hochberg
    over drugs. A drug needs ``min_patients`` that respond and as many that do not. Rows that cannot
    be used are listed in ``left_out``; MmdrpError where none can.

    >>> pred = pd.DataFrame({"cell": ["a", "b", "c", "d"], "drug": "Paclitaxel",
    ...     "pred": [1.0, 2.0, 3.0, 4.0]})
    >>> told = pd.DataFrame({"patient": ["a", "b", "c", "d"], "drug": "Taxol",
    ...     "response": ["CR", "PR", "SD", "Progressive Disease"]})
    >>> report = evaluate_clinical(pred, told, higher="resistant", min_patients=2)
    >>> report.scores[["treatment", "n", "auroc"]].values.tolist()
    [['Paclitaxel', 4, 1.0]]
    """
    given, where = read_patients(patients)
    sensitivity = read_predictions(predictions, higher)
    rows, left = treated(given, sensitivity, combinations, where)
    notes = [RULES[combinations]]
    scores = pd.DataFrame(columns=SCORES)
    if "response" in rows:
        read = outcomes(rows["response"], stable, responds_below, responds_above)
        gone = _gone(rows, read.reasons)
        left = pd.concat([left, gone], ignore_index=True)
        notes += [read.rule] if read.rule else []
        answered = rows.assign(responds=read.responds)[np.isfinite(read.responds)]
        if not len(answered) and "time" not in rows:
            raise MmdrpError(f"{where}: no row has a response: {gone['reason'].iloc[0]}")
        drawn = {"bootstrap": bootstrap, "permutations": permutations, "level": level, "seed": seed}
        scores = _scores(answered, min_patients, drawn)
    survival = pd.DataFrame(columns=COLUMNS)
    if {"time", "event"} <= set(rows):
        timed, whys = events_of(rows)
        left = pd.concat([left, _gone(rows, whys)], ignore_index=True)
        survival = _survival(timed, min_patients, level)
    if (given["type"] == "").all():
        notes.append("no column cancer_type: all patients are compared with each other")
    if few := int((scores["auroc"].notna() & (scores["n"] < FEW)).sum()):
        notes.append(f"{few} drugs have under {FEW} patients: their intervals are too short")
    left = left.drop_duplicates().sort_values("row", ignore_index=True)
    notes += [f"left out: {reason}" for reason in reasons(left)]
    return ClinicalReport(scores, survival, left, notes, level, fdr)


def _gone(rows: pd.DataFrame, reasons: list[str]) -> pd.DataFrame:
    """Return the rows that have a reason, as they are listed."""
    out = rows[["patient", "drug"]].assign(reason=reasons).rename_axis("row").reset_index()
    return out[out["reason"] != ""]


FEW = 30
"""patients below which percentiles of resampled areas lie too close"""
SCORES = ["treatment", "n", "responders", "types", "combinations", "auroc", "low", "high", "p", "q",
          "pairs", "why"]  # fmt: skip


def _scores(rows: pd.DataFrame, least: int, drawn: dict[str, Any]) -> pd.DataFrame:
    out: list[dict[str, Any]] = []
    for treatment, group in rows.groupby("treatment"):
        responds = group["responds"].to_numpy() == 1
        kinds = pd.factorize(group["type"])[0]
        n, yes = len(group), int(responds.sum())
        one = {
            "treatment": treatment, "n": n, "responders": yes, "why": "",
            "types": int(group["type"].nunique()), "combinations": int(group["combination"].sum()),
        }  # fmt: skip
        if min(yes, n - yes) < least:
            out.append({**one, "why": f"fewer than {least} that respond, or that do not"})
            continue
        found = stratified_auroc(group["score"].to_numpy(float), responds, kinds, **drawn)
        if found is None:
            out.append({**one, "why": "no cancer type has both"})
            continue
        values = {k: getattr(found, k) for k in ("auroc", "low", "high", "p", "pairs")}
        out.append({**one, **values, "types": found.strata})
    table = pd.DataFrame(out, columns=SCORES)
    table["q"] = _adjusted(table["p"])
    order = table["why"].ne("")
    return table.assign(_o=order).sort_values(["_o", "p", "treatment"], ignore_index=True)[SCORES]


def _survival(rows: pd.DataFrame, least: int, level: float) -> pd.DataFrame:
    out = [
        {"treatment": treatment, **survival_of(group, least, level)}
        for treatment, group in rows.groupby("treatment")
    ]
    table = pd.DataFrame(out, columns=COLUMNS)
    table["why"] = [why if isinstance(why, str) else "" for why in table["why"]]
    table["q_cox"], table["q_logrank"] = _adjusted(table["p_cox"]), _adjusted(table["p_logrank"])
    return table


def _adjusted(p: "pd.Series[float]") -> "pd.Series[float]":
    """Return Benjamini and Hochberg's adjusted p; NaN is no test."""
    out = pd.Series(np.nan, p.index)
    there = p.astype(float).notna()
    if there.any():
        out[there] = false_discovery_control(p[there].astype(float), method="bh")
    return out
