"""Training lines of a run, related by its kernel: what each feature is judged beside."""

from collections.abc import Sequence
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
from mmdrp.stats.mixed import common, conditional, relation
from mmdrp.stats.recall import ranks

Array = npt.NDArray[np.float64]
RARE = 5
"""lines that must carry a mutation where the base does not say (``base.min_count``)"""


@dataclass(frozen=True)
class Lines:
    """Training lines of a run: features (n, p) of all sources side by side, and their kernel."""

    place: dict[str, int]
    x: npt.NDArray[np.float32]
    """NaN where unmeasured"""
    features: dict[str, list[str]]
    kernel: Array
    completed: pd.DataFrame | None
    """lines x drugs: what the base learned from, unmeasured responses filled by its best guess"""
    least: int

    def of(self, job: Job) -> tuple[npt.NDArray[np.float32], Array]:
        """Return features and responses of the lines in which a drug was measured."""
        assert job.y is not None
        return self.x[self.rows(job)], job.y.astype(float)

    def rows(self, job: Job) -> list[int]:
        """Return the places of a drug's lines."""
        return [self.place[cell] for cell in job.cells]

    def scores(self, jobs: Sequence[Job], noise: float) -> dict[str, npt.NDArray[np.float32]]:
        """Return each drug's t (p,): its features beside the kernel, as the base selects them.

        An unmeasured response is the base's guess, or without one the drug's mean; so t is shrunk
        by the root of the share that was measured. Of a mutation that hardly any line carries it
        is 0.
        """
        y = np.stack([self._response(job) for job in jobs], axis=1)
        share = np.array([len(job.cells) / len(self.x) for job in jobs])
        t = conditional(self.kernel, self.x, y, noise) * np.sqrt(share)
        out = {}
        for k, job in enumerate(jobs):
            often = common(self.x[self.rows(job)], self.least)
            out[job.drug] = np.where(often, t[:, k], 0.0).astype(np.float32)
        return out

    def _response(self, job: Job) -> Array:
        if self.completed is not None:
            return self.completed[job.drug].to_numpy(float)
        _, measured = self.of(job)
        y = np.full(len(self.x), measured.mean())
        y[self.rows(job)] = measured
        return y


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
    completed, least = None, RARE
    if isinstance(base, Kernel):
        with torch.no_grad():
            kernel = base.kernel(inputs, present).double().numpy()
        kernel = (kernel + kernel.T) / 2  # alike but for rounding
        drugs = restored.spec["roster"].get("drug") or restored.spec["tasks"]
        completed = pd.DataFrame(base.completed.numpy(), index=roster, columns=drugs)
        least = base.min_count
    else:
        kernel = relation(x)
    features = {s: list(tables[s].features) for s in seen}
    place = {c: i for i, c in enumerate(roster)}
    return Lines(place, x, features, kernel, completed, least)


class Beside:
    """Adds ``t`` and ``t_rank`` to a drug's ranking: each feature beside the model's kernel.

    From the drug's training lines alone (``train``: ``cell, drug, y``), whichever lines the
    attribution is over; a fingerprint's bit, which lines do not have, gets NaN.
    """

    def __init__(self, lines: Lines, train: pd.DataFrame, noise: float) -> None:
        measured = train.drop_duplicates(["drug", "cell"])
        jobs = [
            Job(str(drug), 0, own["cell"].tolist(), -1, own["y"].to_numpy(np.float32))
            for drug, own in measured.groupby("drug")
        ]
        self.t = lines.scores(jobs, noise)
        names = [(s, f) for s, each in lines.features.items() for f in map(str, each)]
        self.place = pd.MultiIndex.from_tuples(names)

    def __call__(self, job: Job, ranking: pd.DataFrame) -> pd.DataFrame:
        """Return the ranking with two more columns, NaN for a drug that was not trained on."""
        t = self.t.get(job.drug, np.full(len(self.place), np.nan, dtype=np.float32))
        rank = ranks(t.astype(float)) if job.drug in self.t else t
        found = pd.DataFrame({"t": t, "t_rank": rank}, index=self.place, dtype=np.float32)
        keys = pd.MultiIndex.from_frame(ranking[["source", "feature"]].astype(str))
        return ranking.assign(**found.reindex(keys).reset_index(drop=True))
