"""Heat map of two groups of tumours: cancer type, mutations and expression (figure 5c)."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from scipy.cluster.hierarchy import leaves_list, linkage

from mmdrp.io.text import label, labels
from mmdrp.palette import colours_of
from mmdrp.tumours.plots.volcano import COLOURS, GREY

MUTATION = ListedColormap(["#f2f2f2", "#333333"])
Array = npt.NDArray[np.float64]


def heatmap(
    groups: dict[str, list[str]], kind: pd.Series, mutated: pd.DataFrame, expression: pd.DataFrame,
    drug: str,
) -> Figure:  # fmt: skip
    """Draw tumours in columns, the groups side by side; tables are tumours x genes, or empty.

    Expression is standardised per gene over the tumours shown; genes, and tumours within a group,
    stand in the order of average linkage.
    """
    scaled = _scaled(expression)
    columns = [cell for cells in groups.values() for cell in _ordered(cells, scaled, mutated)]
    parts = [("type", 1), ("mutation", mutated.shape[1]), ("expression", scaled.shape[1])]
    parts = [(name, rows) for name, rows in parts if rows]
    heights = [max(0.3, 0.17 * rows) for _, rows in parts]
    figure = Figure(figsize=(8.4, sum(heights) + 1.6), layout="constrained")
    axes = np.atleast_1d(figure.subplots(len(parts), 1, height_ratios=heights, sharex=True))
    border = len(_first(groups)) - 0.5
    for axis, (name, _) in zip(axes, parts, strict=True):
        if name == "type":
            shown = _types(kind.reindex(columns))
            axis.imshow(shown[0][None], cmap=shown[1], vmin=-0.5, vmax=shown[1].N - 0.5,
                        aspect="auto", interpolation="nearest")  # fmt: skip
            axis.set_yticks([0], ["type"], fontsize=7)
            axis.legend(handles=shown[2], fontsize=7, frameon=False, loc="lower center",
                        bbox_to_anchor=(0.5, 1.05), ncols=6)  # fmt: skip
        elif name == "mutation":
            axis.imshow(mutated.loc[columns].T.to_numpy(float), cmap=MUTATION, vmin=0, vmax=1,
                        aspect="auto", interpolation="nearest")  # fmt: skip
            axis.set_yticks(range(mutated.shape[1]), labels(mutated.columns), fontsize=7)
        else:
            genes = _leaves(scaled.loc[columns].to_numpy().T)
            picture = axis.imshow(scaled.loc[columns].to_numpy().T[genes], cmap="RdBu_r", vmin=-2.5,
                                  vmax=2.5, aspect="auto", interpolation="nearest")  # fmt: skip
            axis.set_yticks(
                range(len(genes)), labels(scaled.columns[i] for i in genes), fontsize=6.5
            )
            figure.colorbar(picture, ax=axis, shrink=0.5, label="expression (st. dev.)")
        axis.axvline(border, color="white", lw=2.5)
        axis.tick_params(axis="both", length=0)
        axis.spines[:].set_visible(False)
    sizes = [f"{name} ({len(cells)})" for name, cells in groups.items()]
    middle = [(border - 0.5) / 2, border + (len(columns) - border) / 2]
    axes[-1].set_xticks(middle, sizes, fontsize=9)
    figure.suptitle(label(drug), fontsize=11)
    return figure


def _first(groups: dict[str, list[str]]) -> list[str]:
    return next(iter(groups.values()))


def _scaled(expression: pd.DataFrame) -> pd.DataFrame:
    centred = expression - expression.mean()
    spread = centred.std(ddof=0)
    return (centred / spread.where(spread > 0, 1.0)).fillna(0.0)


def _ordered(cells: list[str], scaled: pd.DataFrame, mutated: pd.DataFrame) -> list[str]:
    table = scaled if scaled.shape[1] else mutated
    if not table.shape[1]:
        return cells
    return [cells[i] for i in _leaves(table.loc[cells].to_numpy(float))]


def _leaves(rows: Array) -> list[int]:
    if len(rows) < 3:
        return list(range(len(rows)))
    return [int(i) for i in leaves_list(linkage(rows, "average"))]


def _types(kind: pd.Series) -> tuple[Array, ListedColormap, list[Patch]]:
    names = list(kind.value_counts().index[: len(COLOURS)])
    place = {name: i for i, name in enumerate(names)}
    codes = np.array([place.get(k, len(names)) for k in kind], dtype=float)
    rest = bool((codes == len(names)).any())
    of = colours_of(kind.dropna() if kind.nunique() <= len(COLOURS) else names)
    shades = [*(of[str(n)] for n in names), *([GREY] if rest else [])]
    named = [*names, *(["others"] if rest else [])]
    patches = [Patch(color=c, label=label(n)) for c, n in zip(shades, named, strict=True)]
    return codes, ListedColormap(shades), patches
