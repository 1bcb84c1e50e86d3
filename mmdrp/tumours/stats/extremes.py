"""The most sensitive and the most resistant samples of one drug, and how they differ.

Chiu et al. (BMC Medical Genomics 2019), figure 5: cancer types, mutation rates and expression of
the samples with the lowest and the highest 1 % of predictions.
"""

from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse, stats

from mmdrp.errors import OptionError
from mmdrp.tumours.stats.multiple import fdr

Array = npt.NDArray[np.float64]
Strings = npt.NDArray[np.str_]
SENSITIVE, RESISTANT = "sensitive", "resistant"


def extreme_groups(value: pd.Series, share: float = 0.01, higher: str = RESISTANT) -> pd.Series:
    """Return ``sensitive``, ``resistant`` or "" for each sample of ``value`` (index: samples).

    Each group has ``share`` of the samples, rounded up; equal values are taken in order of id.
    """
    ordered = value.dropna().sort_index().sort_values(kind="stable")
    n = int(np.ceil(round(share * len(ordered), 9)))
    if not 0 < share <= 0.5 or 2 * n > len(ordered) or n < 1:
        raise OptionError(f"share={share}: of {len(ordered)} samples it makes no two groups")
    low, high = (SENSITIVE, RESISTANT) if higher == RESISTANT else (RESISTANT, SENSITIVE)
    group = pd.Series("", value.index, dtype=object, name="group")
    group[ordered.index[:n]] = low
    group[ordered.index[-n:]] = high
    return group


def composition(group: pd.Series, kind: pd.Series) -> pd.DataFrame:
    """Return count and share of each cancer type in each group, and among all samples."""
    kind = kind.reindex(group.index).fillna("").replace("", "unknown")
    labels = {SENSITIVE: group == SENSITIVE, RESISTANT: group == RESISTANT}
    parts = {name: kind[rows] for name, rows in labels.items()} | {"all": kind}
    counts = pd.DataFrame({name: part.value_counts() for name, part in parts.items()})
    counts = counts.fillna(0).astype(int)
    share = counts / counts.sum().clip(lower=1)
    table = counts.join(share.add_prefix("share_")).rename_axis("type").reset_index()
    largest = table[[f"share_{SENSITIVE}", f"share_{RESISTANT}"]].max(axis=1)
    order = table.assign(largest=largest).sort_values(["largest", "type"], ascending=[False, True])
    return order.drop(columns="largest").reset_index(drop=True)


def mutation_changes(mutated: sparse.csr_array, genes: Strings, group: Strings) -> pd.DataFrame:
    """Compare each gene's mutation rate between the groups by Fisher's exact test, two-sided.

    ``mutated`` is genes x samples, ``group`` the label of each sample. Ordered by the change in
    rate; a gene mutated in neither group is no test.
    """
    inside = {name: group == name for name in (SENSITIVE, RESISTANT)}
    n = {name: int(rows.sum()) for name, rows in inside.items()}
    count = {name: np.asarray(mutated[:, rows].sum(1)).ravel() for name, rows in inside.items()}
    a, b = count[SENSITIVE].astype(int), count[RESISTANT].astype(int)
    tested = (a + b) > 0

    # Groups are fixed, so two counts determine a table, and few of those are distinct.
    @cache
    def test(i: int, j: int) -> tuple[float, float]:
        cells = [[i, n[SENSITIVE] - i], [j, n[RESISTANT] - j]]
        odds, p = stats.fisher_exact(cells)
        return float(odds), float(p)

    results = np.array([test(int(i), int(j)) for i, j in zip(a[tested], b[tested], strict=True)])
    results = results.reshape(-1, 2)
    table = pd.DataFrame({"gene": np.asarray(genes)[tested], SENSITIVE: a[tested],
                          RESISTANT: b[tested]})  # fmt: skip
    table["rate_sensitive"] = table[SENSITIVE] / max(n[SENSITIVE], 1)
    table["rate_resistant"] = table[RESISTANT] / max(n[RESISTANT], 1)
    table["change"] = table["rate_resistant"] - table["rate_sensitive"]
    table["odds_ratio"], table["p"] = results[:, 0], results[:, 1]
    table["p_fdr"] = fdr(results[:, 1])
    table["size"] = table["change"].abs().round(12)
    order = table.sort_values(["size", "p", "gene"], ascending=[False, True, True])
    return order.drop(columns="size").reset_index(drop=True)


def expression_changes(values: Array, genes: Strings, group: Strings) -> pd.DataFrame:
    """Compare each gene's expression between the groups by Welch's test; ordered by p.

    ``values`` is samples x genes, NaN where unmeasured. ``difference`` is resistant minus
    sensitive, in the unit of ``values``: the log2 fold change where that is log2(TPM + 1).
    """
    low, high = (_moments(values[group == name]) for name in (SENSITIVE, RESISTANT))
    enough = (low[0] > 1) & (high[0] > 1)
    (n0, mean0, sd0), (n1, mean1, sd1) = ([part[enough] for part in side] for side in (low, high))
    welch = stats.ttest_ind_from_stats(mean1, sd1, n1, mean0, sd0, n0, equal_var=False)
    varies = (sd0 > 0) | (sd1 > 0)
    p = np.where(varies, np.asarray(welch.pvalue), np.nan)
    table = pd.DataFrame(
        {
            "gene": np.asarray(genes)[enough],
            "n_sensitive": n0.astype(int),
            "n_resistant": n1.astype(int),
            "mean_sensitive": mean0,
            "mean_resistant": mean1,
            "difference": mean1 - mean0,
            "t": np.where(varies, np.asarray(welch.statistic), np.nan),
            "p": p,
            "p_fdr": fdr(p),
        }
    )
    return table.sort_values(["p", "gene"], kind="stable").reset_index(drop=True)


def _moments(values: Array) -> tuple[Array, Array, Array]:
    """Return count, mean and standard deviation of each column; a constant one has exactly 0."""
    there = np.isfinite(values)
    n = there.sum(0).astype(float)
    mean = np.where(there, values, 0.0).sum(0) / np.maximum(n, 1)
    square = (np.where(there, values - mean, 0.0) ** 2).sum(0)
    top, low = (f(np.where(there, values, g), axis=0, initial=g)
                for f, g in ((np.max, -np.inf), (np.min, np.inf)))  # fmt: skip
    return n, mean, np.where(top > low, np.sqrt(square / np.maximum(n - 1, 1)), 0.0)
