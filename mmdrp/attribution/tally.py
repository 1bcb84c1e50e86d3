"""Attributions of many lines, block by block, summed into one ranking of features."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import Tensor

SUMS = ("size", "total", "signs", "moved", "toward", "chosen")


class Tally:
    """Sums over lines of every feature's attribution; lines may come in blocks of any size."""

    def __init__(self, features: Mapping[str, Sequence[str]], names: "Names | None" = None) -> None:
        self.names = names or Names(features)
        self.sums = {k: np.zeros(self.names.count) for k in SUMS}
        self.lines = dict.fromkeys(features, 0)
        self.directed = True

    def add(
        self,
        value: Tensor,
        present: Mapping[str, Tensor],
        above: Tensor | None = None,
        chosen: Tensor | None = None,
    ) -> None:
        """Add a block (b, d) over all sources: zero where ``present`` (b,) of a source is False.

        ``above`` (b, d) is 1 where a feature is above its mean, -1 below; without it no direction
        is known. ``chosen`` (b, k) are the columns of each line's strongest features.
        """
        ones = value.new_ones(1, len(value))

        def summed(x: Tensor) -> npt.NDArray[np.float64]:
            out: npt.NDArray[np.float64] = (ones @ x)[0].double().numpy()
            return out

        sign = torch.sign(value)
        self.sums["size"] += summed(value.abs())
        self.sums["total"] += summed(value)
        self.sums["signs"] += summed(sign)
        self.sums["moved"] += summed(sign.abs_())
        if above is None:
            self.directed = False
        else:
            self.sums["toward"] += summed(value * above)
        if chosen is not None:
            counts = np.bincount(chosen.flatten().numpy(), minlength=self.names.count)
            self.sums["chosen"] += counts
        for source in self.lines:
            self.lines[source] += int(present[source].sum())

    def table(self, drug: str) -> pd.DataFrame:
        """Return all features in the order of the sources, not yet ranked."""
        sums, n = self.sums, np.repeat(list(self.lines.values()), self.names.width)
        lines = np.maximum(n, 1)
        toward = sums["toward"] / np.maximum(sums["size"], 1e-30)
        # Of m signs that add up to s, (m + |s|) / 2 are alike.
        alike = (sums["moved"] + np.abs(sums["signs"])) / 2 / np.maximum(sums["moved"], 1)
        numbers = {
            "mean_abs": sums["size"] / lines,
            "mean": sums["total"] / lines,
            "consistency": alike,
            "share": sums["chosen"] / lines,
            "direction": toward if self.directed else np.full(len(n), np.nan),
        }
        return pd.DataFrame(
            {
                "drug": categories(np.zeros(len(n), dtype=np.int8), [drug]),
                "source": self.names.source,
                "feature": self.names.feature,
                **{k: v.astype(np.float32) for k, v in numbers.items()},
                "n": n.astype(np.int32),
            }
        )

    def ranked(self, table: pd.DataFrame) -> pd.DataFrame:
        """Sort a table by ``mean_abs`` and number it; names break ties, so no order of sources,
        lines or blocks can change a rank."""
        order = np.lexsort((self.names.order, -table["mean_abs"].to_numpy()))
        out = table.iloc[order].reset_index(drop=True)
        return out.assign(rank=np.arange(1, len(out) + 1, dtype=np.int32))


class Names:
    """Sources and features of all columns, as categories: one copy of each name."""

    def __init__(self, features: Mapping[str, Sequence[str]]) -> None:
        sources = sorted(features)
        self.width = [len(names) for names in features.values()]
        self.count = sum(self.width)
        code = np.repeat([sources.index(s) for s in features], self.width)
        every = np.concatenate([np.asarray(names, dtype=object) for names in features.values()])
        codes, distinct = pd.factorize(every, sort=True)
        self.source = categories(code, sources)
        self.feature = categories(codes, distinct)
        self.order: npt.NDArray[np.int64] = np.empty(self.count, dtype=np.int64)
        self.order[np.lexsort((codes, code))] = np.arange(self.count)


def categories(codes: npt.NDArray[np.integer], names: Any) -> Any:
    """Return names by their place in a list, each kept once."""
    index: Any = pd.Index(names, dtype=object)
    return pd.Categorical.from_codes(codes, index)
