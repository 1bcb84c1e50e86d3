"""What a drug's fingerprint carries: a line held fixed, the drug against the average drug."""

from collections.abc import Mapping

import pandas as pd
import torch
from torch import Tensor

from mmdrp.attribution.explain import Explainer
from mmdrp.attribution.methods.base_part import POINTS
from mmdrp.attribution.methods.integrated import Attribution, mean_of_networks
from mmdrp.attribution.methods.projected import ProjectedNetwork
from mmdrp.attribution.tally import Tally
from mmdrp.attribution.target import Target
from mmdrp.data.source import Table
from mmdrp.errors import MmdrpError
from mmdrp.nn.base.drug import DrugKernel
from mmdrp.nn.base.drugs.path import baseline, drug_shares
from mmdrp.nn.base.drugs.sum import DrugSum
from mmdrp.nn.base.path import Rule

DRUG = "drug"


def bits(explainer: Explainer, target: Target) -> Attribution:
    """Return shares (n, bits) of the drug's fingerprint in the prediction of each of its lines.

    The path runs from the mean fingerprint of the training drugs to the drug's own while the line
    stays as it is. For a drug of training the base reads responses, not structure: zero.
    """
    table = explainer.tables.get(DRUG)
    if not isinstance(table, Table):
        raise MmdrpError("structure=true: needs pairs whose drugs are fingerprints (response=auc)")
    rows = explainer.rows(target.cells)
    parts = [_block(explainer, target, some) for some in torch.split(rows, explainer.options.block)]
    return Attribution(
        {DRUG: torch.cat([p.values[DRUG] for p in parts])},
        torch.cat([p.gap for p in parts]),
        torch.cat([p.change for p in parts]),
    )


def ranked(explainer: Explainer, target: Target, shares: Attribution) -> pd.DataFrame:
    """Return the bits as rows of a ranking, in their order."""
    features = {DRUG: list(explainer.tables[DRUG].features)}
    here = {DRUG: torch.ones(len(target.cells), dtype=torch.bool)}
    own = explainer.described(target)[DRUG][0]
    above = torch.sign(own - _mean(explainer)).expand(len(target.cells), -1)
    tally = Tally(features)
    tally.add(shares.values[DRUG], here, above)
    return tally.table(target.drug)


def _block(explainer: Explainer, target: Target, rows: Tensor) -> Attribution:
    network = _network(explainer, target, rows)
    base = _base(explainer, target, rows)
    width = len(explainer.tables[DRUG].features)
    total = torch.zeros(len(rows), width)
    change, gap = torch.zeros(len(rows)), torch.zeros(len(rows))
    for part in (network, base):
        if part is not None:
            total += part.values[DRUG]
            change, gap = change + part.change, gap + part.gap
    return Attribution({DRUG: total}, gap, change)


def _network(explainer: Explainer, target: Target, rows: Tensor) -> Attribution | None:
    if explainer.is_base_only:
        return None
    net, lines = explainer.net, [s for s in explainer.sources if s in explainer.net.encoder]
    inputs: dict[str, Tensor] = {s: explainer.inputs[s][rows] for s in lines}
    present = {s: explainer.present[s][rows] for s in lines}
    own, here = explainer.described(target)[DRUG]
    inputs[DRUG], present[DRUG] = own.expand(len(rows), -1), here.expand(len(rows))
    views = [
        ProjectedNetwork.of(one, inputs, present, target.output_index, lines)
        for one in net.networks
    ]
    shares = mean_of_networks([explainer.options.method(view) for view in views])
    assert shares is not None
    keep: Tensor = net.scale[DRUG].keep  # type: ignore[assignment]
    full = torch.zeros(len(rows), own.shape[1])
    full[:, keep] = shares.values[DRUG]
    return Attribution({DRUG: full}, shares.gap, shares.change)


def _base(explainer: Explainer, target: Target, rows: Tensor) -> Attribution | None:
    offset = explainer.net.offset
    if (
        offset is None
        or offset.pair is None
        or not explainer.options.base
        or target.base_index >= 0
    ):
        return None
    if (what := _read_as(explainer)) is None:
        return None  # the base compares drugs by another table than the one explained
    lines = {s: explainer.inputs[s][rows] for s in offset.cells}
    here = {s: explainer.present[s][rows] for s in offset.cells}
    own = offset.pair.responses(lines, here, None)
    start, described, drug = _mean(explainer), explainer.compared(target), offset.pair.drug
    if isinstance(drug, DrugSum):
        values = drug_shares(drug, own, described, what, start, POINTS)
    else:
        values = kernel_shares(drug, own, start, described[what][0])
    change = drug(own, described) - drug(own, {**described, what: start[None].to(own)})
    return Attribution.summed({DRUG: values}, change[:, 0])


@torch.no_grad()
def kernel_shares(drug: DrugKernel, own: Tensor, start: Tensor, end: Tensor) -> Tensor:
    """Return integrated gradients (n, bits) of predictions by structure, from ``start`` to ``end``.

    ``own`` (n, t) are the lines' responses to the training drugs. The similarity s = a / b,
    a = sum min and b = sum max of two drugs' counts, has the slope (I b - (1 - I) a) / b^2 by a
    count, I = 1 where it is the smaller one.
    """
    rule = Rule.of(POINTS, drug.X_fit_)
    total = torch.zeros_like(drug.X_fit_)
    for point, weight in zip(rule.points, rule.weights, strict=True):
        x = (start + point * (end - start)).to(drug.X_fit_)
        a = torch.minimum(x, drug.X_fit_).sum(1, keepdim=True)
        b = (x.sum() + drug.X_fit_.sum(1, keepdim=True) - a).clamp(min=1e-12)
        smaller = (x < drug.X_fit_).to(x)
        total += weight * (smaller * b - (1 - smaller) * a) / b**2
    shares: Tensor = (end - start).to(total) * (drug.by_similarity(own) @ total)
    return shares


def _read_as(explainer: Explainer) -> str | None:
    """Return what the base reads the explained table as: structure or embedding, or None."""
    offset = explainer.net.offset
    if offset is None or offset.pair is None:
        return None
    drug = offset.pair.drug
    for what, source in offset.compared.items():
        read = isinstance(drug, DrugKernel) or drug.reads(what)
        if source == DRUG and read:
            return what
    return None


def _mean(explainer: Explainer) -> Tensor:
    """Return the mean fingerprint of the training drugs, (bits,)."""
    offset, scale = explainer.net.offset, explainer.net.scale
    what = _read_as(explainer)
    if offset is not None and offset.pair is not None and what is not None:
        drug = offset.pair.drug
        return baseline(drug, what) if isinstance(drug, DrugSum) else drug.X_fit_.mean(0)
    table = explainer.tables[DRUG]
    mean = torch.zeros(len(table.features))
    kept: Mapping[str, Tensor] = {"keep": scale[DRUG].keep, "mean": scale[DRUG].mean}  # type: ignore[dict-item]
    mean[kept["keep"]] = kept["mean"]
    return mean
