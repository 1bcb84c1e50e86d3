"""Volcano and box plots of associations (figures 3 and 4 of Chiu et al. 2019)."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mmdrp.errors import OptionError
from mmdrp.io.text import plain
from mmdrp.tumours.cohort import Cohort
from mmdrp.tumours.comparison import Comparison, p_text
from mmdrp.tumours.groups import PAN
from mmdrp.tumours.plots.box import boxes
from mmdrp.tumours.plots.volcano import volcano

MAX_POINTS = 100_000
"""insignificant points of a volcano plot; more would look the same"""


@dataclass(frozen=True)
class AssociationPlots:
    """The figures of `mmdrp.tumours.associate`; each method returns a matplotlib Figure."""

    cohort: Cohort = field(repr=False)
    table: pd.DataFrame = field(repr=False)
    target_panels: Sequence[Comparison] = field(repr=False)
    correction: str
    alpha: float

    def volcano(self, pan: bool = False) -> Figure:
        """Draw difference against adjusted p, per cancer type or pan-cancer."""
        part = self._part(pan)
        if part.empty:
            raise OptionError(f"pan={pan}: there are no such tests")
        shown = part["effect"].to_numpy() != ""
        shown[np.flatnonzero(~shown)[:: max(1, int((~shown).sum()) // MAX_POINTS)]] = True
        points = part[shown].assign(p=part.loc[shown, f"p_{self.correction}"])
        points["label"] = _labels(points, pan)
        colour = "gene" if pan else "cancer"
        return volcano(points, colour, self.cohort.unit, self.alpha, _title(pan))

    def boxes(self, pan: bool = False, panels: int = 12) -> Figure:
        """Draw the significant associations of largest effect, one for each cancer and gene."""
        best = self._strongest(self._part(pan), panels)
        if best.empty:
            raise OptionError(f"pan={pan}, panels={panels}: there is no significant association")
        return boxes([self._panel(row) for row in best.to_dict("records")], self.cohort.unit)

    def targets(self) -> Figure:
        """Draw carriers and others of every known target that could be tested."""
        if not self.target_panels:
            raise OptionError("targets: none of the known targets could be tested")
        return boxes(self.target_panels, self.cohort.unit)

    def all(self, panels: int = 12) -> Iterator[tuple[str, Figure, str]]:
        """Yield every figure there is something for: file name, figure, what it shows."""
        for pan, stem in ((False, "per_cancer"), (True, "pan_cancer")):
            part = self._part(pan)
            if not part.empty:
                yield f"volcano_{stem}", self.volcano(pan), _title(pan)
            if not self._strongest(part, panels).empty:
                yield f"boxes_{stem}", self.boxes(pan, panels), "strongest associations"
        if self.target_panels:
            yield "boxes_targets", self.targets(), "known targets"

    def _part(self, pan: bool) -> pd.DataFrame:
        return self.table[(self.table["cancer"] == PAN) == pan]

    def _strongest(self, part: pd.DataFrame, panels: int) -> pd.DataFrame:
        hits = part[part["effect"] != ""]
        order = hits["hedges_g"].abs().sort_values(ascending=False, kind="stable").index
        return hits.loc[order].drop_duplicates(["cancer", "gene"]).head(panels)

    def _panel(self, row: dict[Hashable, Any]) -> Comparison:
        gene, drug, cancer = str(row["gene"]), str(row["drug"]), str(row["cancer"])
        status = self.cohort.mutations.status(gene)
        response = self.cohort.response[drug].to_numpy()
        usable = np.isfinite(status) & np.isfinite(response)
        if cancer != PAN:
            usable &= (self.cohort.cancer_type == cancer).to_numpy()
        return Comparison(
            f"{cancer}: {gene}", response[usable & (status == 1)], response[usable & (status == 0)],
            ("mutated", "wild-type"),
            f"{plain(drug)}\nadjusted {p_text(row[f'p_{self.correction}'])}",
        )  # fmt: skip


def _title(pan: bool) -> str:
    return "Mutations and response, " + ("pan-cancer" if pan else "per cancer type")


def _labels(table: pd.DataFrame, pan: bool) -> pd.Series:
    text = table["gene"].astype(str) + " - " + table["drug"].astype(str)
    return text if pan else table["cancer"].astype(str) + " " + text
