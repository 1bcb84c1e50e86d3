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


def carriers(x: npt.NDArray[np.floating]) -> int:
    """Return how many values of a feature differ from its most frequent one; NaN is no value."""
    known = x[np.isfinite(x)]
    return len(known) - int(np.unique(known, return_counts=True)[1].max(initial=0))


def summary(found: pd.DataFrame, methods: Sequence[str]) -> pd.DataFrame:
    """Return recall, median rank and direction agreement per method; a marker counts once.

    ``found`` has one row per marker and screen, with columns ``METHOD_rank`` and
    ``METHOD_agrees`` (1, 0, or NaN for a method without directions). A drug that was screened
    twice gives each of its markers the mean over screens.
    """
    rows = {}
    for method in methods:
        rank = found[f"{method}_rank"]
        hits = {f"recall{k}": _mean(found, (rank <= k).astype(float)) for k in CUTS}
        median = float(found.assign(rank=rank).groupby(MARKER)["rank"].mean().median())
        agrees = _mean(found, found[f"{method}_agrees"].astype(float))
        rows[method] = {**hits, "median_rank": median, "direction": agrees}
    return pd.DataFrame(rows).T


def advantage(
    found: pd.DataFrame, one: str, other: str, cut: int = 50, draws: int = 2000, seed: int = 0
) -> tuple[float, float, float]:
    """Return recall of ``one`` minus that of ``other``, and its 95 % interval over drugs.

    Markers of one drug share its lines and responses, so whole drugs are drawn (bootstrap).
    """
    hit = (found[f"{one}_rank"] <= cut).astype(float) - (found[f"{other}_rank"] <= cut)
    each = found.assign(hit=hit).groupby(MARKER, as_index=False)["hit"].mean()
    by_drug = each.groupby("drug")["hit"].agg(["sum", "size"]).to_numpy(float)
    drawn = np.random.default_rng(seed).integers(0, len(by_drug), (draws, len(by_drug)))
    total = by_drug[drawn].sum(1)
    low, high = np.quantile(total[:, 0] / total[:, 1], [0.025, 0.975])
    return float(each["hit"].mean()), float(low), float(high)


def missed(rank: float, alone: float, p: float, agrees: bool, cut: int = 50) -> str:
    """Say why a marker is not among the first ``cut``; ``alone``: its rank by correlation."""
    if rank <= cut:
        return ""
    if p > ALPHA:
        return f"no association in these lines (p = {p:.2g})"
    if not agrees:
        return f"associated the other way (p = {p:.2g})"
    if alone <= cut:
        return f"what lines share explains it (rank {alone:.0f} by correlation)"
    return f"associated (p = {p:.2g}), but {rank - 1:.0f} features more strongly"


def _mean(found: pd.DataFrame, value: pd.Series) -> float:
    return float(found.assign(value=value).groupby(MARKER)["value"].mean().mean())
