"""What an evaluation across studies found, as frames; written and drawn when asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from mmdrp.evaluation.across.models import OURS
from mmdrp.io.figures import save
from mmdrp.io.files import whole
from mmdrp.io.folder import output_folder
from mmdrp.io.text import write_csv

SCREENS = "screens"
"""the other screen's own measurement, in the place of a prediction"""
RULE = (
    "r and rho are within drug, means over drugs and folds, higher meaning resistant: those of z "
    "values and ranks, whatever a study measured, but for drugs of which both studies have curves; "
    "expression is standardised per gene within study"
)
INTERVAL = "intervals resample the target's patients, not training"


@dataclass(frozen=True, eq=False)
class AcrossReport:
    """How a model of each source, and baselines of the same rows, do on each target."""

    scores: pd.DataFrame
    """``pair, source, target, model, own, fold, drugs, lines, rows, r, rho``; ``own``: trained on
    the target's other folds; both predict the same rows"""
    pairs: pd.DataFrame
    """``source, target, model, drugs, lines, r, low, high, rho, own_r, own_rho, drop, drop_low,
    drop_high``; drop is own_r - r"""
    ceiling: pd.DataFrame
    """``source, target, model, own, drugs, lines, rows, r, low, high, rho`` on the rows that both
    screens measured; model ``screens`` is the source's own measurement of the same line"""
    drugs: pd.DataFrame
    """``source, target, drug, other, response``: shared drugs, and how responses are compared"""
    level: float = 0.95
    rule: str = f"{RULE}; {INTERVAL}"

    def matrix(self, metric: str = "r", model: str = OURS) -> pd.DataFrame:
        """Return sources x targets of ``r`` or ``rho``; the diagonal is the target's own folds.

        Own folds stand on the drugs that are shared with each source, and are averaged over them.
        """
        rows = self.pairs[self.pairs["model"] == model]
        names = list(dict.fromkeys(self.pairs["target"]))
        out = rows.pivot(index="source", columns="target", values=metric).reindex(names)[names]
        for name, own in rows.groupby("target")[f"own_{metric}"].mean().items():
            out.loc[name, name] = own
        return out

    @property
    def agreement(self) -> pd.DataFrame:
        """Return sources x targets: r of the two screens on the pairs that both measured."""
        rows = self.ceiling[self.ceiling["model"] == SCREENS]
        names = list(dict.fromkeys(self.pairs["target"]))
        return rows.pivot(index="source", columns="target", values="r").reindex(names)[names]

    @property
    def drop(self) -> pd.DataFrame:
        """Return how much lower r is than that of the target's own model, on equal rows."""
        columns = ["source", "target", "model", "drop", "drop_low", "drop_high"]
        return self.pairs[columns]

    def plot(self) -> Figure:
        """Draw the matrix of each model, and that of the screens themselves."""
        from mmdrp.evaluation.plots.across import across_plot  # matplotlib's axes, when asked

        return across_plot(self)

    def table(self) -> str:
        """Return pairs and ceilings as text."""
        text = [f"{'source > target':<24}{'model':<13}{'drugs':>6}{'lines':>7}{'r':>7}  "
                f"{'interval':<15}{'rho':>6}{'own r':>7}{'drop':>7}  interval"]  # fmt: skip
        for row in self.pairs.itertuples():
            name = f"{row.source} > {row.target}"
            text.append(
                f"{name[:23]:<24}{str(row.model)[:12]:<13}{row.drugs:>6}{row.lines:>7}{row.r:>7.3f}"
                f"  {_between(row.low, row.high):<15}{row.rho:>6.3f}{row.own_r:>7.3f}"
                f"{row.drop:>7.3f}  {_between(row.drop_low, row.drop_high)}"
            )
        text += ["", "The same on rows that both screens measured; screens: the other's own values",
                 f"{'source > target':<24}{'':<20}{'drugs':>6}{'lines':>7}{'r':>7}  "
                 f"{'interval':<15}{'rho':>6}"]  # fmt: skip
        told = self.ceiling[self.ceiling[["r", "low", "high"]].abs().max(axis=1) > 0]
        for row in told.itertuples():  # a drug's mean has 0 everywhere
            who = f"{row.model} of {row.target}" if row.own else str(row.model)
            text.append(
                f"{f'{row.source} > {row.target}'[:23]:<24}{who[:19]:<20}{row.drugs:>6}"
                f"{row.lines:>7}{row.r:>7.3f}  {_between(row.low, row.high):<15}{row.rho:>6.3f}"
            )
        return "\n".join(text)

    def compared(self) -> Sequence[str]:
        """Return how responses are compared, pair by pair."""
        said = []
        if not self.drugs["response"].str.startswith("mean viability").any():
            return ["no drug has curves in both studies of a pair: all by z and ranks within drug"]
        for (source, target), rows in self.drugs.groupby(["source", "target"], sort=False):
            areas = int(rows["response"].str.startswith("mean viability").sum())
            rest = len(rows) - areas
            said.append(
                f"{source} > {target}: {areas} of {len(rows)} drugs by the area over shared doses, "
                f"{rest} by z and ranks within drug"
            )
        return said

    def write(self, folder: str | Path, *, overwrite: bool = False) -> None:
        """Write every table as CSV, and the matrices as ``across.png`` and ``.svg``."""
        tables = {
            "across": self.scores, "pairs": self.pairs, "ceiling": self.ceiling,
            "drugs": self.drugs, "matrix": self.matrix().reset_index(),
        }  # fmt: skip
        with output_folder(folder, "evaluate", overwrite=overwrite) as held:
            for name, table in tables.items():
                with whole(held / f"{name}.csv") as half:
                    write_csv(table, half, index=False, float_format="%.6g")
            save(self.plot(), held, "across")


def _between(low: object, high: object) -> str:
    return f"[{low:.3f}, {high:.3f}]"
