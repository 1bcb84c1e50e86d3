"""Heat map of drugs and features: how much each leading feature carries for each drug."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.cluster.hierarchy import leaves_list, linkage

from mmdrp.io.text import labels


def feature_heatmap(
    ranking: pd.DataFrame, drugs: Sequence[str], higher: str = "resistant", features: int = 40
) -> Figure:
    """Draw ``drug, source, feature, mean_abs, direction`` of these drugs' leading features.

    Each drug's colours are a share of its strongest feature, red where a high value raises the
    response, which means ``higher``, blue where it lowers it; blank where a feature does not lead.
    Rows and columns are ordered so that like ones lie together.
    """
    part = ranking[ranking["drug"].isin(list(drugs))]
    sign = np.where(part["direction"].fillna(1) < 0, -1.0, 1.0)
    most = part.groupby("drug")["mean_abs"].transform("max").clip(lower=1e-30)
    part = part.assign(name=part["feature"] + " (" + part["source"] + ")")
    part = part.assign(share=sign * part["mean_abs"] / most)
    wide = part.pivot_table(index="drug", columns="name", values="share", aggfunc="first")
    wide = wide[wide.abs().sum().nlargest(features).index]
    filled = wide.fillna(0.0)
    wide = wide.iloc[_order(filled.to_numpy()), _order(filled.to_numpy().T)]
    size = (0.2 * wide.shape[1] + 2.6, 0.2 * wide.shape[0] + 2.4)
    figure = Figure(figsize=size, layout="constrained")
    axis = figure.subplots()
    image = axis.imshow(wide.to_numpy(np.float64), cmap="coolwarm", vmin=-1, vmax=1, aspect="auto")
    axis.set_xticks(range(wide.shape[1]), labels(wide.columns), rotation=90, fontsize=7)
    axis.set_yticks(range(wide.shape[0]), labels(wide.index), fontsize=7)
    axis.set_facecolor("#f4f4f4")
    axis.set_title(f"Leading features, n = {wide.shape[0]} drugs", fontsize=10)
    bar = figure.colorbar(image, ax=axis, ticks=[-1, 0, 1], shrink=0.6)
    other = "sensitive" if higher == "resistant" else "resistant"
    bar.ax.set_yticklabels([f"lowers ({other})", "0", f"raises ({higher})"], fontsize=7)
    bar.set_label("share of the drug's strongest", fontsize=8)
    return figure


def _order(rows: np.ndarray) -> list[int]:
    if len(rows) < 3:
        return list(range(len(rows)))
    return [int(i) for i in leaves_list(linkage(rows, "average"))]
