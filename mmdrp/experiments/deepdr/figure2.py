"""Figure 2 of DeepDR: densities, heat maps, per-sample correlations, errors of variants."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.cluster.hierarchy import leaves_list, linkage

from mmdrp.errors import MmdrpError
from mmdrp.io.text import label, labels
from mmdrp.prediction.density import densities

COLOURS = {"test": "#c4622d", "training and validation": "#4063a3"}


@dataclass(frozen=True, eq=False)
class Figure2:
    """The panels of Figure 2; a to d show one variant in one repeat, e all of them."""

    repeats: pd.DataFrame
    responses: pd.DataFrame | None
    per_sample: pd.DataFrame
    label: str

    def figure2a(self) -> Figure:
        """Draw densities of measured, imputed and predicted responses."""
        shown = self._shown()
        held_out = shown["part"] == "test"
        samples = {
            "measured": shown["y"].dropna().to_numpy(),
            "imputed": shown["imputed"].to_numpy(),
            "predicted, training and validation": shown.loc[~held_out, "pred"].to_numpy(),
            "predicted, test": shown.loc[held_out, "pred"].to_numpy(),
        }
        return densities(samples, self.label)

    def figure2b(self) -> Figure:
        """Draw heat maps of imputed and of predicted responses."""
        shown = self._shown()
        columns = ("imputed", "pred")
        wide = {c: shown.pivot(index="drug", columns="cell", values=c) for c in columns}
        return heatmaps(wide, self.label)

    def figure2cd(self) -> Figure:
        """Draw the correlation of imputed and predicted responses within lines."""
        self._shown()
        tested = self.per_sample["part"] == "test"
        part = tested.map({True: "test", False: "training and validation"})
        return agreement(self.per_sample[["pearson", "spearman"]], part)

    def figure2e(self) -> Figure:
        """Draw the test MSE of each variant on imputed responses, over repeats."""
        grouped = self.repeats.groupby("variant", sort=False)
        return boxes({str(name): rows["mse_imputed"] for name, rows in grouped})

    def all(self) -> Iterator[tuple[str, Figure, str]]:
        """Yield name, figure and what it shows, of all there is to show."""
        about = "test MSE of each variant on imputed responses (DeepDR, Figure 2e)"
        yield "figure2e", self.figure2e(), about
        if self.responses is None:
            return
        yield "figure2a", self.figure2a(), "densities (Figure 2a)"
        yield "figure2b", self.figure2b(), "imputed and predicted responses (Figure 2b)"
        about = "per-sample correlation of imputed and predicted responses (Figures 2c and 2d)"
        yield "figure2cd", self.figure2cd(), about

    def _shown(self) -> pd.DataFrame:
        if self.responses is None:
            raise MmdrpError("figure2: no responses are kept; figure_of names no variant")
        return self.responses


def heatmaps(wide: Mapping[str, pd.DataFrame], what: str) -> Figure:
    """Draw drugs x lines tables side by side, in the order of the first one's clusters."""
    first = next(iter(wide.values()))
    values = first.to_numpy(float)
    rows = leaves_list(linkage(values, "average"))
    columns = leaves_list(linkage(values.T, "average"))
    low, high = np.quantile(values, [0.01, 0.99])
    figure = Figure(figsize=(4.4 * len(wide), 4.0), layout="constrained")
    axes = np.atleast_1d(figure.subplots(1, len(wide)))
    for axis, (name, table) in zip(axes, wide.items(), strict=True):
        shown = table.to_numpy(float)[np.ix_(rows, columns)]
        image = axis.imshow(shown, aspect="auto", cmap="RdBu_r", vmin=low, vmax=high)
        axis.set_title({"pred": "predicted"}.get(name, label(name)), fontsize=10)
        axis.set_xlabel(f"{table.shape[1]} lines")
        axis.set_ylabel(f"{table.shape[0]} drugs")
        axis.set_xticks([])
        axis.set_yticks([])
    figure.colorbar(image, ax=list(axes), label=label(what), shrink=0.8)
    return figure


def agreement(table: pd.DataFrame, part: pd.Series) -> Figure:
    """Draw a histogram per column of ``table`` (one row per line), coloured by its part."""
    figure = Figure(figsize=(4.2 * table.shape[1], 3.0), layout="constrained")
    axes = np.atleast_1d(figure.subplots(1, table.shape[1]))
    edges = np.linspace(min(0.0, float(np.nanmin(table.to_numpy()))), 1, 51)
    for axis, name in zip(axes, table, strict=True):
        for which, colour in COLOURS.items():
            values = table[name][(part == which).to_numpy()].dropna()
            if len(values):
                weights = np.full(len(values), 1 / len(values))
                text = f"{which} (median {values.median():.2f})"
                axis.hist(values, edges, weights=weights, color=colour, alpha=0.55, label=text)
        axis.set_xlabel(f"{name} correlation over drugs, per line")
        axis.set_ylabel("share of lines")
        axis.spines[["top", "right"]].set_visible(False)
        axis.margins(y=0.3)  # room for the legend
        axis.legend(frameon=False, fontsize=8, loc="upper left")
    return figure


def boxes(errors: Mapping[str, pd.Series]) -> Figure:
    """Draw a box of test MSE per variant, over repeats."""
    figure = Figure(figsize=(1.2 + 0.75 * len(errors), 3.6), layout="constrained")
    axis = figure.subplots()
    values = [part.dropna().to_numpy(float) for part in errors.values()]
    axis.boxplot(values, widths=0.6, medianprops={"color": "#c4622d"})
    axis.set_xticks(range(1, len(errors) + 1), labels(errors), rotation=35, ha="right", fontsize=8)
    axis.set_ylabel("test MSE")
    axis.spines[["top", "right"]].set_visible(False)
    return figure
