"""From attributions per line to a ranking of features per drug."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mmdrp.attribution.base import with_base
from mmdrp.attribution.methods import Attribution, integrated_gradients
from mmdrp.attribution.view import View
from mmdrp.data.source import Table
from mmdrp.nn.network import ResponseNet


@dataclass(frozen=True)
class Job:
    """One drug to attribute: its output, its lines, and (pair mode) itself as a source."""

    drug: str
    task: int
    cells: Sequence[str]
    column: int
    """the drug's column in the base"""


@dataclass(frozen=True)
class DrugAttribution:
    """What drives one drug: attributions, the long table of the strongest, the ranking."""

    job: Job
    attribution: Attribution
    table: pd.DataFrame
    """cell, drug, source, feature, value"""
    ranking: pd.DataFrame
    """drug, source, feature, mean_abs, mean, direction, n, rank"""


def attribute(
    net: ResponseNet,
    tables: Mapping[str, Table],
    jobs: Sequence[Job],
    steps: int = 32,
    top: int | None = 20,
    structure: bool = False,
) -> Iterator[DrugAttribution]:
    """Attribute drug after drug; memory holds one drug's lines x features at a time.

    A drug that is a source is held fixed, so that the lines' features explain what sets lines
    apart; with ``structure`` its bits join them, against the mean drug of training.
    """
    fixed = [] if structure else [s for s in tables if net.axis[s] == "drug"]
    for job in jobs:
        inputs, present = _inputs(net, tables, job)
        seen = {s: x for s, x in inputs.items() if s in net.encoder}
        result = integrated_gradients(View.of(net, seen, present, job.task, fixed), steps)
        result = with_base(net, result, inputs, present, job.column)
        names = {s: tables[s].features for s in result.values}
        yield DrugAttribution(
            job,
            result,
            _long(job, result, names, top),
            rank(job.drug, result.values, present, names, inputs),
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
    parts = []
    for source, value in values.items():
        rows = value[present[source]]
        n = max(len(rows), 1)
        raw = inputs[source][present[source]]
        above = torch.nan_to_num(torch.sign(raw - raw.nanmean(0)))
        size = rows.abs().sum(0)
        parts.append(
            pd.DataFrame(
                {
                    "drug": drug,
                    "source": source,
                    "feature": list(names[source]),
                    "mean_abs": (size / n).numpy(),
                    "mean": (rows.sum(0) / n).numpy(),
                    "direction": ((rows * above).sum(0) / size.clamp(min=1e-30)).numpy(),
                    "n": len(rows),
                }
            )
        )
    frame = pd.concat(parts, ignore_index=True)
    # Names break ties, so the order of sources cannot change a rank.
    frame = frame.sort_values(
        ["mean_abs", "source", "feature"], ascending=[False, True, True], ignore_index=True
    )
    return frame.assign(rank=np.arange(1, len(frame) + 1))


def _inputs(
    net: ResponseNet, tables: Mapping[str, Table], job: Job
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    inputs, present = {}, {}
    for source, table in tables.items():
        ids = list(job.cells) if net.axis[source] == "cell" else [job.drug] * len(job.cells)
        rows = table.locate(ids)
        inputs[source] = table.take(rows)
        present[source] = torch.from_numpy(rows >= 0)
    return inputs, present


def _long(
    job: Job, result: Attribution, names: Mapping[str, Sequence[str]], top: int | None
) -> pd.DataFrame:
    value = torch.cat(list(result.values.values()), dim=1)
    source = np.repeat(list(names), [len(n) for n in names.values()])
    feature = np.concatenate([np.asarray(n) for n in names.values()])
    count = value.shape[1] if top is None else min(top, value.shape[1])
    column = value.abs().topk(count, dim=1).indices
    flat = column.reshape(-1).numpy()
    return pd.DataFrame(
        {
            "cell": np.repeat(np.asarray(job.cells), count),
            "drug": job.drug,
            "source": source[flat],
            "feature": feature[flat],
            "value": value.gather(1, column).reshape(-1).numpy(),
        }
    )
