"""One fold as a baseline sees it: measured rows, features of lines and drugs, nothing else."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.decomposition import PCA

from mmdrp.stats.performance import effects

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Problem:
    """One fold: measured rows ``cell, drug, y`` and what is known of lines and drugs."""

    train: pd.DataFrame
    validation: pd.DataFrame
    test: pd.DataFrame
    expression: pd.DataFrame
    """lines x genes, only lines that have it"""
    extra: pd.DataFrame
    """lines x further features of trees (driver mutations, tissue), gap-free"""
    structure: pd.DataFrame | None = None
    """drugs x fingerprint bits, where drugs may be unseen"""
    seed: int = 0
    tissue: pd.Series | None = None
    """tissue of each line, absent where unknown"""
    refit: bool = False
    """once tuned on validation, learn from training and validation together"""

    @property
    def known(self) -> pd.DataFrame:
        """Return the rows to learn from once nothing is left to choose."""
        if not self.refit:
            return self.train
        return pd.concat([self.train, self.validation], ignore_index=True)[["cell", "drug", "y"]]

    @property
    def decided(self) -> "Problem":
        """Return the problem as it stands after tuning: what is known is what is learned from."""
        return replace(self, train=self.known, refit=False)

    @property
    def rows(self) -> pd.DataFrame:
        """Return validation rows, then test rows: what every candidate setting predicts."""
        return pd.concat([self.validation, self.test], ignore_index=True)


def matrix(long: pd.DataFrame) -> pd.DataFrame:
    """Return lines x drugs of a long table, NaN where unmeasured."""
    return long.pivot(index="cell", columns="drug", values="y")


def looked_up(pred: pd.DataFrame, rows: pd.DataFrame, fallback: Array) -> Array:
    """Return the entry of a lines x drugs table for each row, ``fallback`` where it has none."""
    i = pred.index.get_indexer(pd.Index(rows["cell"]))
    j = pred.columns.get_indexer(pd.Index(rows["drug"]))
    found = pred.to_numpy(float)[i, j]
    found = np.where((i >= 0) & (j >= 0), found, np.nan)
    return np.where(np.isfinite(found), found, fallback)


def standardised(problem: Problem, lines: pd.Index) -> pd.DataFrame:
    """Scale expression gene-wise on these training lines; a gap becomes the mean."""
    known = problem.expression.loc[lines]
    sd = known.std().replace(0.0, np.nan)
    return ((problem.expression - known.mean()) / sd).fillna(0.0)


def design(problem: Problem, lines: pd.Index, components: int) -> pd.DataFrame:
    """Return drivers, tissue and expression components of all lines, learned on these lines.

    A line without expression sits at the components' mean, 0.
    """
    inside = lines[lines.isin(problem.expression.index)]
    x = standardised(problem, inside)
    count = min(components, len(inside) - 1, x.shape[1])
    pca = PCA(count, svd_solver="randomized", random_state=problem.seed).fit(x.loc[inside])
    parts = pd.DataFrame(pca.transform(x), index=x.index).add_prefix("component")
    return problem.extra.join(parts).fillna(0.0)


class Pairs:
    """Features of line and drug pairs, for drugs that no training row has.

    30 expression components of the line and 50 components of the drug's fingerprint, each scaled
    on the training pairs. The target is what grand mean and line effect leave, so that an unseen
    drug on a known line starts from that line's effect.
    """

    def __init__(self, problem: Problem, most: int = 30_000) -> None:
        assert problem.structure is not None
        train = problem.train
        lines = pd.Index(train["cell"].unique())
        table = design(problem, lines, 30)
        self._lines = table[[c for c in table if str(c).startswith("component")]]
        drugs = problem.structure
        seen = drugs[drugs.index.isin(train["drug"].unique())]
        pca = PCA(min(50, *seen.shape, len(seen) - 1), random_state=problem.seed).fit(seen)
        self._drugs = pd.DataFrame(pca.transform(drugs), index=drugs.index)
        self._train = train
        drawn = train.sample(min(len(train), most), random_state=problem.seed)
        raw, lined = self._raw(drawn), self._lines.shape[1]
        self._mean, sd = raw.mean(0), raw.std(0)
        # A component that hardly varies among the training drugs would be blown up for a new one.
        widest = np.repeat([sd[:lined].max(), sd[lined:].max()], [lined, len(sd) - lined])
        self._sd = np.where(sd > 0.01 * widest, sd, np.inf)
        self.x = self.of(drawn)
        self.y: Array = drawn["y"].to_numpy(float) - self.start(drawn)

    def start(self, rows: pd.DataFrame) -> Array:
        """Return grand mean + line effect, the drug taken as unseen."""
        return effects(self._train, rows.assign(drug=""))

    def of(self, rows: pd.DataFrame) -> npt.NDArray[np.float32]:
        """Return the features of each row, (n, at most 80)."""
        scaled: npt.NDArray[np.float32] = ((self._raw(rows) - self._mean) / self._sd).astype("f4")
        return scaled

    def _raw(self, rows: pd.DataFrame) -> Array:
        return np.hstack([self._lines.loc[rows["cell"]], self._drugs.loc[rows["drug"]]])
