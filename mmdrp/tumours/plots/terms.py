"""Bars of enriched terms, cluster by cluster."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from mmdrp.errors import OptionError
from mmdrp.io.text import label
from mmdrp.tumours.plots.volcano import COLOURS


@dataclass(frozen=True)
class TermPlots:
    """The figure of `mmdrp.tumours.enrich`."""

    clusters: pd.DataFrame = field(repr=False)

    def bars(self, title: str = "enrichment", clusters: int = 5, each: int = 3) -> Figure:
        """Draw the ``each`` largest terms of the first clusters as bars."""
        if self.clusters.empty:
            raise OptionError("clusters: no term has an FDR under max_fdr")
        return term_bars(self.clusters, title, clusters, each)


def term_bars(table: pd.DataFrame, title: str, clusters: int = 5, each: int = 3) -> Figure:
    """Draw the ``each`` largest terms of the first clusters, as tables 4 and 5 of DeepDR do.

    ``table`` has ``cluster, score, name, hits, p`` (`mmdrp.tumours.stats.enrichment`).
    """
    first = table[table["cluster"] <= clusters]
    largest = first.sort_values(["cluster", "hits", "p"], ascending=[True, False, True])
    shown = largest.groupby("cluster").head(each)
    figure = Figure(figsize=(8.4, 1.5 + 0.28 * max(len(shown), 3)), layout="constrained")
    axis = figure.subplots()
    place = np.arange(len(shown))
    strength = -np.log10(np.maximum(shown["p"].to_numpy(float), 1e-300))
    colours = [COLOURS[(int(c) - 1) % len(COLOURS)] for c in shown["cluster"]]
    axis.barh(place, strength, color=colours)
    texts = [
        f"{label(name)}  ({hits})" for name, hits in zip(shown["name"], shown["hits"], strict=True)
    ]
    axis.set_yticks(place, texts, fontsize=8)
    axis.invert_yaxis()
    scores = dict(zip(shown["cluster"], shown["score"], strict=True))
    handles = [
        Patch(color=COLOURS[(int(c) - 1) % len(COLOURS)], label=f"cluster {c}: score {s:.2f}")
        for c, s in scores.items()
    ]
    figure.legend(handles=handles, fontsize=8, frameon=False, loc="outside lower center", ncols=3)
    axis.set_xlabel("-log10 p (hypergeometric)", fontsize=9)
    axis.set_title(label(title), fontsize=11)
    axis.spines[["top", "right"]].set_visible(False)
    return figure
