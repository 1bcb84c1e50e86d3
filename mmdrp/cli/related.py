"""Training lines of a run, related by its kernel: what one feature is judged beside."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from mmdrp.attribution.job import Job
from mmdrp.build import Restored
from mmdrp.data.source import Table
from mmdrp.nn.base.kernel import Kernel
from mmdrp.parts import TISSUE
from mmdrp.sources import Sources
from mmdrp.stats.mixed import conditional, relation
from mmdrp.stats.recall import ranks

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Lines:
    """Training lines of a run: features (n, p) of all sources side by side, and their kernel."""

    place: dict[str, int]
    x: npt.NDArray[np.float32]
    """NaN where unmeasured"""
    features: dict[str, list[str]]
    kernel: Array

    def of(self, job: Job) -> tuple[npt.NDArray[np.float32], Array, Array]:
        """Return features, kernel and responses of the lines in which a drug was measured."""
        rows = [self.place[cell] for cell in job.cells]
        assert job.y is not None
        return self.x[rows], self.kernel[np.ix_(rows, rows)], job.y.astype(float)


def lines_of(restored: Restored, sources: Sources) -> Lines:
    """Lay out all features of the training lines, and the kernel by which the model knows them."""
    net, roster = restored.net, restored.spec["roster"]["cell"]
    tables = {s: t for s, t in sources.items() if isinstance(t, Table) and t.axis == "cell"}
    inputs, present = {}, {}
    for source, table in tables.items():
        rows = table.locate(roster)
        inputs[source], present[source] = table.take(rows), torch.from_numpy(rows >= 0)
    seen = [s for s in tables if s != TISSUE]
    x = np.concatenate([inputs[s].numpy() for s in seen], axis=1)
    base = None if net.guess is None else net.guess.base
    if isinstance(base, Kernel):
        with torch.no_grad():
            kernel = base.kernel(inputs, present).double().numpy()
        kernel = (kernel + kernel.T) / 2  # alike but for rounding
    else:
        kernel = relation(x)
    features = {s: list(tables[s].features) for s in seen}
    return Lines({c: i for i, c in enumerate(roster)}, x, features, kernel)


class Beside:
    """Adds ``t`` and ``t_rank`` to a drug's ranking: each feature beside the model's kernel.

    From the drug's training lines alone (``groups``: drug -> its ``cell, y``), whichever lines the
    attribution is over; a fingerprint's bit, which lines do not have, gets NaN.
    """

    def __init__(self, lines: Lines, train: pd.DataFrame, noise: float) -> None:
        self.lines, self.noise = lines, noise
        self.groups = dict(iter(train.groupby("drug")))
        names = [(s, f) for s, each in lines.features.items() for f in map(str, each)]
        self.place = pd.MultiIndex.from_tuples(names)

    def __call__(self, job: Job, ranking: pd.DataFrame) -> pd.DataFrame:
        """Return the ranking with two more columns, NaN for a drug that was not trained on."""
        own = self.groups.get(job.drug)
        if own is None or len(own) < 10:
            return ranking.assign(t=np.float32(np.nan), t_rank=np.float32(np.nan))
        own = own.drop_duplicates("cell")
        y = own["y"].to_numpy(np.float32)
        x, kernel, target = self.lines.of(Job(job.drug, 0, own["cell"].tolist(), -1, y))
        t = conditional(kernel, x, target, self.noise)
        found = pd.DataFrame({"t": t, "t_rank": ranks(t)}, index=self.place, dtype=np.float32)
        keys = pd.MultiIndex.from_frame(ranking[["source", "feature"]].astype(str))
        return ranking.assign(**found.reindex(keys).reset_index(drop=True))
