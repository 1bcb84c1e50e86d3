"""Rankings of several runs, folds or seeds: their mean, and how far they agree."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import rankdata

KEY = ["drug", "source", "feature"]
MEANS = ("mean_abs", "mean", "consistency", "share", "direction", "correlation", "t")


def combined(rankings: Sequence[pd.DataFrame], top: int = 20) -> pd.DataFrame:
    """Return one drug's ranking by the mean over runs, each a ranking of that drug.

    ``selected`` is the share of runs in which the feature is among the ``top`` leading ones,
    ``mean_abs_sd`` the deviation over runs. A feature that a run lacks counts there as 0.
    """
    every = pd.concat([r.astype(dict.fromkeys(KEY, "str")) for r in rankings], ignore_index=True)
    runs = len(rankings)
    groups = every.groupby(KEY, sort=False)
    out = pd.DataFrame({"mean_abs": groups["mean_abs"].sum() / runs})
    for name in MEANS[1:]:
        if name in every:
            out[name] = groups[name].mean()
    spread = (groups["mean_abs"].agg(lambda v: float((v.astype(float) ** 2).sum()))) / runs
    out["mean_abs_sd"] = np.sqrt(np.maximum(spread - out["mean_abs"].astype(float) ** 2, 0))
    led = every[every["rank"] <= top].groupby(KEY).size()
    out["selected"] = led.reindex(out.index, fill_value=0) / runs
    out["n"] = groups["n"].max()
    out = out.reset_index()
    out = out.sort_values(
        ["mean_abs", "source", "feature"], ascending=[False, True, True], ignore_index=True
    )
    return out.assign(runs=runs, rank=np.arange(1, len(out) + 1))


def agreement(rankings: Sequence[pd.DataFrame], top: int = 20) -> dict[str, float]:
    """Say how far rankings of one drug agree: means over all pairs of runs.

    ``spearman`` over all shared features' mean_abs, ``overlap`` the shared part of the ``top``.
    """
    tables = [r.astype(dict.fromkeys(KEY, "str")).set_index(KEY[1:])["mean_abs"] for r in rankings]
    rho, overlap = [], []
    for a, b in combinations(tables, 2):
        both = pd.concat([a, b], axis=1, join="inner").to_numpy(np.float64)
        ranks = rankdata(both, axis=0)
        varies = len(both) > 2 and bool((np.ptp(ranks, axis=0) > 0).all())
        rho.append(float(np.corrcoef(ranks.T)[0, 1]) if varies else np.nan)
        first, second = (set(t.nlargest(top).index) for t in (a, b))
        overlap.append(len(first & second) / max(1, min(top, len(first))))
    if not rho:
        return {"spearman": np.nan, "overlap": np.nan}
    defined = [r for r in rho if np.isfinite(r)]
    return {
        "spearman": float(np.mean(defined)) if defined else np.nan,
        "overlap": float(np.mean(overlap)),
    }
