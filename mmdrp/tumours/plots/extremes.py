"""Figures of the extremes of one drug (figure 5 of Chiu et al. 2019)."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pandas as pd
from matplotlib.figure import Figure

from mmdrp.tumours.cohort import Cohort
from mmdrp.tumours.plots.heatmap import heatmap
from mmdrp.tumours.plots.waterfall import type_shares, waterfall

MUTATIONS = 10
"""genes in the mutation heat map, as in DeepDR's figure 5c"""


@dataclass(frozen=True)
class ExtremePlots:
    """The figures of `mmdrp.tumours.compare_extremes`; each method returns a Figure."""

    cohort: Cohort = field(repr=False)
    drug: str
    response: pd.Series = field(repr=False)
    labels: pd.Series = field(repr=False)
    """sensitive, resistant or "", by sample"""
    type_table: pd.DataFrame = field(repr=False)
    mutated_genes: list[str] = field(repr=False)
    """the most changed first"""
    expressed_genes: list[str] = field(repr=False)

    def waterfall(self) -> Figure:
        """Draw the response of all samples in order, the extremes in colour."""
        return waterfall(self.response, self.labels, self.drug, self.cohort.unit)

    def types(self) -> Figure:
        """Draw the cancer types of both groups and of all samples."""
        return type_shares(self.type_table, self.drug)

    def heatmap(self, max_genes: int = 50) -> Figure:
        """Draw cancer type, mutations and the ``max_genes`` most changed genes side by side."""
        groups = {
            name: list(self.labels.index[self.labels == name])
            for name in ("sensitive", "resistant")
        }
        samples = [sample for part in groups.values() for sample in part]
        status = {g: self.cohort.mutations.status(g) for g in self.mutated_genes[:MUTATIONS]}
        mutated = pd.DataFrame(status, index=self.cohort.samples).fillna(0).loc[samples]
        levels = pd.DataFrame(index=samples)
        if self.cohort.expression is not None and max_genes:
            levels = self.cohort.expression.loc[samples, self.expressed_genes[:max_genes]]
        return heatmap(groups, self.cohort.cancer_type, mutated, levels, self.drug)

    def all(self, max_genes: int = 50) -> Iterator[tuple[str, Figure, str]]:
        """Yield every figure: file name, figure, what it shows."""
        yield "waterfall", self.waterfall(), "response of all tumours in order"
        yield "types", self.types(), "cancer types of the groups"
        yield "heatmap", self.heatmap(max_genes), "the groups side by side"
