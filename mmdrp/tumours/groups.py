"""Samples compared with one another, and the tests among them."""

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.errors import OptionError
from mmdrp.progress import bar
from mmdrp.tumours.cohort import Cohort
from mmdrp.tumours.stats.association import t_tests
from mmdrp.tumours.stats.covariates import adjusted_tests
from mmdrp.tumours.stats.modulation import effect_direction, long_table, tested_pairs
from mmdrp.tumours.stats.multiple import bonferroni, fdr

log = logging.getLogger(__name__)
PAN = "pan-cancer"
DRUGS_AT_ONCE = 64
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
    blocks: Iterable[int],
) -> pd.DataFrame:
    """Return a row per gene and drug: t-tests and, where ``adjust`` names any, with covariates.

    Drugs are tested ``DRUGS_AT_ONCE`` at a time, those of ``blocks``, so that results of a drug do
    not depend, in their last digits, on which others a process tests.
    """
    mutated = cohort.mutations.mutated[group.genes][:, group.rows]
    unknown = cohort.mutations.unknown[group.genes][:, group.rows]
    gaps = unknown if unknown.nnz else None
    labels = (names, list(cohort.mutations.genes), cohort.drugs)
    covariates = _covariates(cohort, group.rows, adjust) if adjust else None
    tables = []
    for block in blocks:
        drugs = np.arange(len(cohort.drugs), dtype=np.int32)[block * DRUGS_AT_ONCE :]
        drugs = drugs[:DRUGS_AT_ONCE]
        response = cohort.response.to_numpy()[group.rows][:, drugs]
        tests = t_tests(mutated, response, gaps)
        codes = (group.genes.astype(np.int32), drugs)
        table = long_table(tests, *codes, labels, names.index(group.name), *min_counts)
        if covariates is not None:
            beside = adjusted_tests(mutated, response, covariates, gaps)
            tested = tested_pairs(tests, *min_counts).ravel()
            table["difference_covariates"] = beside.difference.ravel()[tested]
            table["p_covariates"] = beside.p.ravel()[tested]
        tables.append(table)
    if len(tables) == 1:
        return tables[0]
    found = pd.concat(tables, ignore_index=True)
    order = np.lexsort([found["drug"].cat.codes, found["gene"].cat.codes])
    return found.iloc[order].reset_index(drop=True)


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


@dataclass(frozen=True)
class Plan:
    """Which tests are made: groups of samples with their genes, and covariates."""

    groups: list[SampleGroup]
    adjust: Sequence[Covariate]
    min_counts: tuple[int, int]

    @classmethod
    def of(
        cls, cohort: Cohort, *, min_rate: float = 0.1, min_patients: int = 10,
        min_wildtype: int = 5, cancers: Sequence[str] | None = None, pan: bool = True,
        adjust: Sequence[Covariate] = ("type", "burden"),
    ) -> "Plan":  # fmt: skip
        """Choose groups and genes; OptionError if no gene is frequent enough."""
        min_counts = (min_patients, min_wildtype)
        groups = list(sample_groups(cohort, cancers, pan, min_rate, min_counts))
        if not any(len(group.genes) for group in groups):
            raise OptionError(
                f"no gene is mutated in more than min_rate={min_rate} and at least min_patients="
                f"{min_patients} of {len(cohort.samples)} samples or of any cancer type"
            )
        return cls(groups, adjust, min_counts)

    @property
    def names(self) -> list[str]:
        """Return what the groups are called."""
        return [group.name for group in self.groups]

    @staticmethod
    def blocks(cohort: Cohort) -> range:
        """Return the blocks of drugs, each of which is tested at once."""
        return range(-(-len(cohort.drugs) // DRUGS_AT_ONCE))

    def tests(self, cohort: Cohort, blocks: range) -> pd.DataFrame:
        """Return every test of these blocks of drugs, p values unadjusted."""
        parts = [
            run_tests(cohort, g, self.names, self.adjust, self.min_counts, blocks)
            for g in bar(self.groups, "cancer types")
        ]
        return pd.concat(parts, ignore_index=True)


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
