"""How many known markers stand among a method's leading features, and why the others do not."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

Array = npt.NDArray[np.float64]

CUTS = (10, 50, 100)
MARKER = ["drug", "source", "feature"]
ALPHA = 0.05


def ranks(score: Array) -> Array:
    """Rank features by |score|, 1 the largest; ties share their mean rank, NaN comes last."""
    size = np.where(np.isfinite(score), np.abs(score), -1.0)
    return np.asarray(rankdata(-size, method="average"), dtype=float)


def minority_count(x: npt.NDArray[np.floating]) -> int:
    """Return how many values of a feature differ from its most frequent one; NaN is no value.

    >>> minority_count(np.array([0.0, 0.0, 1.0, np.nan]))
    1
    """
    values = x[np.isfinite(x)]
    return len(values) - int(np.unique(values, return_counts=True)[1].max(initial=0))


def recall_summary(markers: pd.DataFrame, methods: Sequence[str]) -> pd.DataFrame:
    """Return recall, median rank and direction agreement per method; a marker counts once.

    ``markers`` has one row per marker and screen, with columns ``METHOD_rank`` and
    ``METHOD_agrees`` (1, 0, or NaN for a method without directions). A drug that was screened
    twice gives each of its markers the mean over screens.
    """
    rows = {}
    for method in methods:
        rank = markers[f"{method}_rank"]
        hits = {f"recall{k}": _mean(markers, (rank <= k).astype(float)) for k in CUTS}
        median = float(markers.assign(rank=rank).groupby(MARKER)["rank"].mean().median())
        agrees = _mean(markers, markers[f"{method}_agrees"].astype(float))
        rows[method] = {**hits, "median_rank": median, "direction": agrees}
    return pd.DataFrame(rows).T


def advantage(
    markers: pd.DataFrame, method: str, other: str, cut: int = 50, draws: int = 2000, seed: int = 0
) -> tuple[float, float, float]:
    """Return recall of ``method`` minus that of ``other``, and its 95 % interval over drugs.

    Markers of one drug share its lines and responses, so whole drugs are drawn (bootstrap).
    """
    hit = (markers[f"{method}_rank"] <= cut).astype(float) - (markers[f"{other}_rank"] <= cut)
    each = markers.assign(hit=hit).groupby(MARKER, as_index=False)["hit"].mean()
    by_drug = each.groupby("drug")["hit"].agg(["sum", "size"]).to_numpy(float)
    drawn = np.random.default_rng(seed).integers(0, len(by_drug), (draws, len(by_drug)))
    total = by_drug[drawn].sum(1)
    low, high = np.quantile(total[:, 0] / total[:, 1], [0.025, 0.975])
    return float(each["hit"].mean()), float(low), float(high)


def missed(rank: float, by_correlation: float, p: float, agrees: bool, cut: int = 50) -> str:
    """Say why a marker is not among the first ``cut``, given its rank and p by correlation."""
    if rank <= cut:
        return ""
    if p > ALPHA:
        return f"no association in these lines (p = {p:.2g})"
    if not agrees:
        return f"associated the other way (p = {p:.2g})"
    if by_correlation <= cut:
        return f"what lines share explains it (rank {by_correlation:.0f} by correlation)"
    return f"associated (p = {p:.2g}), but {rank - 1:.0f} features more strongly"


def _mean(markers: pd.DataFrame, value: pd.Series) -> float:
    return float(markers.assign(value=value).groupby(MARKER)["value"].mean().mean())
