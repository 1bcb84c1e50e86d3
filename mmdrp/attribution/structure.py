"""What a drug's fingerprint carries: a line held fixed, the drug against the average drug."""

from collections.abc import Mapping

import pandas as pd
import torch
from torch import Tensor

from mmdrp.attribution.base import POINTS
from mmdrp.attribution.explain import Explainer
from mmdrp.attribution.job import Job
from mmdrp.attribution.methods import Attribution
from mmdrp.attribution.tally import Tally
from mmdrp.attribution.view import View
from mmdrp.data.source import Table
from mmdrp.errors import MmdrpError
from mmdrp.nn.base.drug import DrugKernel
from mmdrp.nn.base.path import Rule

DRUG = "drug"


def bits(explainer: Explainer, job: Job) -> Attribution:
    """Return shares (n, bits) of the drug's fingerprint in the prediction of each of its lines.

    The path runs from the mean fingerprint of the training drugs to the drug's own while the line
    stays as it is. For a drug of training the base reads responses, not structure: zero.
    """
    table = explainer.tables.get(DRUG)
    if not isinstance(table, Table):
        raise MmdrpError("structure=true: needs pairs whose drugs are fingerprints (response=auc)")
    rows = explainer.rows(job.cells)
    parts = [_block(explainer, job, some) for some in torch.split(rows, explainer.options.block)]
    return Attribution(
        {DRUG: torch.cat([p.values[DRUG] for p in parts])},
        torch.cat([p.gap for p in parts]),
        torch.cat([p.change for p in parts]),
    )


def ranked(explainer: Explainer, job: Job, found: Attribution) -> pd.DataFrame:
    """Return the bits as rows of a ranking, in their order."""
    features = {DRUG: list(explainer.tables[DRUG].features)}
    here = {DRUG: torch.ones(len(job.cells), dtype=torch.bool)}
    own = explainer.described(job)[DRUG][0]
    above = torch.sign(own - _mean(explainer)).expand(len(job.cells), -1)
    tally = Tally(features)
    tally.add(found.values[DRUG], here, above)
    return tally.table(job.drug)


def _block(explainer: Explainer, job: Job, rows: Tensor) -> Attribution:
    network = _network(explainer, job, rows)
    base = _base(explainer, job, rows)
    width = len(explainer.tables[DRUG].features)
    total = torch.zeros(len(rows), width)
    change, gap = torch.zeros(len(rows)), torch.zeros(len(rows))
    for part in (network, base):
        if part is not None:
            total += part.values[DRUG]
            change, gap = change + part.change, gap + part.gap
    return Attribution({DRUG: total}, gap, change)


def _network(explainer: Explainer, job: Job, rows: Tensor) -> Attribution | None:
    if explainer.silent:
        return None
    net, lines = explainer.net, [s for s in explainer.sources if s in explainer.net.encoder]
    inputs: dict[str, Tensor] = {s: explainer.inputs[s][rows] for s in lines}
    present = {s: explainer.present[s][rows] for s in lines}
    own, here = explainer.described(job)[DRUG]
    inputs[DRUG], present[DRUG] = own.expand(len(rows), -1), here.expand(len(rows))
    found = explainer.options.method(View.of(net, inputs, present, job.task, lines))
    keep: Tensor = net.scale[DRUG].keep  # type: ignore[assignment]
    full = torch.zeros(len(rows), own.shape[1])
    full[:, keep] = found.values[DRUG]
    return Attribution({DRUG: full}, found.gap, found.change)


def _base(explainer: Explainer, job: Job, rows: Tensor) -> Attribution | None:
    guess = explainer.net.guess
    if guess is None or guess.pair is None or not explainer.options.base or job.column >= 0:
        return None
    if guess.structure != DRUG:
        return None  # the base compares drugs by another table than the one explained
    lines = {s: explainer.inputs[s][rows] for s in guess.cells}
    own = guess.base(lines, {s: explainer.present[s][rows] for s in guess.cells})
    start, end = _mean(explainer), explainer.described(job)[DRUG][0][0]
    values = kernel_shares(guess.pair.drug, own, start, end)
    ends = guess.pair.drug(own, torch.stack([end, start]).to(own))
    return Attribution.summed({DRUG: values}, ends[:, 0] - ends[:, 1])


@torch.no_grad()
def kernel_shares(drug: DrugKernel, own: Tensor, start: Tensor, end: Tensor) -> Tensor:
    """Return integrated gradients (n, bits) of predictions by structure, from ``start`` to ``end``.

    ``own`` (n, t) are the lines' responses to the training drugs. The similarity sum min / sum max
    has the slope (I most - (1 - I) least) / most^2 by a count, I = 1 where it is the smaller one.
    """
    rule = Rule.of(POINTS, drug.known)
    total = torch.zeros_like(drug.known)
    for point, weight in zip(rule.points, rule.weights, strict=True):
        x = (start + point * (end - start)).to(drug.known)
        least = torch.minimum(x, drug.known).sum(1, keepdim=True)
        most = (x.sum() + drug.known.sum(1, keepdim=True) - least).clamp(min=1e-12)
        smaller = (x < drug.known).to(x)
        total += weight * (smaller * most - (1 - smaller) * least) / most**2
    shares: Tensor = (end - start).to(total) * (drug.by_similarity(own) @ total)
    return shares


def _mean(explainer: Explainer) -> Tensor:
    """Return the mean fingerprint of the training drugs, (bits,)."""
    guess, scale = explainer.net.guess, explainer.net.scale
    if guess is not None and guess.pair is not None and guess.structure == DRUG:
        return guess.pair.drug.known.mean(0)
    table = explainer.tables[DRUG]
    mean = torch.zeros(len(table.features))
    kept: Mapping[str, Tensor] = {"keep": scale[DRUG].keep, "mean": scale[DRUG].mean}  # type: ignore[dict-item]
    mean[kept["keep"]] = kept["mean"]
    return mean
