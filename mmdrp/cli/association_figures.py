"""Volcano and box plots of ``mmdrp associate`` (figures 3 and 4 of Chiu et al. 2019)."""

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from omegaconf import DictConfig

from mmdrp.cli.outputs import Outputs
from mmdrp.cli.targets import Targets
from mmdrp.data.cohort import Cohort
from mmdrp.plots.box import Comparison, boxes, shown
from mmdrp.plots.volcano import volcano

PAN = "pan-cancer"
DRAWN = 100_000
"""most insignificant points of a volcano plot; more would look the same"""


def draw(
    cfg: DictConfig, outputs: Outputs, cohort: Cohort, table: pd.DataFrame, targets: Targets
) -> None:
    """Write a volcano and box plots per cancer type and pan-cancer, and boxes of known targets."""
    for whole, stem, colour in ((False, "per_cancer", "cancer"), (True, "pan_cancer", "gene")):
        part = table[(table["cancer"] == PAN) == whole]
        if part.empty:
            continue
        p = f"p_{cfg.correction}"
        keep = part["effect"].to_numpy() != ""
        keep[np.flatnonzero(~keep)[:: max(1, int((~keep).sum()) // DRAWN)]] = True
        points = part[keep].assign(p=part.loc[keep, p])
        points["label"] = _labels(points, whole)
        title = "Mutations and response, " + ("pan-cancer" if whole else "per cancer type")
        outputs.figure(
            f"volcano_{stem}", volcano(points, colour, cfg.unit, cfg.alpha, title), title
        )
        best = _strongest(part, p, cfg.panels)
        if len(best):
            panels = [_panel(cohort, row, p) for row in best.to_dict("records")]
            outputs.figure(f"boxes_{stem}", boxes(panels, cfg.unit), "strongest associations")
    if targets.panels:
        outputs.figure("boxes_targets", boxes(targets.panels, cfg.unit), "known targets")


def _labels(table: pd.DataFrame, whole: bool) -> pd.Series:
    text = table["gene"].astype(str) + " - " + table["drug"].astype(str)
    return text if whole else table["cancer"].astype(str) + " " + text


def _strongest(table: pd.DataFrame, p: str, most: int) -> pd.DataFrame:
    """Return the significant rows of largest effect, one for each cancer and gene."""
    hits = table[table["effect"] != ""]
    order = hits["hedges_g"].abs().sort_values(ascending=False, kind="stable").index
    return hits.loc[order].drop_duplicates(["cancer", "gene"]).head(most)


def _panel(cohort: Cohort, row: dict[Hashable, Any], p: str) -> Comparison:
    gene, drug, cancer = str(row["gene"]), str(row["drug"]), str(row["cancer"])
    rows = np.ones(len(cohort.cells), dtype=bool) if cancer == PAN else cohort.kind == cancer
    i = list(cohort.mutations.genes).index(gene)
    inside = cohort.mutations.mutated[[i]].toarray()[0] > 0
    known = cohort.mutations.unknown[[i]].toarray()[0] == 0
    response = cohort.response[:, list(cohort.drugs).index(drug)]
    usable = rows & known & np.isfinite(response)
    return Comparison(
        f"{cancer}: {gene}", response[usable & inside], response[usable & ~inside],
        ("mutated", "wild-type"), f"{drug}\nadjusted {shown(row[p])}",
    )  # fmt: skip
