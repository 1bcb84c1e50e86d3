"""What was measured of each drug in training: where a prediction stands among those responses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from mmdrp.data.batches.datamodule import ResponseData
from mmdrp.errors import MmdrpError

LEVELS = np.linspace(0, 100, 41)
"""percentiles that a checkpoint keeps of each drug"""
KEPT = 201
"""quantiles of all responses"""
FEW = 5
"""responses; fewer say nothing of a distribution"""
KEYS = ("count", "mean", "sd", "quantiles")
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class MeasuredDrugs:
    """Per drug of training: how many responses, their mean, standard deviation, percentiles."""

    drugs: list[str]
    count: npt.NDArray[np.int64]
    mean: Array
    sd: Array
    quantiles: Array
    """(drugs, levels), from the least to the largest response"""

    @classmethod
    def of(cls, data: ResponseData) -> "MeasuredDrugs":
        """Learn from the measured responses of training (by line, or by pair)."""
        rows = data.rows["train"]
        y = data.measured.y[rows].astype(np.float64)
        if "drug" not in data.measured.ids:
            return cls.of_columns(list(data.measured.tasks), [c[np.isfinite(c)] for c in y.T])
        order = np.argsort(data.measured.ids["drug"][rows], kind="stable")
        drugs, starts = np.unique(data.measured.ids["drug"][rows][order], return_index=True)
        values = np.split(y[order, 0], starts[1:])
        return cls.of_columns(drugs.tolist(), [v[np.isfinite(v)] for v in values])

    @classmethod
    def of_columns(cls, drugs: Sequence[str], values: Sequence[Array]) -> "MeasuredDrugs":
        """Learn from the measured responses of each drug."""
        d = len(drugs)
        count = np.array([len(v) for v in values], dtype=np.int64)
        mean, sd = np.full(d, np.nan), np.full(d, np.nan)
        quantiles = np.full((d, len(LEVELS)), np.nan)
        for j, v in enumerate(values):
            if len(v) >= FEW:
                mean[j], sd[j], quantiles[j] = v.mean(), v.std(), np.percentile(v, LEVELS)
        return cls(list(drugs), count, mean, sd, quantiles)

    def plain(self) -> dict[str, Any]:
        """Return what a checkpoint holds."""
        kept = {key: torch.from_numpy(getattr(self, key)) for key in KEYS}
        return {
            "drugs": self.drugs,
            **{k: v.float() if k != "count" else v for k, v in kept.items()},
        }

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> "MeasuredDrugs":
        """Return what a checkpoint held; of an empty one, no drug."""
        if not plain:
            return cls.of_columns([], [])
        arrays = {k: plain[k].numpy() for k in KEYS}
        return cls(
            list(plain["drugs"]),
            **{k: v if k == "count" else v.astype(np.float64) for k, v in arrays.items()},
        )

    def place(
        self, drug: npt.NDArray[Any], pred: npt.NDArray[np.floating]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return percentile (0 to 100) and z of predictions among the drug's own responses.

        NaN for drugs that training did not have, or hardly: fewer than five responses.
        """
        at = {name: j for j, name in enumerate(self.drugs)}
        codes, inverse = np.unique(np.asarray(drug, dtype=str), return_inverse=True)
        index = np.array([at.get(name, -1) for name in codes.tolist()], dtype=np.int64)[inverse]
        percentile = np.full(len(pred), np.nan, dtype=np.float32)
        z = np.full(len(pred), np.nan, dtype=np.float32)
        order = np.argsort(index, kind="stable")
        edges = np.flatnonzero(np.diff(index[order], prepend=-2))
        for start, stop in pairwise([*edges, len(order)]):
            rows = order[start:stop]
            j = int(index[rows[0]])
            if j < 0 or not np.isfinite(self.mean[j]):
                continue
            x = np.asarray(pred, dtype=np.float64)[rows]
            percentile[rows] = np.interp(x, self.quantiles[j], LEVELS)
            if self.sd[j] > 0:
                z[rows] = (x - self.mean[j]) / self.sd[j]
        return percentile, z


def check(raw: Mapping[str, Any]) -> None:
    """Refuse what is not ``MeasuredDrugs.plain``; MmdrpError names the flaw."""
    if not raw:
        return
    drugs = raw.get("drugs")
    if not isinstance(drugs, list) or not all(isinstance(d, str) for d in drugs):
        raise MmdrpError("measured_drugs.drugs: expected texts")
    for key in KEYS:
        value = raw.get(key)
        shape = (len(drugs), len(LEVELS)) if key == "quantiles" else (len(drugs),)
        if not isinstance(value, torch.Tensor) or tuple(value.shape) != shape:
            raise MmdrpError(f"measured_drugs.{key}: expected one value per drug")


def measured_of(data: ResponseData) -> list[float]:
    """Return evenly spaced quantiles of all measured responses of training."""
    y = data.measured.y[data.rows["train"]]
    found: Any = np.quantile(y[np.isfinite(y)].astype(np.float64), np.linspace(0, 1, KEPT))
    return [float(value) for value in found]
