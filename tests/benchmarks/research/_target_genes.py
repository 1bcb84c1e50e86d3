"""Expression, mutation and copy number, in the lines, of the genes that drugs target."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mmdrp.data.study import Study
from mmdrp.data.targets import targets_table
from tests.benchmarks._drugs import Drugs, with_facts

MODALITIES = ("expression", "mutation", "cnv")


@dataclass(frozen=True)
class Genes:
    """Values of target genes in the lines, and which drugs target them."""

    lines: Tensor
    """(n, g): deviations from the mean in sds, 0 where unmeasured; modalities side by side"""
    drugs: Tensor
    """(t, g)"""
    features: Tensor
    """(f, n, t): of each modality, the mean over a drug's targets and over its pathways' genes"""


def genes_of(study: Study, drugs: Drugs) -> Genes:
    """Find the drugs' targets among the genes of expression, mutation and copy number."""
    panel, targets = drugs.panel, drugs.known["targets"].double()
    pathways = drugs.known["pathways"].double()
    table = targets_table(with_facts(study.drugs), panel.drugs)
    names = [] if table is None else [str(f) for f in table.features]
    lines, owners, features = [], [], []
    for modality in MODALITIES:
        x = torch.where(
            panel.present[modality][:, None], panel.inputs[modality], torch.nan
        ).double()
        place = {str(g).upper(): i for i, g in enumerate(study.modality(modality).features)}
        both = [(j, place[name]) for j, name in enumerate(names) if name in place]
        x = x[:, [i for _, i in both]]
        away = (x - x.nanmean(0)).nan_to_num()
        own = targets[:, [j for j, _ in both]]
        z = away / away.square().mean(0).sqrt().clamp(min=1e-6)
        beside = ((pathways @ (pathways.T @ own > 0).double()) > 0).double()
        for which in (own, beside):
            mean = z @ (which / which.sum(1, keepdim=True).clamp(min=1)).T
            features.append(mean / mean.square().mean().sqrt().clamp(min=1e-9))
        lines.append(z)
        owners.append(own)
    return Genes(torch.cat(lines, 1), torch.cat(owners, 1), torch.stack(features))
