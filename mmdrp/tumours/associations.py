"""Every frequent mutation with every drug: two-sample t-tests, per cancer type and together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import pandas as pd

from mmdrp.io.outputs import Outputs
from mmdrp.io.text import shown
from mmdrp.options import Range, checked
from mmdrp.tumours.cohort import Cohort
from mmdrp.tumours.groups import PAN, Covariate, Plan, SampleGroup, add_adjusted
from mmdrp.tumours.known_targets import KnownTargets, check_targets
from mmdrp.tumours.stats.modulation import count_modulators

if TYPE_CHECKING:
    from mmdrp.tumours.plots.associations import AssociationPlots


@dataclass(frozen=True)
class Associations:
    """Associations of mutations with responses; differences are in ``cohort.unit``.

    Columns are described in docs/associations.md.
    """

    table: pd.DataFrame
    """one row per cancer type (or pan-cancer), gene and drug that were tested"""
    genes: pd.DataFrame
    """per cancer type and gene, how many drugs it modulates"""
    genes_pan_cancer: pd.DataFrame
    summary: pd.DataFrame
    """per cancer type: samples, genes, tests, significant ones, those beside the covariates"""
    known_targets: KnownTargets
    cohort: Cohort = field(repr=False)
    options: Mapping[str, Any]
    """the arguments of `associate`"""

    @property
    def significant(self) -> pd.DataFrame:
        """Rows of ``table`` with an adjusted p under ``alpha``, ordered by p."""
        return self.in_order(self.table[self.table["effect"] != ""])

    @property
    def targets(self) -> pd.DataFrame:
        """Known targets: expected and found direction."""
        return self.known_targets.table

    @property
    def plot(self) -> "AssociationPlots":
        """Figures: ``volcano()``, ``boxes()``, ``targets()``."""
        from mmdrp.tumours.plots.associations import AssociationPlots

        return AssociationPlots(
            self.cohort, self.table, self.known_targets.panels,
            str(self.options["correction"]), float(self.options["alpha"]),
        )  # fmt: skip

    def in_order(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return rows of ``table``, the smallest unadjusted p first."""
        return rows.sort_values(
            [f"p_{self.options['test']}", "cancer", "gene", "drug"], kind="stable"
        )

    @checked
    def write(
        self,
        folder: str | Path,
        *,
        rows: Literal["significant", "all"] = "significant",
        panels: Annotated[int, Range(least=0)] = 12,
        command: str = "",
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """Write tables, figures and ``associate.json`` into a folder.

        ``rows`` are those of ``associations.csv`` (the Parquet file has all), ``panels`` how many
        box plots there are; ``command`` and ``options`` are noted beside the results.
        """
        outputs = Outputs(folder, command)
        outputs.parquet("associations", self.table, "every test")
        chosen, about = self.significant, "adjusted p < alpha"
        if rows == "all":
            chosen, about = self.in_order(self.table), "every test"
        outputs.table("associations", chosen, about)
        outputs.table("genes", self.genes, "drugs modulated, per cancer type")
        outputs.table("genes_pan_cancer", self.genes_pan_cancer, "drugs modulated, all types")
        outputs.table("targets", self.targets, "known targets: expected and found")
        for stem, figure, about in self.plot.all(panels):
            outputs.figure(stem, figure, about)
        outputs.record("associate", options or self.options, **self._facts())

    def __str__(self) -> str:
        lines = []
        for counts, is_pan, title in (
            (self.genes, False, "per cancer type"), (self.genes_pan_cancer, True, PAN)
        ):  # fmt: skip
            total = self.summary[(self.summary["cancer"] == PAN) == is_pan].sum(numeric_only=True)
            if not total.get("tests", 0):
                continue
            line = f"{title}: {total['tests']} tests, {total['significant']} significant"
            if "beside_covariates" in total:
                line += f", {total['beside_covariates']} of them beside the covariates too"
            lines.append(line)
            lines += [
                f"  {shown(row.cancer)} {shown(row.gene)} ({row.rate:.1%}): {row.modulated} drugs, "
                f"{row.sensitive} sensitive, {row.resistant} resistant"
                for row in counts.head(5).itertuples()
            ]
        verdicts = ", ".join(f"{v} {k}" for k, v in self.targets["verdict"].value_counts().items())
        return "\n".join([*lines, f"known targets: {verdicts or 'none'}"])

    def _facts(self) -> dict[str, object]:
        columns = {"samples": "tumours", "genes": "genes", "tests": "tests",
                   "significant": "significant"}  # fmt: skip
        groups = self.summary.set_index("cancer")[list(columns)].rename(columns=columns)
        return {
            "tumours": len(self.cohort.samples),
            "tumours_without_type": int((self.cohort.cancer_type == "").sum()),
            "drugs": len(self.cohort.drugs),
            "unit": self.cohort.unit,
            "higher": self.cohort.higher,
            "groups": groups.to_dict("index"),
            "targets": {str(k): int(v) for k, v in self.targets["verdict"].value_counts().items()},
        }


@checked
def associate(
    cohort: Cohort,
    *,
    test: Literal["welch", "pooled"] = "welch",
    correction: Literal["bonferroni", "fdr"] = "bonferroni",
    alpha: Annotated[float, Range(above=0, most=1)] = 1e-5,
    min_rate: Annotated[float, Range(least=0, below=1)] = 0.1,
    min_patients: Annotated[int, Range(least=2)] = 10,
    min_wildtype: Annotated[int, Range(least=2)] = 5,
    cancers: Sequence[str] | None = None,
    pan: bool = True,
    adjust: Sequence[Covariate] = ("type", "burden"),
    targets: str | Path | pd.DataFrame | None = None,
) -> Associations:
    """Compare samples with and without each frequent mutation, drug by drug (Chiu et al. 2019).

    A gene is tested in a cancer type (``cancers``; None: all) and in all samples together
    (``pan``) if it is mutated in more than ``min_rate`` and in at least ``min_patients`` of them,
    and ``min_wildtype`` lack the mutation. ``test`` is whose p is adjusted by ``correction`` and
    compared with ``alpha``: Welch's or Student's (pooled); both are in the table. ``adjust`` names
    the covariates of a second p, cancer type and number of mutated genes. ``targets`` is a table
    (or file) of known targets, by default the shipped one (`check_targets`).

    Raises OptionError (a ValueError) that names an argument out of range, and if no gene is
    frequent enough.
    """
    options = {
        "test": test, "correction": correction, "alpha": alpha, "min_rate": min_rate,
        "min_patients": min_patients, "min_wildtype": min_wildtype, "cancers": cancers, "pan": pan,
        "adjust": list(adjust),
        "targets": str(targets) if isinstance(targets, str | Path) else None,
    }  # fmt: skip
    plan = Plan.of(
        cohort, min_rate=min_rate, min_patients=min_patients, min_wildtype=min_wildtype,
        cancers=cancers, pan=pan, adjust=adjust,
    )  # fmt: skip
    table = plan.tests(cohort, plan.blocks(cohort))
    return gathered(cohort, plan, table, test, correction, alpha, targets, options)


def gathered(
    cohort: Cohort,
    plan: Plan,
    table: pd.DataFrame,
    test: str = "welch",
    correction: str = "bonferroni",
    alpha: float = 1e-5,
    targets: str | Path | pd.DataFrame | None = None,
    options: Mapping[str, Any] | None = None,
) -> Associations:
    """Adjust the p values of all tests and count; arguments as in `associate`."""
    for name in (test, *(["covariates"] if plan.adjust else [])):
        add_adjusted(
            table, name, "" if name == test else f"_{name}", correction, alpha, cohort.higher
        )
    table["unit"] = pd.Categorical.from_codes(
        np.zeros(len(table), np.int8), pd.Index([cohort.unit])
    )
    counts = count_modulators(table)
    is_pan = counts["cancer"] == PAN
    return Associations(
        table, counts[~is_pan].reset_index(drop=True), counts[is_pan].reset_index(drop=True),
        _summary(plan.groups, table), check_targets(cohort, targets), cohort, options or {},
    )  # fmt: skip


def _summary(groups: Sequence[SampleGroup], table: pd.DataFrame) -> pd.DataFrame:
    out = pd.DataFrame(
        {
            "cancer": [g.name for g in groups],
            "samples": [len(g.rows) for g in groups],
            "genes": [len(g.genes) for g in groups],
        }
    )
    hits = table["effect"] != ""
    counted = {"tests": hits | True, "significant": hits}
    if "effect_covariates" in table:
        counted["beside_covariates"] = hits & (table["effect_covariates"] == table["effect"])
    for name, rows in counted.items():
        counts = table.loc[rows, "cancer"].value_counts()
        out[name] = [int(counts.get(cancer, 0)) for cancer in out["cancer"]]
    return out
