"""From attributions per line to a ranking of features per drug."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import Tensor

from mmdrp.attribution.explain import Explainer, above_mean
from mmdrp.attribution.methods.integrated import Attribution, Integrated
from mmdrp.attribution.tally import Tally, categories
from mmdrp.attribution.target import Options, Target
from mmdrp.attribution.univariate import with_correlation
from mmdrp.data.source import Table
from mmdrp.nn.network import ResponseNet

Sink = Callable[[pd.DataFrame], None]
Watch = Callable[[Target, Tensor, Tensor], None]


@dataclass(frozen=True)
class DrugAttribution:
    """What drives one drug: how well shares add up, the strongest per line, the ranking."""

    target: Target
    gap: Tensor
    """(n,): change - sum of shares, per line"""
    change: Tensor
    """(n,): prediction minus the prediction at the baseline"""
    table: pd.DataFrame
    """cell, drug, source, feature, value: empty where it went to a sink"""
    ranking: pd.DataFrame
    """every feature: docs/attribution.md lists the columns"""
    shares: pd.DataFrame
    """cell, drug, source, signed, absolute: what each modality carries of each prediction"""


def rank_drugs(
    net: ResponseNet,
    tables: Mapping[str, Table],
    targets: Sequence[Target],
    steps: int = 32,
    top: int | None = 20,
) -> Iterator[DrugAttribution]:
    """Yield drug after drug attributed by integrated gradients from the training mean."""
    cells = sorted({c for target in targets for c in target.cells})
    explainer = Explainer(net, tables, cells, Options(Integrated(steps)))
    yield from (explained(explainer, target, top) for target in targets)


def explained(
    explainer: Explainer,
    target: Target,
    top: int | None = 20,
    sink: Sink | None = None,
    watch: Watch | None = None,
    r: npt.NDArray[np.float32] | None = None,
) -> DrugAttribution:
    """Attribute one drug, a block of lines at a time; memory holds one block x features.

    ``sink`` takes the long table of each block, which is not kept then; ``watch`` sees every
    block's attributions over all sources before they are forgotten. ``r`` (d,) are the plain
    correlations of the features with the drug, to stand beside the ranking.
    """
    tally = Tally(explainer.features, explainer.names)
    frames: list[pd.DataFrame] = []
    gaps, changes, shares = [], [], []
    for rows, parts in explainer.blocks(target):
        value = torch.cat(list(parts.values.values()), dim=1)
        count = value.shape[1] if top is None else min(top, value.shape[1])
        column = value.abs().topk(count, dim=1).indices
        above = None if explainer.above is None else explainer.above[rows]
        tally.add(value, {s: explainer.present[s][rows] for s in parts.values}, above, column)
        (sink or frames.append)(_long(explainer, target, rows, column, value.gather(1, column)))
        shares.append(_shares(explainer, target, rows, parts))
        gaps.append(parts.gap)
        changes.append(parts.change)
        if watch is not None:
            watch(target, rows, value)
    table = tally.table(target.drug)
    if r is not None:
        table = with_correlation(table, r)
    return DrugAttribution(
        target,
        torch.cat(gaps),
        torch.cat(changes),
        pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(),
        tally.ranked(table),
        pd.concat(shares, ignore_index=True),
    )


def rank(
    drug: str,
    values: Mapping[str, Tensor],
    present: Mapping[str, Tensor],
    names: Mapping[str, Sequence[str]],
    inputs: Mapping[str, Tensor],
) -> pd.DataFrame:
    """Rank all features of all sources by mean absolute attribution over lines that have them.

    ``direction``, from -1 to 1, is the share of attribution by which a value above the lines'
    mean raises the response: 1 always raises it, -1 always lowers it.
    """
    here = {s: present[s] for s in values}
    above = above_mean({s: inputs[s] for s in values}, here)
    value = torch.cat([torch.where(here[s][:, None], v, 0.0) for s, v in values.items()], dim=1)
    tally = Tally({s: names[s] for s in values})
    tally.add(value, here, above)
    return tally.ranked(tally.table(drug))


def _long(
    explainer: Explainer, target: Target, rows: Tensor, column: Tensor, value: Tensor
) -> pd.DataFrame:
    names = explainer.names
    count, flat = column.shape[1], column.flatten().numpy()
    lines = [explainer.cells[i] for i in rows.tolist()]
    codes = np.repeat(np.arange(len(lines), dtype=np.int32), count)
    return pd.DataFrame(
        {
            "cell": categories(codes, lines),
            "drug": categories(np.zeros(len(flat), dtype=np.int8), [target.drug]),
            "source": names.source[flat],
            "feature": names.feature[flat],
            "value": value.flatten().numpy(),
        }
    )


def _shares(explainer: Explainer, target: Target, rows: Tensor, parts: Attribution) -> pd.DataFrame:
    sources, lines = list(parts.values), [explainer.cells[i] for i in rows.tolist()]
    signed = torch.stack([v.sum(1) for v in parts.values.values()], dim=1)
    absolute = torch.stack([v.abs().sum(1) for v in parts.values.values()], dim=1)
    return pd.DataFrame(
        {
            "cell": np.repeat(np.asarray(lines, dtype=object), len(sources)),
            "drug": target.drug,
            "source": np.tile(np.asarray(sources, dtype=object), len(lines)),
            "signed": signed.flatten().numpy(),
            "absolute": absolute.flatten().numpy(),
        }
    )
