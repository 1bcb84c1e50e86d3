"""One fold as a baseline sees it: measured rows, features of lines and drugs, nothing else."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.decomposition import PCA

from mmdrp.errors import OptionError
from mmdrp.evaluation.metrics import effects

Array = npt.NDArray[np.float64]
CONTEXT_WEIGHT = 0.03
"""of context beside expression in a linear model: as in the kernel base"""


@dataclass(frozen=True)
class FoldData:
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
    context: pd.DataFrame | None = None
    """lines x one-hot columns of what the model is told of their context, 0 where unknown"""
    refit: bool = False
    """once tuned on validation, learn from training and validation together"""

    @property
    def measured(self) -> pd.DataFrame:
        """Return the rows to learn from once nothing is left to choose."""
        if not self.refit:
            return self.train
        return pd.concat([self.train, self.validation], ignore_index=True)[["cell", "drug", "y"]]

    @property
    def decided(self) -> "FoldData":
        """Return the fold as it stands after tuning: all measured rows are training rows."""
        return replace(self, train=self.measured, refit=False)

    @property
    def rows(self) -> pd.DataFrame:
        """Return validation rows, then test rows: what every candidate setting predicts."""
        return pd.concat([self.validation, self.test], ignore_index=True)


def with_context(fold_data: FoldData, context: bool) -> FoldData:
    """Return the fold with the lines' context among their features, or without any.

    Trees find its columns beside drivers and tissue; linear models read ``context`` itself.
    """
    if not context:
        return replace(fold_data, context=None)
    if fold_data.context is None:
        raise OptionError(
            "baseline: context=true, but no model reads any (base.context, base.batch)"
        )
    return replace(fold_data, extra=fold_data.extra.join(fold_data.context))


def matrix(long: pd.DataFrame) -> pd.DataFrame:
    """Return lines x drugs of a long table, NaN where unmeasured."""
    return long.pivot(index="cell", columns="drug", values="y")


def looked_up(pred: pd.DataFrame, rows: pd.DataFrame, fallback: Array) -> Array:
    """Return the entry of a lines x drugs table for each row (n,), ``fallback`` where it has none.

    >>> table = pd.DataFrame([[1.0, np.nan]], index=["A"], columns=["x", "y"])
    >>> rows = pd.DataFrame({"cell": ["A", "A", "B"], "drug": ["x", "y", "x"]})
    >>> looked_up(table, rows, np.full(3, 9.0)).tolist()
    [1.0, 9.0, 9.0]
    """
    i = pred.index.get_indexer(pd.Index(rows["cell"]))
    j = pred.columns.get_indexer(pd.Index(rows["drug"]))
    values = pred.to_numpy(float)[i, j]
    values = np.where((i >= 0) & (j >= 0), values, np.nan)
    return np.where(np.isfinite(values), values, fallback)


def standardised(fold_data: FoldData, lines: pd.Index) -> pd.DataFrame:
    """Scale expression gene-wise on these training lines; a gap becomes the mean."""
    train = fold_data.expression.loc[lines]
    sd = train.std().replace(0.0, np.nan)
    return ((fold_data.expression - train.mean()) / sd).fillna(0.0)


def linear_features(fold_data: FoldData, lines: pd.Index) -> pd.DataFrame:
    """Return standardised expression, and context columns of the weight they have in the base."""
    x = standardised(fold_data, lines)
    if fold_data.context is None:
        return x
    context = fold_data.context.reindex(x.index).fillna(0.0)
    context = context - context.loc[lines].mean()
    spread = float((context.loc[lines] ** 2).sum(axis=1).mean())
    scale = np.sqrt(CONTEXT_WEIGHT * x.shape[1] / spread) if spread > 0 else 0.0
    return x.join(context * scale)


def design(fold_data: FoldData, lines: pd.Index, components: int) -> pd.DataFrame:
    """Return drivers, tissue and expression components of all lines, learned on these lines.

    A line without expression sits at the components' mean, 0.
    """
    inside = lines[lines.isin(fold_data.expression.index)]
    x = standardised(fold_data, inside)
    count = min(components, len(inside) - 1, x.shape[1])
    pca = PCA(count, svd_solver="randomized", random_state=fold_data.seed).fit(x.loc[inside])
    parts = pd.DataFrame(pca.transform(x), index=x.index).add_prefix("component")
    return fold_data.extra.join(parts).fillna(0.0)


def with_expression(fold_data: FoldData) -> pd.DataFrame:
    """Return training lines x drugs, only lines that have expression."""
    y = matrix(fold_data.train)
    return y.loc[y.index.isin(fold_data.expression.index)]


def predicted_lines(fold_data: FoldData, x: pd.DataFrame) -> pd.Index:
    """Return the lines of validation and test that have features."""
    lines = pd.Index(fold_data.rows["cell"].unique())
    described: pd.Index = lines[lines.isin(x.index)]
    return described


class Pairs:
    """Features of line and drug pairs, for drugs that no training row has.

    30 expression components of the line and 50 components of the drug's fingerprint, each scaled
    on the training pairs, of which at most ``max_rows`` are drawn. The target is what grand mean
    and line effect leave, so that an unseen drug on a known line starts from that line's effect.
    """

    def __init__(self, fold_data: FoldData, max_rows: int = 30_000) -> None:
        assert fold_data.structure is not None
        train = fold_data.train
        lines = pd.Index(train["cell"].unique())
        table = design(fold_data, lines, 30)
        self._lines = table[[c for c in table if str(c).startswith("component")]]
        drugs = fold_data.structure
        trained = drugs[drugs.index.isin(train["drug"].unique())]
        count = min(50, *trained.shape, len(trained) - 1)
        pca = PCA(count, random_state=fold_data.seed).fit(trained)
        self._drugs = pd.DataFrame(pca.transform(drugs), index=drugs.index)
        self._train = train
        drawn = train.sample(min(len(train), max_rows), random_state=fold_data.seed)
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
