"""GDSC, unseen lines: what pathways, deep kernels, network ensembles and pre-training add.

Each lead learns the base's leave-one-out residuals on three quarters of the training lines; how
much of it is added (none, a quarter, ..., all) is chosen on the last quarter. Pre-training is an
autoencoder on tumours (TCGA's expression among the release files, MMDRP_RAW) and training lines.
STUDY=ctrpv2 asks the same of CTRPv2, where the unlabelled are DepMap's lines without a response.
``over_mean`` is what each gains on the drug mean instead, in one fold.
"""

import os
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from mmdrp.tumours.genesets import gene_ontology
from tests.benchmarks._bases import Panel, Rows, folds, gained, kernel, panel_of, study_of
from tests.benchmarks._real import raw

SEEDS, SHARES = (0, 1, 2), (0.0, 0.25, 0.5, 0.75, 1.0)
WIDTH, STEPS, MEMBERS = 64, 60, 5
Lead = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(features of learning lines, their residuals, features to predict) -> predicted residuals"""


def main() -> dict[str, float | int | str]:
    name = os.environ.get("STUDY", "gdsc")
    panel = panel_of(study_of(name), "ic50" if name == "gdsc" else "auc")
    genes, sets = expression(panel)
    unlabelled, columns = pool(name)
    leads: dict[str, tuple[Tensor, Lead]] = {
        "pathway": (sets, kernel_ridge),
        "deep_kernel": (genes, deep_kernel),
        "ensemble": (genes, ensemble),
        "pretrained": (genes[:, columns], partial(ensemble, unlabelled=unlabelled)),
    }
    gains: dict[str, list[float]] = {lead: [] for lead in leads}
    shares: dict[str, list[float]] = {lead: [] for lead in leads}
    errors = []
    for seed in SEEDS:
        for train, test in folds(len(panel.y), seed):
            base = kernel().fit(*panel.take(train), panel.y[train])
            rest = panel.y[train].double() - base.leave_one_out.double()
            left = panel.y[test].double() - base(*panel.take(test)).double()
            errors.append(float((left[torch.isfinite(left)] ** 2).mean()))
            for lead, (x, learn) in leads.items():
                share, pred = chosen(x[train], rest, x[test], learn, seed)
                after = (left - share * pred)[torch.isfinite(left)]
                gains[lead].append(errors[-1] - float((after**2).mean()))
                shares[lead].append(share)
    figures: dict[str, float | int | str] = {"base_mse": float(np.mean(errors))}
    train, test = next(folds(len(panel.y)))
    for lead, (x, learn) in leads.items():
        figures[f"{lead}_over_mean"] = over_mean(
            panel.y[train], panel.y[test], x, train, test, learn
        )
    for lead, values in gains.items():
        figures |= gained(lead, values, shares[lead])
    return figures


def over_mean(y: Tensor, asked: Tensor, x: Tensor, train: Rows, test: Rows, learn: Lead) -> float:
    """Return what a lead gains on top of the drug mean, one fold: that it can learn at all."""
    mean = y.double().nanmean(0)
    share, pred = chosen(x[train], y.double() - mean, x[test], learn, 0)
    left = asked.double() - mean
    seen = torch.isfinite(left)
    return float((left[seen] ** 2).mean() - ((left - share * pred)[seen] ** 2).mean())


def expression(panel: Panel) -> tuple[Tensor, Tensor]:
    """Return z-scored genes, and the mean of each Gene Ontology process of 10 to 200 of them."""
    study = study_of(os.environ.get("STUDY", "gdsc"))
    features = list(study.modality("expression").features)
    x = panel.inputs["expression"].double()
    x = torch.nan_to_num((x - x.nanmean(0)) / x[panel.present["expression"]].std(0).clamp(min=1e-6))
    place = {gene: j for j, gene in enumerate(features)}
    columns = []
    for one in gene_ontology(["BP"]):
        inside = [place[g] for g in sorted(one.genes) if g in place]
        if 10 <= len(inside) <= 200:
            columns.append(x[:, inside].mean(1))
    scores = torch.stack(columns, 1)
    return x, scores / scores.std(0).clamp(min=1e-6)


def chosen(x: Tensor, rest: Tensor, asked: Tensor, learn: Lead, seed: int) -> tuple[float, Tensor]:
    """Return how much of a lead to add, by lines it did not learn from, and its prediction."""
    order = torch.from_numpy(np.random.default_rng(seed).permutation(len(x)))
    inner, held = order[len(x) // 4 :], order[: len(x) // 4]
    pred = learn(x[inner], rest[inner], torch.cat([x[held], asked]))
    mine, y = pred[: len(held)], rest[held]
    seen = torch.isfinite(y)
    error = [float(((y - s * mine)[seen] ** 2).mean()) for s in SHARES]
    return SHARES[int(np.argmin(error))], pred[len(held) :]


def kernel_ridge(x: Tensor, rest: Tensor, asked: Tensor) -> Tensor:
    """RBF kernel ridge on residuals, its penalty by leave-one-out."""
    rest = torch.nan_to_num(rest)
    K, k = rbf(x, x), rbf(asked, x)
    best: tuple[float, Tensor] = (float("inf"), rest)
    for penalty in (0.3, 1.0, 3.0, 10.0, 30.0, 100.0):
        inverse = torch.linalg.inv(K + penalty * torch.eye(len(K), dtype=K.dtype))
        weight = inverse @ rest
        error = float(((weight / inverse.diagonal()[:, None]) ** 2).mean())
        best = min(best, (error, weight), key=lambda pair: pair[0])
    return k @ best[1]


def deep_kernel(x: Tensor, rest: Tensor, asked: Tensor) -> Tensor:
    """Kernel ridge on a learned linear embedding, trained through its leave-one-out error."""
    torch.manual_seed(0)
    known = torch.isfinite(rest)
    rest = torch.nan_to_num(rest)
    start = torch.linalg.svd(x, full_matrices=False)[2][:WIDTH]
    embed = (start.T * len(start) ** 0.5).clone().requires_grad_()
    penalty = torch.tensor(2.0, dtype=x.dtype, requires_grad=True)  # its logarithm
    optimizer = torch.optim.Adam([embed, penalty], lr=3e-3)
    eye = torch.eye(len(x), dtype=x.dtype)
    for _ in range(STEPS):
        optimizer.zero_grad()
        inverse = torch.linalg.inv(rbf(x @ embed, x @ embed) + penalty.exp() * eye)
        error = ((inverse @ rest) / inverse.diagonal()[:, None])[known]
        (error**2).mean().backward()
        optimizer.step()
    with torch.no_grad():
        z, a = x @ embed, asked @ embed
        out: Tensor = rbf(a, z) @ torch.linalg.solve(rbf(z, z) + penalty.exp() * eye, rest)
    return out


def ensemble(x: Tensor, rest: Tensor, asked: Tensor, unlabelled: Tensor | None = None) -> Tensor:
    """The mean of small networks, each on a draw of the lines, stopped after a fixed time.

    With ``unlabelled`` profiles their first layers start as those of an autoencoder.
    """
    preds = []
    for member in range(MEMBERS):
        torch.manual_seed(member)
        first = nn.Linear(x.shape[1], 128)
        if unlabelled is not None:
            everyone = torch.cat([unlabelled, x]).float()
            back = nn.Sequential(nn.Dropout(0.2), first, nn.SiLU(), nn.Linear(128, x.shape[1]))
            taught(back, everyone, everyone, 10, 1e-3)
        net = nn.Sequential(
            nn.Dropout(0.2), first, nn.SiLU(), nn.Dropout(0.5), nn.Linear(128, rest.shape[1])
        )
        preds.append(taught(net, x.float(), rest.float(), 12, 3e-4)(asked.float()).double())
    return torch.stack(preds).mean(0).detach()


def taught(net: nn.Module, x: Tensor, y: Tensor, epochs: int, rate: float) -> nn.Module:
    """Train on draws with replacement, batches of 64; unmeasured outputs do not count."""
    optimizer = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=0.1, fused=True)
    for _ in range(epochs):
        for rows in torch.split(torch.randint(len(x), (len(x),)), 64):
            optimizer.zero_grad()
            seen = torch.isfinite(y[rows])  # masked before the square: its slope is NaN
            ((net(x[rows])[seen] - y[rows][seen]) ** 2).mean().backward()
            optimizer.step()
    return net.eval()


def pool(name: str) -> tuple[Tensor, Tensor]:
    """Return z-scored profiles without responses, and which genes of the study they have."""
    study = study_of(name)
    if name == "gdsc":
        table = pd.read_csv(raw("tcga") / "expression_zscore.csv.gz", index_col=0)
    else:
        table = pd.read_csv(raw("depmap") / "CCLE_expression.csv.gz", index_col=0)
        table = table[~table.index.isin(study.cells.index)]
    features = list(study.modality("expression").features)
    columns = [j for j, gene in enumerate(features) if gene in table.columns]
    x = torch.from_numpy(table[[features[j] for j in columns]].to_numpy(np.float64).copy())
    x = torch.nan_to_num((x - x.nanmean(0)) / torch.from_numpy(np.nanstd(x, 0)).clamp(min=1e-6))
    return x, torch.tensor(columns)


def rbf(a: Tensor, b: Tensor) -> Tensor:
    """Return exp(-d^2 / (2 median)), the median over b's own distances."""
    own = torch.cdist(b, b) ** 2
    return torch.exp(-(torch.cdist(a, b) ** 2) / own.median().detach().clamp(min=1e-9))
