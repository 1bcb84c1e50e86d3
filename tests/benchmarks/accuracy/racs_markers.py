"""Amplified and deleted targets in the rankings: GDSC's segments beside -1/0/1 calls of genes.

The base on all lines of the GDSC panel, with expression, mutation and either ``racs`` (407
segments) or ``cnv`` (6,163 genes); integrated gradients. ``NAME_racs`` and ``NAME_cnv`` are the
ranks of the known marker among the features of that modality: ERBB2 for afatinib and lapatinib,
EGFR for gefitinib, RB1 for palbociclib.
"""

import logging

import mmdrp
from tests.benchmarks._bases import study_of

KNOWN = {"afatinib": "ERBB2", "lapatinib": "ERBB2", "gefitinib": "EGFR", "palbociclib": "RB1"}


def main() -> dict[str, float]:
    logging.getLogger("mmdrp").setLevel(logging.ERROR)
    study = study_of("gdsc")
    names = study.drugs["name"].str.lower()
    drugs = {n: [d for d in study.drugs.index if names[d] == n] for n in KNOWN}
    figures: dict[str, float] = {}
    for source in ("racs", "cnv"):
        model = mmdrp.ResponseModel(modalities=["expression", "mutation", source], net=False)
        model.fit(study, measure="ic50")
        screened = set(model.info_.drugs)
        for name, ids in drugs.items():
            found = [drug for drug in ids if drug in screened]
            if not found:
                continue
            ranking = mmdrp.attribute(model, study, drugs=found).ranking
            part = ranking[ranking["source"] == source].sort_values("mean_abs", ascending=False)
            best = [
                rank
                for _, rows in part.groupby("drug", sort=False)
                for rank, feature in enumerate(rows["feature"], 1)
                if KNOWN[name] in feature.replace(",", " ").split()
            ]
            figures[f"{name}_{source}"] = min(best, default=float("nan"))
        figures[f"of_{source}"] = study.modality(source).dim
    return figures
