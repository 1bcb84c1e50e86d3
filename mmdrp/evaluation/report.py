"""What an evaluation found, as frames; written to files when asked."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from mmdrp.evaluation.leakage_report import leak_counts
from mmdrp.evaluation.summaries import means, per_drug, summary
from mmdrp.io.files import whole, write_json
from mmdrp.io.folder import output_folder
from mmdrp.io.text import plain, write_csv

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class EvaluationReport:
    """Scores of models and baselines on identical rows of identical folds."""

    scores: pd.DataFrame
    """one row per model and fold: ``run, model, split, seed, fold``, then metrics"""
    long: pd.DataFrame
    """``model, split, seed, fold, scope, id, metric, value, n``"""
    differences: pd.DataFrame
    """every two models and metric: ``difference, low, high, p, folds``; model minus other"""
    ranks: pd.DataFrame
    """mean rank of each model over folds, Friedman's test, Conover's p; empty below three models"""
    leakage: pd.DataFrame
    """what two parts of a fold share: ``kind, axis, one, part, other, other_part, value``"""
    level: float
    """of the intervals of ``differences``"""
    calibration: pd.DataFrame = field(default_factory=pd.DataFrame)
    """of models with intervals: ``model, scope, id, level, coverage, n``; coverage in percent"""

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Mean and spread per model, scope and metric; see ``summaries.summary``."""
        return summary(self.long)

    @cached_property
    def per_drug(self) -> pd.DataFrame:
        """One row per model, fold and drug."""
        return per_drug(self.long)

    @cached_property
    def metrics(self) -> dict[str, dict[str, float]]:
        """Model -> metric -> mean over folds and seeds."""
        return means(self.scores)

    @cached_property
    def leak_counts(self) -> dict[str, dict[str, int]]:
        """Kind of leak -> two parts -> count over folds."""
        return leak_counts(self.leakage)

    @property
    def folds(self) -> int:
        """The number of distinct folds, those of further seeds not counted again."""
        return len(self.scores[["split", "fold"]].drop_duplicates())

    @property
    def over(self) -> str:
        """What scores are means over, such as ``5 folds, 2 seeds``."""
        folds, seeds = self.folds, self.scores["seed"].nunique()
        return f"{folds} fold{'s' if folds > 1 else ''}" + (f", {seeds} seeds" if seeds > 1 else "")

    def plot_calibration(self) -> "Figure":
        """Draw coverage minus level against level, of all test rows and by tissue."""
        from mmdrp.evaluation.plots.calibration import calibration_plot

        return calibration_plot(self.calibration)

    def plot_modalities(self) -> "Figure":
        """Draw each model's error by which modalities a line has: does a missing one cost?"""
        from mmdrp.evaluation.plots.modalities import performance_by_modalities

        return performance_by_modalities(self.long)

    def write(self, folder: str | Path, *, overwrite: bool = False) -> list[Path]:
        """Write every table into a folder, held meanwhile; return the paths.

        A finished folder is refused unless ``overwrite``, which replaces it in one step.
        """
        with output_folder(folder, "evaluate", overwrite=overwrite) as held:
            paths = self._write(held)
        return [Path(folder) / path.name for path in paths]

    def _write(self, folder: Path) -> list[Path]:
        tables = {
            "per_drug": self.per_drug, "summary": self.summary, "scores": self.scores,
            "differences": self.differences, "leakage": self.leakage,
        }  # fmt: skip
        tables |= {"ranks": self.ranks} if len(self.ranks) else {}
        tables |= {"calibration": self.calibration} if len(self.calibration) else {}
        paths = [folder / "evaluation.parquet", folder / "metrics.json", folder / "leakage.json"]
        with whole(paths[0]) as half:
            self.long.to_parquet(half, index=False)
        write_json(paths[1], self.metrics)
        write_json(paths[2], self.leak_counts)
        for name, table in tables.items():
            paths.append(folder / f"{name}.csv")
            with whole(paths[-1]) as half:
                digits = "%.6g" if name in ("summary", "calibration") else None
                write_csv(table, half, index=False, float_format=digits)
        from mmdrp.io.figures import save

        if len(self.calibration):
            paths += save(self.plot_calibration(), folder, "calibration")
        if self.long.loc[self.long["scope"] == "presence", "id"].nunique() > 1:
            paths += save(self.plot_modalities(), folder, "modalities")
        return paths

    def __repr__(self) -> str:
        models = ", ".join(map(plain, self.metrics))
        return f"<EvaluationReport of {models} over {self.folds} folds>"
