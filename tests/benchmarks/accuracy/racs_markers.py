"""Amplified and deleted targets in the rankings: GDSC's segments beside -1/0/1 calls of genes.

The base on all lines of the GDSC panel, with expression, mutation and either ``racs`` (407
segments) or ``cnv`` (6,163 genes); integrated gradients. ``NAME_racs`` and ``NAME_cnv`` are the
ranks of the known marker among the features of that modality: ERBB2 for afatinib and lapatinib,
EGFR for gefitinib, RB1 for palbociclib. ``NAME_racs_t`` and ``NAME_cnv_t`` are ranks by |t| of one
feature at a time in a mixed model whose covariance is the base's kernel of expression, mutation and
tissue (Lippert et al. 2011), on the base's filled responses.
"""

import logging

import torch
from torch import Tensor

import mmdrp
from mmdrp.nn.base.carriers import enough_carriers
from mmdrp.nn.base.markers import Candidates
from tests.benchmarks._bases import Panel, kernel, panel_of, study_of

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
                rank_of(KNOWN[name], list(rows["feature"]))
                for _, rows in part.groupby("drug", sort=False)
            ]
            figures[f"{name}_{source}"] = min(best)
        figures[f"of_{source}"] = study.modality(source).dim
    panel = panel_of(study, "ic50")
    size = {source: t_values(panel, source).abs() for source in ("racs", "cnv")}
    for source, t in size.items():
        features = [str(f) for f in study.modality(source).features]
        for name, ids in drugs.items():
            columns = [panel.drugs.index(drug) for drug in ids if drug in panel.drugs]
            orders = [t[:, j].argsort(descending=True).tolist() for j in columns]
            ranks = [rank_of(KNOWN[name], [features[i] for i in order]) for order in orders]
            if ranks:
                figures[f"{name}_{source}_t"] = min(ranks)
    return figures


def rank_of(gene: str, features: list[str]) -> float:
    """Return the rank of the first feature that names a gene."""
    named = [i for i, f in enumerate(features, 1) if gene in f.replace(",", " ").split()]
    return min(named, default=float("nan"))


def t_values(panel: Panel, source: str) -> Tensor:
    """Return t of each feature for each drug, (d, t); 0 where fewer than five lines carry it."""
    some = ("expression", "mutation", "tissue")
    inputs, present = ({s: part[s] for s in some} for part in (panel.inputs, panel.present))
    base = kernel(context=(), marker_threshold={}).fit(inputs, present, panel.y)
    covariance = base.kernel(inputs, present).double()
    y = (base.imputed_response - base.imputed_response.mean(0)).double()
    read = panel.present[source][:, None] & torch.isfinite(panel.inputs[source])
    x = torch.where(read, panel.inputs[source], torch.nan)
    few = ~(enough_carriers(x.abs(), 5))
    x = x.double()
    z = torch.nan_to_num(x - x.nanmean(0))
    c = Candidates.of((covariance + covariance.T) / 2, z, torch.ones(z.shape[1]), 2.0)
    Wy = c.W @ y
    t = (z.T @ Wy) / (c.power.clamp(min=1e-9)[:, None] * (y * Wy).mean(0)).sqrt()
    return torch.where(few[:, None], 0.0, t)
