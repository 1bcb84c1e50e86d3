"""Table 1 as a result: scores of every repeat, their medians, differences, Figure 2."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mmdrp.evaluation.comparison import corrected_t
from mmdrp.evaluation.metrics import pearson, per_group, spearman
from mmdrp.experiments.deepdr.published import PAPER
from mmdrp.io.outputs import Outputs
from mmdrp.io.text import padded, plain

if TYPE_CHECKING:
    from mmdrp.experiments.deepdr.figure2 import Figure2

SCORES = ("mse_measured", "mse_imputed", "mse_imputed_all")


@dataclass(frozen=True, eq=False)
class Table1:
    """Variants and closed-form baselines over repeats of the division of the lines.

    Columns are described in docs/deepdr.md.
    """

    repeats: pd.DataFrame
    """one row per repeat and variant: errors on test lines, epochs, seconds"""
    responses: pd.DataFrame | None
    """measured, imputed and predicted responses of one variant in repeat 0: what Figure 2 shows"""
    label: str
    """the response and its unit"""
    options: Mapping[str, Any] = field(repr=False)
    """what decided it, as plain containers"""

    @property
    def table(self) -> pd.DataFrame:
        """One row per variant: medians and standard deviations, beside the paper's figures."""
        return summarise(self.repeats)

    @property
    def differences(self) -> pd.DataFrame:
        """Every variant minus another on the same repeats: corrected resampled t-test."""
        return differences(self.repeats)

    @property
    def per_sample(self) -> pd.DataFrame:
        """Correlation of imputed and predicted responses over drugs, within each line."""
        return per_sample(self.responses) if self.responses is not None else pd.DataFrame()

    @property
    def plot(self) -> "Figure2":
        """Figures: ``figure2a()``, ``figure2b()``, ``figure2cd()``, ``figure2e()``."""
        from mmdrp.experiments.deepdr.figure2 import Figure2

        return Figure2(self.repeats, self.responses, self.per_sample, self.label)

    def write(
        self, folder: str | Path, *, command: str = "", options: Mapping[str, Any] | None = None
    ) -> None:
        """Write tables, figures and ``table1.json``, which notes ``command`` and ``options``."""
        files = Outputs(folder, command)
        about = "variants: median and st. dev. over repeats, beside the paper's"
        files.table("table1", self.table, about)
        about = "every variant minus another: mean difference of test MSE"
        files.table("differences", self.differences, about)
        files.table("shuffles", self.repeats, "each repeat and variant")
        if self.responses is not None:
            about = "correlation over drugs within each line"
            files.table("per_sample", self.per_sample, about)
        for stem, figure, about in self.plot.all():
            files.figure(stem, figure, about)
        files.record(
            "table1", options or self.options, repeats=int(self.repeats["repeat"].nunique())
        )

    def __str__(self) -> str:
        lines = [
            "Median (st. dev.) of test MSE over "
            f"{self.repeats['repeat'].nunique()} repeats of the division of the lines"
        ]
        head = ("measured", "imputed", "paper", "epochs", "paper", "r per drug")
        lines.append(f"  {'':<18}" + "".join(f"{name:>15}" for name in head))
        for row in self.table.itertuples():
            cells = (
                f"{row.mse_measured_median:.3f} ({row.mse_measured_sd:.3f})",
                f"{row.mse_imputed_median:.3f} ({row.mse_imputed_sd:.3f})",
                _or_blank(row.paper_mse),
                _or_blank(row.epochs_median),
                _or_blank(row.paper_epochs),
                f"{row.r_per_drug_median:.3f}",
            )
            lines.append(
                f"  {padded(plain(row.variant), 18)}" + "".join(f"{cell:>15}" for cell in cells)
            )
        gaps = self.differences
        first = gaps["variant"].iloc[0] if len(gaps) else ""
        shown = gaps[(gaps["score"] == SCORES[0]) & (gaps["variant"] == first)] if first else gaps
        lines += [
            f"  {plain(first)} minus {padded(plain(row.other), 18)}{row.difference:>9.3f}  "
            f"[{row.low:.3f}, {row.high:.3f}]  p={row.p:.2g}"
            for row in shown.itertuples()
        ]
        return "\n".join(lines)


def summarise(repeats: pd.DataFrame) -> pd.DataFrame:
    """Return one row per variant: medians and standard deviations over repeats."""
    table = repeats.reindex(columns=[*dict.fromkeys([*repeats.columns, "epochs", "seconds"])])
    grouped = table.groupby("variant", sort=False)
    out = pd.DataFrame({"repeats": grouped.size()})
    for score in (*SCORES, "r_per_drug", "epochs"):
        out[f"{score}_median"] = grouped[score].median()
        out[f"{score}_sd"] = grouped[score].std()
    out["seconds_median"] = grouped["seconds"].median()
    if "drug_mean" in out.index:
        medians = out["mse_measured_median"].to_numpy(float)
        out["to_drug_mean"] = medians / medians[list(out.index).index("drug_mean")]
    paper = pd.DataFrame(PAPER, index=["paper_mse", "paper_epochs"]).T.reindex(out.index)
    return out.join(paper).reset_index()


def differences(repeats: pd.DataFrame) -> pd.DataFrame:
    """Compare every two variants on the same repeats: corrected resampled t-test.

    Nadeau and Bengio 2003; the intervals of one repeat are NaN.
    """
    ratio = float((repeats["lines_test"] / repeats["lines_train"]).mean())
    names, rows = list(dict.fromkeys(repeats["variant"])), []
    for score in SCORES[:2]:
        wide = repeats.pivot(index="repeat", columns="variant", values=score)
        for i, variant in enumerate(names):
            for other in names[i + 1 :]:
                gap = (wide[variant] - wide[other]).dropna().to_numpy()
                paired = vars(corrected_t(gap, ratio))
                rows.append({"score": score, "variant": variant, "other": other, **paired})
    return pd.DataFrame(rows)


def per_sample(responses: pd.DataFrame) -> pd.DataFrame:
    """Return ``cell, pearson, spearman, part``: imputed beside predicted, over drugs."""
    long = responses.assign(y=responses["imputed"])
    scores = {"pearson": pearson, "spearman": spearman}
    table = pd.DataFrame({name: per_group(long, "cell", score) for name, score in scores.items()})
    table = table.rename_axis("cell")
    table["part"] = responses.groupby("cell")["part"].first()
    return table.reset_index()


def _or_blank(value: object) -> str:
    number = float(value)  # type: ignore[arg-type]
    return "" if np.isnan(number) else f"{number:g}"
