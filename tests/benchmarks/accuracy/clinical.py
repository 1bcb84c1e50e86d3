"""Patients with known truth: are planted AUROCs within their intervals, and nothing under null?

Generated predictions and responses: three cancer types that differ in level and in how many
respond, drugs with a true AUROC of .6 to .9 and drugs without any, names as clinics write them.
"""

import sys
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import kstest, norm

import mmdrp

PLANTED = {"Taxol": 0.6, "Gemzar": 0.7, "Temodar": 0.8, "5-FU": 0.9}
MODEL = ["Paclitaxel", "Gemcitabine", "Temozolomide", "5-Fluorouracil", "Cisplatin", "Docetaxel",
         "Etoposide", "Vinorelbine"]  # fmt: skip
NULL = ["Platinol", "Taxotere", "VP-16", "Navelbine"]
REPEATS = 40
PATIENTS = 150


def cohort(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    predictions, patients = [], []
    written = [*PLANTED, *NULL]
    for drug, word in zip(MODEL, written, strict=True):
        effect = np.sqrt(2) * norm.ppf(PLANTED.get(word, 0.5))
        for i in range(PATIENTS):
            kind = i % 3
            responds = rng.random() < (0.2, 0.4, 0.7)[kind]
            pred = 3.0 * kind - effect * responds + rng.normal()
            predictions.append((f"P{i}", drug, pred))
            said = rng.choice(["CR", "PR"] if responds else ["Stable Disease", "PD"])
            patients.append((f"P{i}", word, said, ("LUAD", "BRCA", "COAD")[kind]))
    frame = pd.DataFrame(predictions, columns=["cell", "drug", "pred"])
    return frame, pd.DataFrame(patients, columns=["patient", "drug", "response", "cancer_type"])


def main() -> dict[str, Any]:
    """Judge cohorts of known truth."""
    held, p, hits, false = [], [], 0, 0
    truth = dict(zip(MODEL, PLANTED.values(), strict=False))
    for seed in range(REPEATS):
        pred, told = cohort(seed)
        report = mmdrp.evaluate_clinical(
            pred, told, higher="resistant", bootstrap=1000, permutations=999, seed=seed
        )
        scores = report.scores.set_index("treatment")
        for drug, auroc in truth.items():
            low, high, q = scores[["low", "high", "q"]].T[drug].astype(float)
            held.append(low <= auroc <= high)
            hits += int(q <= 0.05)
        null = scores.drop(index=list(truth))
        p += null["p"].tolist()
        false += int((null["q"] <= 0.05).sum())
        print(f"{seed}: {scores['auroc'].round(3).to_dict()}", file=sys.stderr)
    n = REPEATS * len(truth)
    return {
        "cohorts": REPEATS, "patients": PATIENTS, "coverage": float(np.mean(held)),
        "found": hits / n, "null_below_05": float(np.mean(np.array(p) < 0.05)),
        "null_uniform_p": float(kstest(p, "uniform").pvalue),
        "null_called": false / (REPEATS * len(NULL)),
    }  # fmt: skip
