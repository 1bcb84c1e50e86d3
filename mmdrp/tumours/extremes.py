"""The most sensitive and the most resistant samples of one drug, and how they differ."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import pandas as pd

from mmdrp.errors import OptionError
from mmdrp.io.outputs import Outputs
from mmdrp.io.text import shown
from mmdrp.options import Count, Range, checked
from mmdrp.tumours.cohort import Cohort
from mmdrp.tumours.enrichment import Enrichment, enrich
from mmdrp.tumours.gene_lists import Direction, in_direction
from mmdrp.tumours.stats.extremes import (
    RESISTANT,
    SENSITIVE,
    composition,
    expression_changes,
    extreme_groups,
    mutation_changes,
)

if TYPE_CHECKING:
    from mmdrp.tumours.plots.extremes import ExtremePlots


@dataclass(frozen=True)
class Extremes:
    """How the extremes of one drug differ."""

    drug: str
    groups: pd.DataFrame
    """samples of both groups: ``cell, group, type, value, unit``, by value"""
    types: pd.DataFrame
    """cancer types: counts and shares among sensitive, resistant and all samples"""
    mutations: pd.DataFrame
    """mutation rates of both groups, Fisher's exact test; the largest change first"""
    expression: pd.DataFrame | None
    """every gene: means, difference (resistant minus sensitive), Welch's test, by p"""
    response: pd.Series = field(repr=False)
    """of all samples"""
    labels: pd.Series = field(repr=False)
    """``sensitive``, ``resistant`` or "", of all samples"""
    cohort: Cohort = field(repr=False)
    options: Mapping[str, Any]

    @property
    def plot(self) -> "ExtremePlots":
        """Figures: ``waterfall()``, ``types()``, ``heatmap()``."""
        from mmdrp.tumours.plots.extremes import ExtremePlots

        expressed = [] if self.expression is None else list(self.expression["gene"])
        return ExtremePlots(
            self.cohort, self.drug, self.response, self.labels, self.types,
            list(self.mutations["gene"]), expressed,
        )  # fmt: skip

    def genes(self, direction: Direction = "both") -> list[str]:
        """Return the genes whose expression was compared, by p; ``up``: higher in resistant."""
        if self.expression is None:
            return []
        return list(self.expression["gene"][in_direction(self.expression, direction)])

    @checked
    def enrich(
        self, *, top: Count = 300, direction: Direction = "both", **options: Any
    ) -> Enrichment:
        """Test gene sets among the first ``top`` genes, against all genes compared.

        ``options`` are those of `mmdrp.tumours.enrich`, such as ``gene_sets``.
        """
        if self.expression is None:
            raise OptionError("expression: the cohort has none, so no genes were compared")
        return enrich(
            self.genes(direction)[:top],
            background=list(self.expression["gene"]),
            background_is="all genes whose expression was compared",
            **options,
        )

    @checked
    def write(
        self,
        folder: str | Path,
        *,
        enrichment: Enrichment | None = None,
        heatmap_genes: Annotated[int, Range(least=0)] = 50,
        command: str = "",
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """Write tables, figures and ``extremes.json``, and an enrichment of its genes beside."""
        outputs = Outputs(folder, command)
        outputs.table("groups", self.groups, "tumours of the two groups")
        outputs.table("types", self.types, "cancer types of the groups")
        about = "mutation rates of the groups, Fisher's exact test"
        outputs.table("mutations", self.mutations, about)
        if self.expression is not None:
            unit = self.cohort.expression_unit or "unit of the table"
            about = f"expression of the groups, Welch's test; {unit}"
            outputs.table("expression", self.expression, about)
        for stem, figure, about in self.plot.all(heatmap_genes):
            outputs.figure(stem, figure, about)
        facts: dict[str, object] = {
            "drug": self.drug,
            "tumours": int(self.response.notna().sum()),
            "group_size": int((self.labels == SENSITIVE).sum()),
            "unit": self.cohort.unit,
            "higher": self.cohort.higher,
        }
        if enrichment is not None:
            enrichment.add_to(outputs, self.drug)
            facts["enrichment"] = enrichment.facts()
        outputs.record("extremes", options or self.options, **facts)

    def __str__(self) -> str:
        lines = []
        for name in (SENSITIVE, RESISTANT):
            n = int((self.labels == name).sum())
            best = self.types.sort_values(f"share_{name}", ascending=False).head(3)
            shares = zip(best["type"], best[f"share_{name}"], strict=True)
            listed = ", ".join(f"{shown(kind)} {share:.1%}" for kind, share in shares)
            lines.append(f"{shown(self.drug)}, {n} most {name}: {listed}")
        lines += [
            f"  {shown(row.gene)}: mutated in {row.rate_sensitive:.1%} of sensitive, "
            f"{row.rate_resistant:.1%} of resistant, p = {row.p:.1e}"
            for row in self.mutations.head(3).itertuples()
        ]
        return "\n".join(lines)


@checked
def compare_extremes(
    cohort: Cohort, drug: str, *, share: Annotated[float, Range(above=0, most=0.5)] = 0.01
) -> Extremes:
    """Compare the ``share`` of samples with the lowest and with the highest response to a drug.

    Cancer types, mutation rates and expression of both groups (Chiu et al. 2019, figure 5). The
    drug goes by id or name. ``difference`` of expression is called ``log2_fold_change`` where
    ``cohort.expression_unit`` is log2. Raises OptionError (a ValueError) that names the argument.

    >>> samples = [f"s{i}" for i in range(10)]
    >>> pred = pd.DataFrame({"Docetaxel": range(10)}, index=samples)
    >>> mutations = pd.DataFrame({"TP53": [1] * 5 + [0] * 5}, index=samples)
    >>> extremes = compare_extremes(Cohort(pred, mutations), "docetaxel", share=0.2)
    >>> extremes.mutations[["gene", "sensitive", "resistant", "change"]]
       gene  sensitive  resistant  change
    0  TP53          2          0    -1.0
    """
    response = cohort.of_drug(drug)
    labels = extreme_groups(response, share, cohort.higher)
    plain = labels.to_numpy(dtype=str)
    expression = None
    if cohort.expression is not None:
        there = (plain != "") & cohort.expression.notna().any(axis=1).to_numpy()
        expression = expression_changes(
            cohort.expression.to_numpy()[there], np.array(cohort.expression.columns), plain[there]
        )
        if "log2" in cohort.expression_unit:
            expression = expression.rename(columns={"difference": "log2_fold_change"})
    extreme = labels[labels != ""]
    groups = pd.DataFrame(
        {
            "group": extreme,
            "type": cohort.cancer_type[extreme.index],
            "value": response[extreme.index],
            "unit": cohort.unit,
        }
    )
    return Extremes(
        str(response.name),
        groups.sort_values("value").rename_axis("cell").reset_index(),
        composition(labels, cohort.cancer_type),
        mutation_changes(cohort.mutations.mutated, np.array(cohort.mutations.genes), plain),
        expression, response, labels, cohort, {"drug": drug, "share": share},
    )  # fmt: skip
