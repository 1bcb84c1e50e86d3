"""The plain association of each feature with a response, with no model in between."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from scipy.stats import spearmanr
from torch import Tensor

FEATURES = 2048  # at a time: with 500 drugs, 8 MB per product


def correlations(x: Tensor, y: Tensor) -> Tensor:
    """Return Pearson's r of each column of x (n, d) with each of y (n, t), (d, t).

    Each pair over the rows measured in both; NaN where fewer than three are, or either is constant
    on them. All pairs at once: six matrix products, in float64.
    """
    parts = [_block(some, y.double()) for some in torch.split(x, FEATURES, dim=1)]
    return torch.cat(parts) if parts else x.new_zeros(0, y.shape[1])


def _block(x: Tensor, y: Tensor) -> Tensor:
    x, R = _standardised(x.double())
    y, M = _standardised(y)
    if bool((R[:, :1] == R).all()):
        R = R[:, :1]  # a line has the whole source or nothing of it
    n, sy, syy = R.T @ M, R.T @ y, R.T @ y**2
    sx, sxx, sxy = x.T @ M, (x**2).T @ M, x.T @ y
    count = n.clamp(min=1)
    vx, vy = sxx - sx**2 / count, syy - sy**2 / count
    r = (sxy - sx * sy / count) / (vx.clamp(min=1e-30) * vy.clamp(min=1e-30)).sqrt()
    # A constant column leaves rounding errors only, which correlate with anything.
    flat = (vx < 1e-9 * count) | (vy < 1e-9 * count) | (n < 3)
    return torch.where(flat, torch.nan, r.clamp(-1, 1)).float()


def _standardised(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return columns of mean 0 and deviation 1, 0 where unmeasured, and 1 where measured."""
    read = torch.isfinite(x)
    filled = torch.where(read, x, 0.0)
    count = read.sum(0).clamp(min=1)
    moved = torch.where(read, filled - filled.sum(0) / count, 0.0)
    sd = ((moved**2).sum(0) / count).sqrt()
    return moved / torch.where(sd > 1e-12, sd, 1.0), read.double()


def of_drugs(
    inputs: Mapping[str, Tensor], present: Mapping[str, Tensor], y: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Return the correlation of every feature of every source with every drug, (d, drugs).

    ``y`` (n, drugs) holds the responses of the lines, NaN where unmeasured.
    """
    target = torch.from_numpy(np.array(y, dtype=np.float32))
    parts = [
        correlations(torch.where(present[s][:, None], x, torch.nan), target)
        for s, x in inputs.items()
    ]
    r: npt.NDArray[np.float32] = torch.cat(parts).numpy()
    return r


def with_correlation(table: pd.DataFrame, r: npt.NDArray[np.float32]) -> pd.DataFrame:
    """Add ``correlation`` and its rank by size to a table of all features in the same order."""
    size = pd.Series(np.abs(r))
    ranks = size.rank(ascending=False, method="first", na_option="bottom")
    return table.assign(correlation=r, correlation_rank=ranks.astype("int32").to_numpy())


def agreement(ranking: pd.DataFrame, top: int = 50) -> dict[str, float]:
    """Say how far a model's ranking and the plain correlations' agree: rho, and shared leaders."""
    both = ranking[ranking["correlation"].notna()]
    if len(both) < 3:
        return {"spearman": np.nan, f"shared_top{top}": np.nan}
    size = both["correlation"].abs().to_numpy()
    varies = np.ptp(both["mean_abs"]) > 0 and np.ptp(size) > 0
    rho = float(spearmanr(both["mean_abs"], size).statistic) if varies else np.nan
    led = (both["rank"] <= top) & (both["correlation_rank"] <= top)
    return {"spearman": rho, f"shared_top{top}": float(led.sum()) / min(top, len(both))}
