"""Which named drug is an unnamed column? Decided by the responses themselves."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd


@dataclass(frozen=True)
class Match:
    """The named screen that an unnamed one equals, and how sure that is."""

    name: str
    pearson: float
    margin: float
    """Fisher z of the best minus that of the best under another name, in standard errors"""


def match(
    unnamed: pd.DataFrame,
    named: pd.DataFrame,
    names: pd.Series,
    least: float = 0.8,
    sure: float = 5.0,
) -> dict[str, Match]:
    """Map columns of ``unnamed`` to names where the correlation leaves no doubt.

    Both frames are lines x screens of ln IC50, NaN where unmeasured; ``names`` gives the drug of
    each column of ``named``. A match is mutual, correlates at least ``least``, and beats every
    screen of another drug by ``sure`` standard errors of Fisher's z.
    """
    lines = unnamed.index.intersection(named.index)
    r, n = pairwise_pearson(unnamed.loc[lines].to_numpy(), named.loc[lines].to_numpy())
    r = np.where(n >= 100, r, -1.0)
    z = np.arctanh(np.clip(r, -0.999999, 0.999999))
    label = names.loc[named.columns].to_numpy()
    found: dict[str, Match] = {}
    for i, column in enumerate(unnamed.columns):
        j = int(r[i].argmax())
        rival = z[i][label != label[j]].max()
        margin = float((z[i, j] - rival) * np.sqrt(max(n[i, j] - 3, 1)))
        mutual = int(r[:, j].argmax()) == i
        if mutual and r[i, j] >= least and margin >= sure:
            found[str(column)] = Match(str(label[j]), float(r[i, j]), margin)
    return found


def pairwise_pearson(
    a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return Pearson's r of every column pair over the rows both have, and those rows' number."""
    ma, mb = np.isfinite(a).astype(float), np.isfinite(b).astype(float)
    # Centring first keeps the sums of squares from cancelling.
    a = np.nan_to_num(a - np.nanmean(a, axis=0))
    b = np.nan_to_num(b - np.nanmean(b, axis=0))
    n = ma.T @ mb
    sa, sb, sab = a.T @ mb, ma.T @ b, a.T @ b
    with np.errstate(divide="ignore", invalid="ignore"):
        va = (a * a).T @ mb - sa**2 / n
        vb = ma.T @ (b * b) - sb**2 / n
        r = (sab - sa * sb / n) / np.sqrt(va * vb)
    return np.nan_to_num(r, nan=-1.0, posinf=-1.0, neginf=-1.0), n
