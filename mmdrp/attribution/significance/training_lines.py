"""Training lines of a model, related by its kernel: what each feature is judged beside."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from mmdrp.attribution.benchmark.recall import ranks
from mmdrp.attribution.significance.mixed import can_be_tested, conditional, relation
from mmdrp.attribution.subject import Subject
from mmdrp.attribution.target import Target
from mmdrp.batch import is_annotation
from mmdrp.data.layout import laid_out
from mmdrp.data.source import Table
from mmdrp.nn.base.kernel import Kernel

Array = npt.NDArray[np.float64]
MIN_COUNT = 5
"""lines that must carry a mutation where the base does not say (``base.min_count``)"""


@dataclass(frozen=True)
class TrainingLines:
    """Training lines of a model: features (n, p) of all sources side by side, and their kernel."""

    place: dict[str, int]
    x: npt.NDArray[np.float32]
    """NaN where unmeasured"""
    features: dict[str, list[str]]
    kernel: Array
    imputed_response: pd.DataFrame | None
    """lines x drugs: what the base learned from, unmeasured responses filled by its best guess"""
    min_count: int
    """lines that must carry a 0/1 feature, and lack it, for its t to count"""

    @classmethod
    def of(cls, subject: Subject) -> "TrainingLines":
        """Lay out all features of the training lines, and the model's kernel between them."""
        net, train_ids = subject.net, subject.info.train_ids["cell"]
        tables = {
            s: t for s, t in subject.sources.items() if isinstance(t, Table) and t.axis == "cell"
        }
        inputs, present = laid_out(tables, train_ids)
        omics = [s for s in tables if not is_annotation(s)]
        x = np.concatenate([inputs[s].numpy() for s in omics], axis=1)
        base = None if net.offset is None else net.offset.base
        imputed_response, min_count = None, MIN_COUNT
        if isinstance(base, Kernel):
            with torch.no_grad():
                kernel = base.kernel(inputs, present).double().numpy()
            kernel = (kernel + kernel.T) / 2  # alike but for rounding
            filled = base.imputed_response.numpy()
            imputed_response = pd.DataFrame(filled, index=train_ids, columns=subject.info.drugs)
            min_count = base.min_count
        else:
            kernel = relation(x)
        features = {s: list(tables[s].features) for s in omics}
        place = {c: i for i, c in enumerate(train_ids)}
        return cls(place, x, features, kernel, imputed_response, min_count)

    def measured(self, target: Target) -> tuple[npt.NDArray[np.float32], Array]:
        """Return features and responses of the lines in which a drug was measured."""
        assert target.y is not None
        return self.x[self.rows(target)], target.y.astype(float)

    def rows(self, target: Target) -> list[int]:
        """Return the places of a drug's lines."""
        return [self.place[cell] for cell in target.cells]

    def scores(self, targets: Sequence[Target], noise: float) -> dict[str, npt.NDArray[np.float32]]:
        """Return each drug's t (p,): its features beside the kernel, as the base selects them.

        An unmeasured response is the base's guess, or without one the drug's mean; so t is shrunk
        by the root of the share that was measured. Of a mutation that hardly any line carries it
        is 0.
        """
        y = np.stack([self._response(target) for target in targets], axis=1)
        share = np.array([len(target.cells) / len(self.x) for target in targets])
        t = conditional(self.kernel, self.x, y, noise) * np.sqrt(share)
        out = {}
        for k, target in enumerate(targets):
            tested = can_be_tested(self.x[self.rows(target)], self.min_count)
            out[target.drug] = np.where(tested, t[:, k], 0.0).astype(np.float32)
        return out

    def _response(self, target: Target) -> Array:
        if self.imputed_response is not None:
            return self.imputed_response[target.drug].to_numpy(float)
        _, measured = self.measured(target)
        y = np.full(len(self.x), measured.mean())
        y[self.rows(target)] = measured
        return y


class ConditionalScores:
    """Adds ``t`` and ``t_rank`` to a drug's ranking: each feature beside the model's kernel.

    From the drug's training lines alone (``train``: ``cell, drug, y``), whichever lines the
    attribution is over; a fingerprint's bit, which lines do not have, gets NaN.
    """

    def __init__(self, lines: TrainingLines, train: pd.DataFrame, noise: float) -> None:
        measured = train.drop_duplicates(["drug", "cell"])
        targets = [
            Target(str(drug), 0, own["cell"].tolist(), -1, own["y"].to_numpy(np.float32))
            for drug, own in measured.groupby("drug")
        ]
        self.t = lines.scores(targets, noise)
        names = [(s, f) for s, each in lines.features.items() for f in map(str, each)]
        self.place = pd.MultiIndex.from_tuples(names)

    def __call__(self, target: Target, ranking: pd.DataFrame) -> pd.DataFrame:
        """Return the ranking with two more columns, NaN for a drug that was not trained on."""
        t = self.t.get(target.drug, np.full(len(self.place), np.nan, dtype=np.float32))
        rank = ranks(t.astype(float)) if target.drug in self.t else t
        scores = pd.DataFrame({"t": t, "t_rank": rank}, index=self.place, dtype=np.float32)
        keys = pd.MultiIndex.from_frame(ranking[["source", "feature"]].astype(str))
        return ranking.assign(**scores.reindex(keys).reset_index(drop=True))
