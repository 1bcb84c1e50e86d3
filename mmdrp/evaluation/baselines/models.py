"""Baselines that learn from features: linear models, kernels and trees.

Each takes a ``FoldData`` (training rows and the rows to predict as long tables, features of the
lines, and nothing else of the study) and returns a prediction for every test row, (n,). Settings
are tuned on validation rows; how many are tried is the budget that ``conf/baselines/`` states.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Annotated

import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import ElasticNet, Ridge

from mmdrp.evaluation.baselines.fold_data import Array, FoldData, with_context
from mmdrp.evaluation.baselines.linear import elastic_net_tables, ridge_tables
from mmdrp.evaluation.baselines.multioutput import (
    boosted,
    boosting_tables,
    fitted_tables,
    kernel_ridge_tables,
)
from mmdrp.evaluation.baselines.tuning import tuned
from mmdrp.options import Count, Draws, Range, checked

Positive = Annotated[float, Range(above=0)]
MAX_KERNEL_PAIRS = 3000
"""training pairs of kernel ridge for unseen drugs: it inverts a matrix of that size"""


@checked
def ridge(
    fold_data: FoldData,
    *,
    penalties: Sequence[Positive] = (1000.0, 3000.0, 10000.0, 30000.0),
    context: bool = False,
) -> Array:
    """Ridge on gene-wise standardised expression, one model per drug, one penalty for all.

    Rows whose line lacks expression get the mean effects; an unseen drug, ridge over pairs. With
    ``context`` it is given what the models are told of how lines were grown.
    """
    return tuned(
        with_context(fold_data, context), penalties, ridge_tables, lambda p: Ridge(alpha=p)
    )


@checked
def elastic_net(
    fold_data: FoldData,
    *,
    alphas: Sequence[Positive] = (1.0, 0.5, 0.25),
    ratios: Sequence[Annotated[float, Range(above=0, most=1)]] = (0.2, 0.5),
    genes: Count = 1500,
) -> Array:
    """Elastic net per drug on the most variable genes, drivers and tissue; one setting for all.

    ``alphas`` weigh the whole penalty, ``ratios`` are the shares of its l1 part.
    """

    def tables(given: FoldData, settings: Sequence[tuple[float, float]]) -> list[pd.DataFrame]:
        return elastic_net_tables(given, settings, genes)

    settings = list(product(ratios, sorted(alphas, reverse=True)))
    return tuned(fold_data, settings, tables, lambda s: ElasticNet(alpha=s[1] / 10, l1_ratio=s[0]))


@checked
def kernel_ridge(
    fold_data: FoldData,
    *,
    penalties: Sequence[Positive] = (0.1, 0.3, 1.0),
    gammas: Sequence[Positive] = (0.1, 0.25, 0.5),
) -> Array:
    """Kernel ridge, RBF exp(-gamma d^2 / genes), on standardised expression, every drug an output.

    Unmeasured training responses are filled with the drug's training mean.
    """

    def pair(setting: tuple[float, float]) -> KernelRidge:
        return KernelRidge(alpha=setting[1], kernel="rbf", gamma=setting[0] / 80)

    settings = list(product(gammas, penalties))
    return tuned(fold_data, settings, kernel_ridge_tables, pair, MAX_KERNEL_PAIRS)


@checked
def forest(
    fold_data: FoldData,
    *,
    trees: Draws = 100,
    components: Count = 100,
    leaves: Sequence[Count] = (3, 8),
    context: bool = False,
) -> Array:
    """Random forest on expression components, drivers and tissue; every drug is an output.

    ``leaves`` are the fewest training lines in a leaf. Unmeasured training responses are filled
    with the drug's training mean. ``context`` as for ridge.
    """

    def grown(leaf: int) -> RandomForestRegressor:
        return RandomForestRegressor(
            trees, min_samples_leaf=leaf, max_features=0.3, n_jobs=-1, random_state=fold_data.seed
        )

    def tables(given: FoldData, leaves: Sequence[int]) -> Iterator[pd.DataFrame]:
        return fitted_tables(given, components, [grown(leaf) for leaf in leaves])

    return tuned(with_context(fold_data, context), leaves, tables, grown)


@checked
def boosting(
    fold_data: FoldData,
    *,
    sizes: Sequence[Annotated[int, Range(least=2)]] = (3, 5),
    rounds: Sequence[Draws] = (50, 100, 200),
    rate: Positive = 0.1,
    components: Count = 100,
    responses: Count = 20,
    context: bool = False,
) -> Array:
    """Gradient boosted trees on the features of the forest, for the leading response components.

    ``sizes`` are leaves of a tree, ``rounds`` numbers of trees. A model per drug would cost the
    number of drugs; the ``responses`` leading components, a singular value decomposition of the
    training responses (gaps at the drug's mean), carry what drugs share. ``context`` as for ridge.
    """

    def tables(given: FoldData, settings: Sequence[tuple[int, int]]) -> list[pd.DataFrame]:
        leaves, counts = ([*dict.fromkeys(column)] for column in zip(*settings, strict=True))
        return boosting_tables(given, leaves, counts, rate, components, responses)

    settings = list(product(sizes, sorted(rounds)))
    given = with_context(fold_data, context)
    return tuned(given, settings, tables, lambda s: boosted(fold_data.seed, *s, rate))
