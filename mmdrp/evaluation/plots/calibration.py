"""Coverage of intervals beside their level, of all test rows and by tissue."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mmdrp.errors import OptionError
from mmdrp.io.text import label

FEWEST = 200
"""responses that a tissue must have for a line of its own"""


def calibration_plot(table: pd.DataFrame) -> Figure:
    """Draw coverage minus level against level: a panel per model, a thin line per tissue.

    ``table`` is that of ``mmdrp.evaluation.calibration``. Where a line is above zero, intervals are
    too wide. Raises OptionError where no model has intervals.
    """
    models = [] if table.empty else list(dict.fromkeys(table["model"]))
    if not models:
        raise OptionError("calibration: no model has intervals")
    figure = Figure(figsize=(4.2 * len(models), 3.6), layout="constrained")
    panels = figure.subplots(1, len(models), squeeze=False, sharey=True)[0]
    for axis, model in zip(panels, models, strict=True):
        rows = table[table["model"] == model]
        tissues = rows[(rows["scope"] == "tissue") & (rows["n"] >= FEWEST)]
        for name, one in [*tissues.groupby("id"), ("all", rows[rows["scope"] == "pooled"])]:
            drawn = {"color": "0.8", "linewidth": 0.8} if name != "all" else {"label": "all"}
            axis.plot(100 * one["level"], one["coverage"] - 100 * one["level"], **drawn)
        axis.axhline(0, color="black", linewidth=0.8, linestyle=":")
        axis.set_title(label(str(model)), fontsize=10)
        axis.set_xlabel("level (%)")
    panels[0].set_ylabel("coverage minus level (%)")
    drawn_tissue = [Line2D([], [], color="0.8", linewidth=0.8, label="a tissue")]
    lines = [line for line in panels[0].lines if line.get_label() == "all"]
    handles = [*(drawn_tissue if len(tissues) else []), *lines]
    panels[0].legend(handles=handles, frameon=False)
    return figure
