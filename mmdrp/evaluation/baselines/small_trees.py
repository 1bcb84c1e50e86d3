"""Gradient boosting of small trees, equal to scikit-learn's on histograms and three times faster.

scikit-learn keeps a histogram of 256 bins for every feature, most of them empty where most features
are 0/1. Here a 0/1 feature is one candidate split. A candidate is a feature and a threshold; what
lies left of all of them is kept as two vectors, sums of residuals and numbers of lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from mmdrp.evaluation.baselines.fold_data import Array

Rows = npt.NDArray[np.intp]
MOST_BINS = 255
MIN_LEAF = 10
"""training lines in a leaf, at least"""


def boosted_stages(
    bins: "Bins", y: Array, asked: Array, *, leaves: int, rounds: Sequence[int], rate: float
) -> Array:
    """Return predictions of ``asked`` (m, p) after each number of ``rounds``, (len(rounds), m).

    Squared loss, trees grown best split first to ``leaves`` leaves of at least ten lines, each
    shrunk by ``rate`` (Friedman 2001): ``HistGradientBoostingRegressor`` without early stopping.
    Where two splits gain the same, the other one may be taken.

    >>> x = np.linspace(0, 1, 40)[:, None]
    >>> y = (x[:, 0] > 0.5) * 1.0
    >>> boosted_stages(Bins.of(x), y, x[[0, -1]], leaves=2, rounds=[1, 30], rate=0.5).round(3)
    array([[0.25, 0.75],
           [0.  , 1.  ]])
    """
    learned, pred = np.full(len(y), y.mean()), np.full(len(asked), y.mean())
    stages = {0: pred.copy()}
    for done in range(1, max(rounds) + 1):
        # scikit-learn keeps gradients in single precision.
        residual = (y - learned).astype(np.float32).astype(float)
        for leaf in _grown(bins, residual, asked, leaves):
            learned[leaf.rows] += rate * leaf.value
            pred[leaf.asked] += rate * leaf.value
        if done in rounds:
            stages[done] = pred.copy()
    return np.stack([stages[count] for count in rounds])


@dataclass(frozen=True)
class Bins:
    """Features of training lines, cut where histogram boosting cuts them.

    Candidates are the thresholds of ``two``, then those of ``many``, ``width`` for each.
    """

    two: Rows
    """columns with one threshold (0/1 features)"""
    below: Array
    """(n, columns of ``two``), 1 not above the threshold"""
    many: Rows
    """columns with more thresholds"""
    codes: Rows
    """(n, columns of ``many``), a line's bin in the row of histograms of all columns"""
    width: int
    """bins of each of them, some empty"""
    threshold: Array
    """of each candidate; not above it is left"""
    counts: Array
    """training lines left of each candidate"""
    scale: Array
    """what turns a squared difference into a gain over all training lines, 0 where none may be"""

    @classmethod
    def of(cls, x: Array) -> "Bins":
        """Cut features (n, p), without gaps, at quantiles or between few distinct values."""
        cuts = [_cuts(column) for column in x.T.astype(float)]
        sizes = np.array([len(cut) for cut in cuts])
        two, many = np.flatnonzero(sizes == 1), np.flatnonzero(sizes > 1)
        width = int(sizes.max(initial=0)) + 1
        codes = np.empty((len(x), len(many)), dtype=np.intp)
        table = np.full((len(many), width), np.inf)
        for place, j in enumerate(many):
            codes[:, place] = np.searchsorted(cuts[j], x[:, j]) + place * width
            table[place, : sizes[j]] = cuts[j]
        single = np.array([cuts[j][0] for j in two])
        below = (x[:, two] <= single).astype(float)
        histogram = np.bincount(codes.ravel(), minlength=table.size).reshape(table.shape)
        counts = np.concatenate([below.sum(0), histogram.cumsum(1).ravel()])
        scale = counts * (len(x) - counts)
        may = scale >= MIN_LEAF * (len(x) - MIN_LEAF)
        scale[may] = 1 / scale[may]
        scale[~may] = 0.0
        threshold = np.concatenate([single, table.ravel()])
        return cls(two, below, many, codes, width, threshold, counts, scale)

    def left(self, residual: Array, codes: Rows, below: Array) -> Array:
        """Return the sum of residuals (m,) of some lines left of each candidate."""
        out = np.empty(len(self.threshold))
        np.dot(residual, below, out=out[: len(self.two)])
        repeated = np.repeat(residual, len(self.many))
        histogram = np.bincount(codes, repeated, len(out) - len(self.two))
        out[len(self.two) :] = histogram.reshape(-1, self.width).cumsum(1).ravel()
        return out

    def column(self, candidate: int) -> int:
        """Return the feature of a candidate."""
        place = candidate - len(self.two)
        return int(self.two[candidate] if place < 0 else self.many[place // self.width])

    def goes_right(self, candidate: int, rows: Rows) -> npt.NDArray[np.bool_]:
        """Say which training lines lie above a candidate's threshold."""
        place = candidate - len(self.two)
        above: npt.NDArray[np.bool_]
        if place < 0:
            above = self.below[rows, candidate] == 0
        else:
            above = self.codes[rows, place // self.width] > place
        return above


@dataclass(eq=False)
class _Node:
    """Training lines and asked lines in one part of a tree."""

    rows: Rows
    asked: Rows
    total: float
    """sum of residuals"""
    sums: Array = field(default_factory=lambda: np.empty(0))
    counts: Array = field(default_factory=lambda: np.empty(0))
    best: int = -1
    gain: float = 0.0

    @property
    def value(self) -> float:
        return self.total / len(self.rows)

    @property
    def splits(self) -> bool:
        return len(self.rows) >= 2 * MIN_LEAF

    def choose(self, sums: Array, counts: Array, scale: Array | None = None) -> None:
        """Find the candidate that lowers squared error most: d^2 n / (left right)."""
        self.sums, self.counts, n = sums, counts, len(self.rows)
        if not len(sums):
            return
        gain = counts * -self.value
        gain += sums
        gain *= gain
        if scale is None:
            scale = n - counts
            scale *= counts
            # Both sides have enough lines exactly where the product is that of the least leaf.
            np.copyto(scale, np.inf, where=scale < MIN_LEAF * (n - MIN_LEAF))
            gain /= scale
        else:
            gain *= scale
        self.best = int(gain.argmax())
        self.gain = n * float(gain[self.best])


def _grown(bins: Bins, residual: Array, asked: Array, leaves: int) -> list[_Node]:
    """Return the leaves of one tree."""
    root = _Node(np.arange(len(residual)), np.arange(len(asked)), float(residual.sum()))
    nodes = [root]
    if root.splits:
        root.choose(bins.left(residual, bins.codes.ravel(), bins.below), bins.counts, bins.scale)
    while len(nodes) < leaves:
        node = max(nodes, key=lambda n: n.gain)
        if node.gain <= 0:
            break
        left, right = _halves(bins, node, asked)
        place = nodes.index(node)
        nodes[place : place + 1] = [left, right]
        if len(nodes) == leaves or not (left.splits or right.splits):
            continue
        small, large = sorted((left, right), key=lambda n: len(n.rows))
        codes, below = bins.codes[small.rows].ravel(), bins.below[small.rows]
        sums = bins.left(residual[small.rows], codes, below)
        counts = bins.left(np.ones(len(small.rows)), codes, below)
        if large.splits:
            large.choose(node.sums - sums, node.counts - counts)
        if small.splits:
            small.choose(sums, counts)
    return nodes


def _halves(bins: Bins, node: _Node, asked: Array) -> tuple[_Node, _Node]:
    right = bins.goes_right(node.best, node.rows)
    there = asked[node.asked, bins.column(node.best)] > bins.threshold[node.best]
    total = float(node.sums[node.best])
    return (
        _Node(node.rows[~right], node.asked[~there], total),
        _Node(node.rows[right], node.asked[there], node.total - total),
    )


def _cuts(column: Array) -> Array:
    """Return increasing thresholds: between few distinct values, else at quantiles."""
    distinct = np.unique(column)
    if len(distinct) <= MOST_BINS:
        return (distinct[1:] + distinct[:-1]) / 2
    share = np.linspace(0, 100, MOST_BINS + 1)[1:-1]
    return np.unique(np.percentile(column, share, method="averaged_inverted_cdf"))
