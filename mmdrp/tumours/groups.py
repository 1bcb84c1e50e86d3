"""Samples compared with one another, and the tests among them."""

import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.tumours.cohort import Cohort
from mmdrp.tumours.stats.association import t_tests
from mmdrp.tumours.stats.covariates import adjusted_tests
from mmdrp.tumours.stats.modulation import effect_direction, long_table, tested_pairs
from mmdrp.tumours.stats.multiple import bonferroni, fdr

log = logging.getLogger(__name__)
PAN = "pan-cancer"
CORRECTIONS = {"bonferroni": bonferroni, "fdr": fdr}
Covariate = Literal["type", "burden"]


@dataclass(frozen=True)
class SampleGroup:
    """Samples of a cancer type, or all, and the genes mutated often among them, by place."""

    name: str
    rows: npt.NDArray[np.int64]
    genes: npt.NDArray[np.int64]


def sample_groups(
    cohort: Cohort,
    cancers: Sequence[str] | None,
    pan: bool,
    min_rate: float,
    min_counts: tuple[int, int],
) -> Iterator[SampleGroup]:
    """Yield the cancer types and, where ``pan``, all samples.

    ``min_counts``: how many must have a gene's mutation, and how many must lack it.
    """
    types = cohort.cancer_type.to_numpy(dtype=str)
    for name in sorted(set(types) - {""}) if cancers is None else cancers:
        rows = np.flatnonzero(types == name)
        if not len(rows):
            log.warning("cancers: no sample is of type %r", name)
        yield SampleGroup(name, rows, _frequent(cohort, rows, min_rate, min_counts))
    if pan:
        rows = np.arange(len(types))
        yield SampleGroup(PAN, rows, _frequent(cohort, rows, min_rate, min_counts))


def _frequent(
    cohort: Cohort, rows: npt.NDArray[np.int64], min_rate: float, min_counts: tuple[int, int]
) -> npt.NDArray[np.int64]:
    """Return genes mutated in enough of these samples, and not in enough others."""
    mutated = np.asarray(cohort.mutations.mutated[:, rows].sum(1)).ravel()
    known = len(rows) - np.asarray(cohort.mutations.unknown[:, rows].sum(1)).ravel()
    often = (mutated > min_rate * known) & (mutated >= min_counts[0])
    return np.flatnonzero(often & (known - mutated >= min_counts[1]))


def run_tests(
    cohort: Cohort,
    group: SampleGroup,
    names: list[str],
    adjust: Collection[Covariate],
    min_counts: tuple[int, int],
) -> pd.DataFrame:
    """Return a row per gene and drug: t-tests and, where ``adjust`` names any, with covariates."""
    response = cohort.response.to_numpy()[group.rows]
    mutated = cohort.mutations.mutated[group.genes][:, group.rows]
    unknown = cohort.mutations.unknown[group.genes][:, group.rows]
    gaps = unknown if unknown.nnz else None
    tests = t_tests(mutated, response, gaps)
    codes = (group.genes.astype(np.int32), np.arange(len(cohort.drugs), dtype=np.int32))
    labels = (names, list(cohort.mutations.genes), cohort.drugs)
    table = long_table(tests, *codes, labels, names.index(group.name), *min_counts)
    if adjust:
        covariates = _covariates(cohort, group.rows, adjust)
        beside = adjusted_tests(mutated, response, covariates, gaps)
        tested = tested_pairs(tests, *min_counts).ravel()
        table["difference_covariates"] = beside.difference.ravel()[tested]
        table["p_covariates"] = beside.p.ravel()[tested]
    return table


def _covariates(
    cohort: Cohort, rows: npt.NDArray[np.int64], adjust: Collection[Covariate]
) -> npt.NDArray[np.float64]:
    parts = [np.zeros((len(rows), 0))]
    if "type" in adjust:
        types = cohort.cancer_type.to_numpy(dtype=str)[rows]
        parts.append(pd.get_dummies(types, dtype=float).to_numpy())
    if "burden" in adjust:
        parts.append(np.log10(1 + cohort.mutations.burden()[rows])[:, None])
    return np.hstack(parts)


def add_adjusted(
    table: pd.DataFrame, test: str, suffix: str, correction: str, alpha: float, higher: str
) -> None:
    """Add adjusted p, over all cancer types together and pan-cancer by itself, and the effect."""
    is_pan = (table["cancer"] == PAN).to_numpy()
    p = table[f"p_{test}"].to_numpy(float)
    for name, correct in CORRECTIONS.items():
        adjusted = np.full(len(p), np.nan)
        for family in (is_pan, ~is_pan):
            adjusted[family] = correct(p[family])
        table[f"p_{name}{suffix}"] = adjusted
    significant = table[f"p_{correction}{suffix}"].to_numpy() < alpha
    difference = table[f"difference{suffix}"].to_numpy()
    table[f"effect{suffix}"] = effect_direction(difference, significant, higher)
